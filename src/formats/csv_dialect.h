#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace rowcall::formats {

/// What the first bytes of a CSV file say about the rest.
struct CsvStart {
  char delimiter = ',';
  std::size_t mark_bytes = 0;  ///< The length of the byte order mark: 0 or 3.
  std::string evidence;        ///< For a person; see Dialect.
};

/// Looks at the first bytes of a file (all of it, if `is_whole`). The delimiter is the one of , TAB ; | that splits
/// the most lines into as many cells as the first line, quotes respected; on a tie the one that makes more cells.
/// Where none splits the first line, it is the comma, and the file has one column.
/// Fails with `invalid` on UTF-16 and on ZIP files such as workbooks.
Result<CsvStart> DetectCsvStart(std::string_view sample, bool is_whole);

}  // namespace rowcall::formats
