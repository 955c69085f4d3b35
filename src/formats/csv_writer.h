#pragma once

#include <string>
#include <string_view>

namespace rowcall::formats {

/// Appends one cell as CSV (RFC 4180): as it stands, or in quotes where a parser would read something else. What is
/// written is read back byte for byte. Separators between cells, and line ends, are the caller's.
void AppendCsvCell(std::string& out, std::string_view cell, char delimiter);

}  // namespace rowcall::formats
