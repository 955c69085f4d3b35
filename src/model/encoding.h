#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace rowcall::model {

/// How a file's bytes stand for text. Names are those of the IANA, in lower case: "utf-8", "utf-16le", "windows-1252", …
enum class Encoding : std::uint8_t { utf8, utf16le, utf16be, windows1252, iso8859_1 };

std::string_view Name(Encoding encoding);
std::optional<Encoding> EncodingNamed(std::string_view name);  ///< ASCII case does not matter.

}  // namespace rowcall::model
