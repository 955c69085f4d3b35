#pragma once

#include <string>
#include <string_view>

namespace rowcall::formats {

/// What separates the cells of a CSV file.
struct CsvDelimiter {
  char delimiter = ',';
  std::string evidence;  ///< For a person; see Dialect.
};

/// Looks at the text that a file begins with (all of it, if `is_whole`). The delimiter is the one of , TAB ; | that
/// splits the most lines into as many cells as the first line, quotes respected; on a tie the one that makes more
/// cells. Where none splits the first line, it is the comma, and the file has one column.
CsvDelimiter DetectDelimiter(std::string_view text, bool is_whole);

}  // namespace rowcall::formats
