#include "formats/text_start.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace rowcall::formats {

namespace {

using model::Encoding;
using namespace std::string_view_literals;

constexpr std::size_t kNone = std::string_view::npos;

std::string_view Title(Encoding encoding) {
  switch (encoding) {
    case Encoding::utf8: return "UTF-8";
    case Encoding::utf16le: return "UTF-16LE";
    case Encoding::utf16be: return "UTF-16BE";
    case Encoding::windows1252: return "Windows-1252";
    case Encoding::iso8859_1: return "ISO-8859-1";
  }
  return {};
}

struct Mark {
  std::string_view bytes;
  Encoding encoding;
};
constexpr Mark kMarks[] = {
    {"\xEF\xBB\xBF"sv, Encoding::utf8}, {"\xFF\xFE"sv, Encoding::utf16le}, {"\xFE\xFF"sv, Encoding::utf16be}};

std::unexpected<Error> IsWorkbook() {
  return Fail(ErrorKind::invalid, "This is an Excel workbook; save it as CSV.",
              "In Excel: Save As, \"CSV UTF-8 (Comma delimited)\".");
}

Result<void> RefuseOtherFormats(std::string_view block) {
  if (block.starts_with("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"sv)) return IsWorkbook();
  if (block.starts_with("PK\x03\x04"sv)) {
    if (block.contains("[Content_Types].xml") || block.contains("xl/")) return IsWorkbook();
    return Fail(ErrorKind::invalid, "The file is a ZIP archive, not text.", "Unpack it, and upload the file inside.");
  }
  if (block.starts_with("%PDF-")) {
    return Fail(ErrorKind::invalid, "The file is a PDF document, not text.", "Export the table as CSV.");
  }
  if (block.starts_with("\xFF\xFE\0\0"sv) || block.starts_with("\0\0\xFE\xFF"sv)) {
    return Fail(ErrorKind::invalid, "The file is UTF-32 text, which is not read.", "Save it as UTF-8.");
  }
  return {};
}

Result<TextStart> StartAfter(const Mark& mark, std::optional<Encoding> asked) {
  if (asked && *asked != mark.encoding) {
    return Fail(ErrorKind::invalid,
                fmt::format("metaData says that the file is {}, but it begins with the byte order mark of {}.",
                            Title(*asked), Title(mark.encoding)),
                "Leave \"encoding\" out of metaData.");
  }
  return TextStart{mark.encoding, mark.bytes.size(), fmt::format("{} with byte order mark", Title(mark.encoding))};
}

/// What speaks for one order of bytes in UTF-16, and what against it.
struct ByteOrder {
  std::size_t zero_high_bytes = 0;
  std::size_t line_ends = 0;  ///< As two bytes, of which the high one is zero.

  void Count(char high, char low) {
    if (high != '\0') return;
    ++zero_high_bytes;
    if (low == '\n' || low == '\r') ++line_ends;
  }
  bool PrevailsOver(const ByteOrder& other, std::size_t units, std::size_t line_end_bytes) const {
    if (zero_high_bytes == 0 || zero_high_bytes < other.zero_high_bytes * 4) return false;
    return line_end_bytes == 0 ? zero_high_bytes * 2 >= units
                               : zero_high_bytes * 10 >= units && line_ends * 2 > line_end_bytes;
  }
};

std::optional<Encoding> Utf16ByZeroBytes(std::string_view block) {
  ByteOrder little;
  ByteOrder big;
  const std::size_t units = block.size() / 2;
  for (std::size_t unit = 0; unit < units; ++unit) {
    const char first = block[2 * unit];
    const char second = block[2 * unit + 1];
    if (first == '\0' && second == '\0') return std::nullopt;
    little.Count(second, first);
    big.Count(first, second);
  }
  const auto line_end_bytes =
      static_cast<std::size_t>(std::ranges::count_if(block, [](char c) { return c == '\n' || c == '\r'; }));
  if (little.PrevailsOver(big, units, line_end_bytes)) return Encoding::utf16le;
  if (big.PrevailsOver(little, units, line_end_bytes)) return Encoding::utf16be;
  return std::nullopt;
}

struct Utf8Count {
  std::size_t invalid = 0;  ///< Bytes.
  std::size_t several = 0;  ///< Characters of several bytes.
};

Utf8Count CountUtf8(std::string_view block, bool is_whole) {
  constexpr std::size_t kLongestCutOff = 3;
  Utf8Count count;
  for (;;) {
    const std::size_t valid = FirstInvalidUtf8(block);
    for (const char c : block.substr(0, valid)) count.several += static_cast<unsigned char>(c) >= 0xC0 ? 1 : 0;
    if (valid == kNone) return count;
    if (!is_whole && block.size() - valid <= kLongestCutOff) return count;
    ++count.invalid;
    block.remove_prefix(valid + 1);
  }
}

TextStart SingleOrSeveralBytes(std::string_view block, bool is_whole) {
  const Utf8Count count = CountUtf8(block, is_whole);
  if (count.invalid == 0) return {Encoding::utf8, 0, "UTF-8"};
  const std::string found = fmt::format("bad bytes: {}; characters of several bytes: {}", count.invalid, count.several);
  if (count.invalid > count.several) {
    return {Encoding::windows1252, 0, fmt::format("Windows-1252, as it is not UTF-8 ({})", found)};
  }
  return {Encoding::utf8, 0, fmt::format("UTF-8, with faults ({})", found)};
}

}  // namespace

Result<TextStart> DetectText(std::string_view block, bool is_whole, std::optional<Encoding> asked) {
  RETURN_IF_ERROR(RefuseOtherFormats(block));
  for (const Mark& mark : kMarks) {
    if (block.starts_with(mark.bytes)) return StartAfter(mark, asked);
  }
  if (asked) return TextStart{*asked, 0, fmt::format("{}, as metaData says", Title(*asked))};
  if (const std::size_t zero = block.find('\0'); zero != kNone) {
    if (const auto utf16 = Utf16ByZeroBytes(block)) {
      return TextStart{*utf16, 0, fmt::format("{}, by its zero bytes", Title(*utf16))};
    }
    return Fail(ErrorKind::invalid, fmt::format("Byte {} is zero, so the file is not text.", zero),
                "Save it as CSV or JSON. If it is text all the same, name its \"encoding\" in metaData.");
  }
  return SingleOrSeveralBytes(block, is_whole);
}

}  // namespace rowcall::formats
