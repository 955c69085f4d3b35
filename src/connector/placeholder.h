#pragma once

#include <cstddef>
#include <string_view>

namespace rowcall::connector {

/// The end of the placeholder that begins at `text[at] == '{'` (just behind its '}'), or npos if the brace is only a
/// brace: the name must begin with a letter or '_' and hold letters, digits, '_', '-' and '.'.
inline std::size_t PlaceholderEnd(std::string_view text, std::size_t at) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  const auto is_inner = [&](char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '.' || c == '-'; };
  std::size_t end = at + 1;
  if (end >= text.size() || !is_letter(text[end])) return std::string_view::npos;
  while (end < text.size() && is_inner(text[end])) ++end;
  return end < text.size() && text[end] == '}' ? end + 1 : std::string_view::npos;
}

/// Walks a template in order: `on_text` gets the text between placeholders, `on_name` each placeholder's name. Stops
/// when `on_name` returns false; returns whether it went to the end.
template <typename OnText, typename OnName>
bool WalkTemplate(std::string_view text, OnText on_text, OnName on_name) {
  std::size_t done = 0;
  for (std::size_t at = text.find('{'); at != std::string_view::npos; at = text.find('{', at + 1)) {
    const std::size_t end = PlaceholderEnd(text, at);
    if (end == std::string_view::npos) continue;
    on_text(text.substr(done, at - done));
    if (!on_name(text.substr(at + 1, end - at - 2))) return false;
    done = end;
    at = end - 1;
  }
  on_text(text.substr(done));
  return true;
}

}  // namespace rowcall::connector
