#include "model/encoding.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"

namespace rowcall::model {

namespace {

constexpr std::array<std::pair<Encoding, std::string_view>, 5> kEncodings = {{
    {Encoding::utf8, "utf-8"},
    {Encoding::utf16le, "utf-16le"},
    {Encoding::utf16be, "utf-16be"},
    {Encoding::windows1252, "windows-1252"},
    {Encoding::iso8859_1, "iso-8859-1"},
}};

}  // namespace

std::string_view Name(Encoding encoding) {
  return std::ranges::find(kEncodings, encoding, &std::pair<Encoding, std::string_view>::first)->second;
}

std::optional<Encoding> EncodingNamed(std::string_view name) {
  for (const auto& [encoding, known] : kEncodings) {
    if (EqualsIgnoringAsciiCase(name, known)) return encoding;
  }
  return std::nullopt;
}

}  // namespace rowcall::model
