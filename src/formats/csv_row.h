#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "formats/csv_scanner.h"
#include "formats/row_parser.h"
#include "formats/text_window.h"
#include "model/row.h"

namespace rowcall::formats {

/// Where in the file a record stands of which the text may be gone.
struct RecordPlace {
  std::int64_t byte = 0;        ///< Its first byte.
  std::int64_t quote_byte = 0;  ///< The quote that opened its last cell, if that was long.
};

/// Turns the record that `scanner` describes, whose bytes stand in `window`, into the row `number`.
///
///   too few cells        the missing ones are blank; warning `short_row`
///   too many cells       fault `too_many_columns`, unless the surplus is blank
///   not UTF-8            fault `invalid_utf8`; the cells concerned are blank. In a UTF-16 file: `invalid_utf16`
///   a zero byte          fault `zero_byte`
///   text after a quote   fault `text_after_quote`: a quote inside was not doubled, or one was opened by mistake
///   no closing quote     fault `unclosed_quote`
model::Row ReadCsvRow(const CsvScanner& scanner, const TextWindow& window, const std::vector<std::string>& header,
                      RowNumber number);

/// The row for a record of more than `limit` bytes, which were not kept: blank cells and the fault `row_too_long`, or
/// `unclosed_quote` if the file ended inside a cell.
model::Row TooLongCsvRow(const CsvScanner& scanner, const RecordPlace& place, const std::vector<std::string>& header,
                         RowNumber number, std::size_t limit);

/// Turns the record that `scanner` describes into column names, trimmed. Fails with `invalid` on what would be a fault
/// in a row, on more than `max_columns`, on a name that stands twice, and where no column has a name.
Result<std::vector<std::string>> ReadCsvHeader(const CsvScanner& scanner, const TextWindow& window,
                                               std::size_t max_columns);

}  // namespace rowcall::formats
