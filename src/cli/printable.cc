#include "cli/printable.h"

#include <algorithm>

#include "base/text.h"

namespace rowcall::cli {

namespace {

/// `text` is UTF-8, in which C1 is written as C2 80 to C2 9F.
void AppendPrintable(std::string_view text, bool keeps_line_ends, std::string& out) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    const bool is_c1 = c == 0xC2 && static_cast<unsigned char>(text[i + 1]) < 0xA0;
    if (is_c1) ++i;
    const bool stays = keeps_line_ends && c == '\n';
    out += (c < 0x20 || c == 0x7F || is_c1) && !stays ? ' ' : text[i];
  }
}

std::string Replaced(std::string_view text, bool keeps_line_ends) {
  std::string out;
  while (!text.empty()) {
    const std::size_t valid = std::min(FirstInvalidUtf8(text), text.size());
    AppendPrintable(text.substr(0, valid), keeps_line_ends, out);
    text.remove_prefix(valid);
    if (text.empty()) break;
    out += '?';
    text.remove_prefix(1);
  }
  return out;
}

}  // namespace

std::string Printable(std::string_view text) { return Replaced(text, false); }

std::string PrintableLines(std::string_view text) { return Replaced(text, true); }

}  // namespace rowcall::cli
