#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace rowcall {

/// Small questions about text that many folders ask. ASCII only where the name says so.

std::string AsciiLower(std::string_view text);
bool EqualsIgnoringAsciiCase(std::string_view a, std::string_view b);
/// Without leading and trailing spaces, tabs and line ends.
std::string_view Trim(std::string_view text);
std::vector<std::string_view> Split(std::string_view text, char separator);

/// `"a", "b", "c" and 12 more`: each in quotes, cut after 60 bytes; at most `most` of them.
std::string Listed(const std::vector<std::string>& names, std::size_t most);

/// The candidate most like `name` (edit distance, ASCII case ignored), or "" if none is near enough to be what was
/// meant. For "did you mean …?".
std::string Closest(std::string_view name, const std::vector<std::string>& candidates);

/// The offset of the first byte that is not well-formed UTF-8 (overlong forms and surrogates included), or npos.
std::size_t FirstInvalidUtf8(std::string_view text);

/// `text` with everything but RFC 3986's unreserved characters percent-encoded: safe in a path segment or a query value.
std::string PercentEncode(std::string_view text);

}  // namespace rowcall
