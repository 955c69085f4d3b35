#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "formats/decompressor.h"
#include "model/encoding.h"
#include "model/row.h"

namespace rowcall::formats {

/// What was found out about a file at its start: enough to read on from any row's offset later. Kept with the job.
struct Dialect {
  Compression compression = Compression::none;  ///< Of the file; parsers are fed what it decompresses to.
  model::Encoding encoding = model::Encoding::utf8;
  bool has_mark = false;            ///< CSV only: a byte order mark stands before the header.
  char delimiter = ',';             ///< CSV only: one of , TAB ; |
  std::vector<std::string> header;  ///< Column names in file order, trimmed. JSON: the keys of the first records
  bool json_array = false;          ///< JSON: a top-level array, not lines.
  std::string evidence;             ///< For a person: "TAB in 10 of 10 lines; UTF-8; header in row 1".
  std::vector<std::string> warnings;  ///< Sentences about the file as a whole.
  bool operator==(const Dialect&) const = default;
};

struct RowLimits {
  std::size_t max_row_bytes = std::size_t{1} << 20;  ///< In UTF-8. A longer row is a fault of that row.
  std::size_t max_columns = 16'384;  ///< As many as a spreadsheet has.
};

/// Bytes to rows. A push parser that knows no file: Feed() bytes as they come, take rows out, Finish() at the end. All
/// byte offsets, of rows and in faults, count the bytes that were fed, in the file's own encoding.
/// Memory is bounded by the limits, whatever comes in. A bad row is a Row with faults, never a stop. One thread.
class RowParser {
 public:
  virtual ~RowParser() = default;

  /// Parses `bytes` and appends complete rows to `rows`. Rows of a hostile file are some hundred times as large as
  /// their bytes, so feed at most 64 KiB between two clearings of `rows`. Fails with `invalid` only if the file as a
  /// whole cannot be read (no usable header, not JSON at all); then no further call is allowed.
  virtual Result<void> Feed(std::string_view bytes, std::vector<model::Row>& rows) = 0;
  /// The file has ended: gives out the last row, if it had no line end.
  virtual Result<void> Finish(std::vector<model::Row>& rows) = 0;
  /// Valid once the first row was given out, or Finish() returned.
  virtual const Dialect& dialect() const = 0;
};

/// For a CSV file from its first byte: finds out encoding (unless it is given), delimiter and header.
std::unique_ptr<RowParser> NewCsvParser(RowLimits limits = {}, std::optional<model::Encoding> encoding = {});
/// For a CSV file whose dialect is known, from the first byte of row `first_row` at `byte_offset`.
std::unique_ptr<RowParser> ResumeCsvParser(Dialect dialect, RowNumber first_row, std::int64_t byte_offset,
                                           RowLimits limits = {});
/// For JSON Lines or one JSON array of flat objects; which of the two, and the encoding, is found out.
std::unique_ptr<RowParser> NewJsonParser(RowLimits limits = {}, std::optional<model::Encoding> encoding = {});
std::unique_ptr<RowParser> ResumeJsonParser(Dialect dialect, RowNumber first_row, std::int64_t byte_offset,
                                            RowLimits limits = {});

}  // namespace rowcall::formats
