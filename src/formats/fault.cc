#include "formats/fault.h"

#include <fmt/format.h>

#include "base/find_byte.h"
#include "base/text.h"

namespace rowcall::formats {

namespace {

std::string Sentence(const Place& at, std::string_view what) {
  std::string text = at.row == 0 ? std::string("Header row") : fmt::format("Row {}", at.row);
  text += fmt::format(", byte {}", at.byte);
  if (!at.column.empty()) text += fmt::format(", column \"{}\"", at.column);
  return text + fmt::format(": {}.", what);
}

}  // namespace

model::Reason Fault(const Place& place, std::string_view code, std::string_view what, std::string_view hint) {
  model::Reason reason;
  reason.column = place.column;
  reason.code = code;
  reason.message = Sentence(place, what);
  reason.hint = hint;
  return reason;
}

model::Reason Warning(const Place& place, std::string_view code, std::string_view what, std::string_view hint) {
  model::Reason reason = Fault(place, code, what, hint);
  reason.warning = true;
  return reason;
}

model::Reason RowTooLong(const Place& place, std::int64_t size, std::size_t limit, std::string_view hint) {
  return Fault(place, "row_too_long", fmt::format("the row has {} bytes; at most {} are read", size, limit), hint);
}

std::size_t FindInvalidUtf8(std::string_view text) {
  const std::size_t ascii = FindByte(text, [](auto c) { return c >= 0x80; });
  if (ascii == std::string_view::npos) return ascii;
  const std::size_t invalid = FirstInvalidUtf8(text.substr(ascii));
  return invalid == std::string_view::npos ? invalid : ascii + invalid;
}

model::Reason NotText(const Place& place, model::Encoding encoding) {
  if (encoding == model::Encoding::utf8) {
    return Fault(place, "invalid_utf8", "the text is not valid UTF-8",
                 "Save the file as UTF-8; in Excel: \"CSV UTF-8 (Comma delimited)\".");
  }
  return Fault(place, "invalid_utf16", "the text is not valid UTF-16", "Export the file anew, as UTF-8 if you can.");
}

model::Reason ZeroByte(const Place& place) {
  return Fault(place, "zero_byte", "the text has a zero byte in it",
               "Take the zero byte out, or export the file anew.");
}

}  // namespace rowcall::formats
