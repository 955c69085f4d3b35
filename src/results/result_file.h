#pragma once

#include <cstddef>
#include <functional>
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
enum class ResultFormat { csv, jsonl };

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
/// byte, and behind them `_row`, `_outcome`, `_code`, `_reason`, `_hint` and `_vendor_id`. Columns of these names in the
/// file itself are left out: they tell of an earlier load. UTF-8, whatever the file was in.
///
/// CSV has the delimiter of the file that was sent and lines that end with LF. JSON Lines has one object a row, whose
/// values are texts, but for `_row`. Of a row that could not be read, the cells that could; `_reason` says where it
/// broke. The same job, once it has ended, gives the same bytes.
class ResultFile {
 public:
  /// What `rows` goes on stays alive as long as this.
  ResultFile(ResultRows rows, const formats::Dialect& dialect, ResultFormat format);

  /// The next piece; "" at the end.
  async::Task<Result<std::string>> Next();

 private:
  void AppendHeader(std::string& out) const;
  void AppendRow(std::string& out, const ResultRow& row) const;

  ResultRows rows_;
  const ResultFormat format_;
  const char delimiter_;
  std::vector<std::string> header_;
  std::vector<std::size_t> columns_;  ///< Of the header: those that are not left out.
  bool begun_ = false;
};

/// What is told of an outcome beside the row's own cells.
struct Told {
  std::string code;  ///< Of the first reason.
  std::string reason;  ///< All of them as sentences, with the service's own words and its request id.
  std::string hint;  ///< Of the first that has one.
};
Told Tell(const model::Outcome& outcome);

}  // namespace rowcall::results
