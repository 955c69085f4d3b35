#include "base/text.h"
#include "mapping/digit.h"
#include "mapping/mapper.h"

namespace rowcall::mapping {

namespace {

bool IsUpper(char c) { return c >= 'A' && c <= 'Z'; }
bool IsLower(char c) { return c >= 'a' && c <= 'z'; }
bool IsSeparator(char c) { return std::string_view("_-./ \t").contains(c); }

/// Whether a word begins at `i`: "busPhone", "URLName".
bool BeginsWord(std::string_view text, std::size_t i) {
  if (i == 0 || !IsUpper(text[i])) return false;
  const char before = text[i - 1];
  const bool lower_follows = i + 1 < text.size() && IsLower(text[i + 1]);
  return IsLower(before) || IsDigit(before) || (IsUpper(before) && lower_follows);
}

}  // namespace

std::string FoldHeader(std::string_view header) {
  const std::string_view text = Trim(header);
  std::string folded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool separator = IsSeparator(text[i]);
    if ((separator || BeginsWord(text, i)) && !folded.empty() && folded.back() != ' ') folded.push_back(' ');
    if (!separator) folded.push_back(text[i]);
  }
  return AsciiLower(Trim(folded));
}

std::string_view WithoutPrefix(std::string_view header) {
  const std::string_view text = Trim(header);
  const bool prefixed = text.size() > 2 && (text[0] == 'C' || text[0] == 'c') && text[1] == '_';
  return prefixed ? text.substr(2) : text;
}

std::string_view WithoutNumber(std::string_view header) {
  std::string_view kept = Trim(header);
  while (!kept.empty() && IsDigit(kept.back())) kept.remove_suffix(1);
  kept = Trim(kept);
  return kept.empty() ? header : kept;
}

}  // namespace rowcall::mapping
