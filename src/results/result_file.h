#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "results/result_rows.h"

namespace rowcall::results {

/// Which rows a result file holds. Each row of an ended job is in exactly one of the first three.
enum class Selection {
  successful,  ///< created, updated, unchanged; also with an incomplete step, which then stands in _code and _reason.
  failed,  ///< rejected, failed, unresolved.
  unprocessed,  ///< skipped, cancelled.
  all,
};
enum class ResultFormat { csv, jsonl, xlsx };

struct ResultFileName {
  Selection selection = Selection::all;
  ResultFormat format = ResultFormat::csv;
};

/// The outcomes whose rows it holds; none = all.
std::vector<model::OutcomeKind> KindsOf(Selection selection);
/// How many rows it holds, by the counts of a job.
std::int64_t RowsIn(Selection selection, const model::OutcomeCounts& counts);

/// "failed.csv".
std::string FileName(const ResultFileName& name);
/// Fails with `not_found` and names the files that there are.
Result<ResultFileName> ReadResultFileName(std::string_view name);
std::vector<ResultFileName> AllResultFiles();

/// "text/csv; charset=utf-8; header=present" and the like.
std::string_view MediaTypeOf(ResultFormat format);

/// A result file, made piece by piece as it is read: the columns of the file that was sent, in its order and byte for
/// byte, and behind them model::kResultColumns. Columns of these names in the file itself are left out: they tell of an
/// earlier load. Of a row that could not be read, the cells that could; `_reason` says where it broke. UTF-8, whatever the
/// file was in. The same job, once it has ended, gives the same bytes. One loop's thread.
class ResultFile {
 public:
  virtual ~ResultFile() = default;
  /// The next piece; "" at the end. Fails as ledger and file store do.
  virtual async::Task<Result<std::string>> Next() = 0;
};

/// The text of a result file as CSV or JSON Lines, row by row.
class RowText {
 public:
  RowText(const formats::Dialect& dialect, ResultFormat format);
  void AppendHeader(std::string& out) const;  ///< Nothing for JSON Lines.
  void AppendRow(std::string& out, const ResultRow& row) const;

 private:
  void AppendCsv(std::string& out, const ResultRow& row) const;
  void AppendJson(std::string& out, const ResultRow& row) const;

  const ResultFormat format_;
  const bool has_mark_;
  const char delimiter_;
  const std::vector<std::string> header_;
  const std::vector<std::size_t> columns_;
};

/// CSV has the delimiter of the file that was sent and lines that end with LF; it is UTF-8, and begins with a byte order
/// mark if that file did or was in another encoding: such files come from spreadsheets that would read it wrongly without.
/// JSON Lines has one object a row, whose values are texts, but for `_row`. What `rows` goes on lives as long as the file.
std::unique_ptr<ResultFile> NewTextFile(ResultRows rows, const formats::Dialect& dialect, ResultFormat format);

/// The columns of the file that was sent which a result file has, as indexes of its header.
std::vector<std::size_t> ColumnsSent(const std::vector<std::string>& header);
/// A cell of them; "" if it could not be read.
std::string_view CellOf(const model::Row& row, std::size_t column);

/// What stands under the columns behind `_row`: the outcome; the code of its first reason; all reasons as sentences, with
/// the service's own words and its request id; the first hint; the record's id.
std::array<std::string, 5> Tell(const model::Outcome& outcome);

}  // namespace rowcall::results
