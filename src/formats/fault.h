#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "model/encoding.h"
#include "model/row.h"

namespace rowcall::formats {

/// Where in a file something is wrong.
struct Place {
  RowNumber row = 0;        ///< 0 is the header.
  std::int64_t byte = 0;    ///< From the file's first byte.
  std::string_view column;  ///< Its header; empty if the whole row is at fault.
};

/// A reason why a row cannot be loaded: `what` becomes `Row 3, byte 57, column "C_Title": what.`
model::Reason Fault(const Place& place, std::string_view code, std::string_view what, std::string_view hint);
/// The same for something the user should know of, though the row is loaded.
model::Reason Warning(const Place& place, std::string_view code, std::string_view what, std::string_view hint);

/// The reason for a record longer than `limit` bytes, both counted in UTF-8.
model::Reason RowTooLong(const Place& place, std::int64_t size, std::size_t limit, std::string_view hint);

/// The offset in `text` of the first byte that is not UTF-8, or npos. Fast where the text is ASCII.
std::size_t FindInvalidUtf8(std::string_view text);
/// For text in a file of this encoding that is not valid.
model::Reason NotText(const Place& place, model::Encoding encoding);
/// For text with a zero byte in it.
model::Reason ZeroByte(const Place& place);

}  // namespace rowcall::formats
