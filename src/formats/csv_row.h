#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "formats/csv_scanner.h"
#include "formats/row_parser.h"
#include "formats/text_window.h"
#include "model/row.h"

namespace rowcall::formats {

/// Counts the lines that a text has part in.
class LineCount {
 public:
  void Add(std::string_view text);
  std::int64_t lines() const { return ended_ + (last_ == '\n' || last_ == '\r' ? 0 : 1); }

 private:
  std::int64_t ended_ = 0;
  char last_ = 0;
};

/// Where in the file a record stands of which the text may be gone.
struct RecordPlace {
  std::int64_t byte = 0;  ///< Its first byte.
  /// Its last cell, if the record is too long or the file ended in the cell: offset, byte, and lines from there on.
  std::int64_t cell_offset = -1;
  std::int64_t cell_byte = 0;
  LineCount cell_lines;
};

/// The names of a header, one for each column, and what to say of them.
struct CsvHeader {
  std::vector<std::string> names;
  std::vector<std::string> warnings;
};

/// Turns the record that `scanner` describes, whose bytes stand in `window`, into the row `number`.
///
///   too few cells        the missing ones are blank; warning `short_row`
///   too many cells       fault `too_many_columns`, unless the surplus is blank
///   not UTF-8            fault `invalid_utf8`; the cells concerned are blank. In a UTF-16 file: `invalid_utf16`
///   a zero byte          fault `zero_byte`
///   text after a quote   fault `text_after_quote`: a quote inside was not doubled, or one was opened by mistake
///   no closing quote     fault `unclosed_quote`, which names the quote's byte and how many lines it took along
model::Row ReadCsvRow(const CsvScanner& scanner, const TextWindow& window, const RecordPlace& place,
                      const std::vector<std::string>& header, RowNumber number);

/// The row for a record of more than `limit` bytes, which were not kept: blank cells and the fault `row_too_long`, or
/// `unclosed_quote` if the file ended inside a cell.
model::Row TooLongCsvRow(const CsvScanner& scanner, const RecordPlace& place, const std::vector<std::string>& header,
                         RowNumber number, std::size_t limit);

/// Turns the record that `scanner` describes into column names, trimmed. Where a name stands again, the first column
/// keeps it and the other becomes "name (column 7)", which no alias matches; a column without a name stays without.
/// Both are warnings. Fails with `invalid` on what would be a fault in a row, on more than `max_columns`, and where no
/// column has a name.
Result<CsvHeader> ReadCsvHeader(const CsvScanner& scanner, const TextWindow& window, const RecordPlace& place,
                                std::size_t max_columns);

}  // namespace rowcall::formats
