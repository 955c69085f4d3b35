// Tables written as CSV in every way that the grammar and the encodings allow read back as they were, in one piece, cut
// at any bytes, and from any row on.

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <string>
#include <vector>

#include "formats/decoder.h"
#include "formats/parsed_file.h"

namespace rowcall::formats {
namespace {

using model::Encoding;
using Utf16Cells = std::vector<std::u16string>;

const std::vector<Encoding> kEncodings = {Encoding::utf8, Encoding::utf16le, Encoding::utf16be, Encoding::windows1252,
                                          Encoding::iso8859_1};

/// How a table is written.
struct Style {
  Encoding encoding = Encoding::utf8;
  bool mark = false;
  bool said = false;  ///< The encoding is told, not found out.
  char16_t delimiter = u',';
};

bool HasMark(Encoding encoding) { return encoding <= Encoding::utf16be; }

/// The text of at most U+FFFF, or pairs, in an encoding that has all its characters.
std::string Encode(std::u16string_view text, Encoding encoding) {
  std::string utf8;
  Decoder to_utf8(Encoding::utf16le);
  std::string bytes;
  for (const char16_t unit : text) {
    const char high = static_cast<char>(unit >> 8);
    const char low = static_cast<char>(unit & 0xFF);
    to_utf8.Append(std::string{low, high}, utf8);
    if (encoding == Encoding::utf16le) bytes += {low, high};
    if (encoding == Encoding::utf16be) bytes += {high, low};
    if (encoding == Encoding::windows1252) bytes += unit == u'€' ? '\x80' : low;
    if (encoding == Encoding::iso8859_1) bytes += low;
  }
  return encoding == Encoding::utf8 ? utf8 : bytes;
}

rc::Gen<std::u16string> AnyText(Encoding encoding) {
  std::vector<std::u16string> pieces = {
      u"a", u"some longer words", u",", u";", u"\t", u"|", u"\"", u"\n", u"\r\n", u"\r", u" ", u"é", u"Ünïcödé", u"0"};
  if (encoding == Encoding::windows1252) pieces.push_back(u"€");
  if (HasMark(encoding)) pieces.insert(pieces.end(), {u"日本", u"😀", u"\u0100", u"\u4E00"});
  return rc::gen::map(rc::gen::container<std::vector<std::u16string>>(rc::gen::elementOf(pieces)),
                      [](const std::vector<std::u16string>& parts) {
                        std::u16string text;
                        for (const std::u16string& part : parts) text += part;
                        return text;
                      });
}

Style AnyStyle() {
  Style style;
  style.encoding = *rc::gen::elementOf(kEncodings);
  style.mark = HasMark(style.encoding) && *rc::gen::arbitrary<bool>();
  style.said = !style.mark;  // what is found out without a mark is for text_start_test.cc
  style.delimiter = *rc::gen::elementOf(std::u16string(u",\t;|"));
  return style;
}

/// A header c0, c1, … and rows of any text.
std::vector<Utf16Cells> AnyTable(Encoding encoding) {
  const auto columns = *rc::gen::inRange<std::size_t>(2, 6);
  const auto rows = *rc::gen::inRange<std::size_t>(0, 12);
  std::vector<Utf16Cells> table(1);
  for (std::size_t column = 0; column < columns; ++column)
    table[0].push_back({u'c', static_cast<char16_t>(u'0' + column)});
  for (std::size_t row = 0; row < rows; ++row) {
    table.push_back(*rc::gen::container<Utf16Cells>(columns, AnyText(encoding)));
  }
  return table;
}

std::u16string WriteCell(const std::u16string& text, char16_t delimiter) {
  const bool must_quote = text.starts_with(u'"') || text.find(delimiter) != std::u16string::npos ||
                          text.find_first_of(u"\r\n") != std::u16string::npos;
  if (!must_quote && *rc::gen::arbitrary<bool>()) return text;
  std::u16string quoted = u"\"";
  for (const char16_t unit : text) quoted += unit == u'"' ? std::u16string(u"\"\"") : std::u16string(1, unit);
  return quoted + u"\"";
}

/// The file, and where each line of the table begins in it.
struct Written {
  std::string bytes;
  std::vector<std::int64_t> begins;
};

Written Write(const std::vector<Utf16Cells>& table, const Style& style) {
  Written file;
  if (style.mark) file.bytes = Encode(u"\uFEFF", style.encoding);
  const std::vector<std::u16string> line_ends = {u"\n", u"\r\n", u"\r"};
  for (const Utf16Cells& cells : table) {
    std::u16string line;
    for (const std::u16string& cell : cells) {
      if (&cell != &cells.front()) line += style.delimiter;
      line += WriteCell(cell, style.delimiter);
    }
    const bool last = &cells == &table.back();
    if (!last || *rc::gen::arbitrary<bool>()) line += *rc::gen::elementOf(line_ends);
    file.begins.push_back(static_cast<std::int64_t>(file.bytes.size()));
    file.bytes += Encode(line, style.encoding);
  }
  return file;
}

/// Feeds `bytes` cut at random places.
std::vector<model::Row> ReadCut(RowParser& parser, std::string_view bytes) {
  std::vector<model::Row> rows;
  while (!bytes.empty()) {
    const auto piece = *rc::gen::inRange<std::size_t>(1, bytes.size() + 1);
    RC_ASSERT(parser.Feed(bytes.substr(0, piece), rows).has_value());
    bytes.remove_prefix(piece);
  }
  RC_ASSERT(parser.Finish(rows).has_value());
  return rows;
}

std::vector<model::Row> From(const std::vector<model::Row>& rows, std::size_t first) {
  return {rows.begin() + static_cast<std::ptrdiff_t>(first), rows.end()};
}

void CheckRows(const ParsedFile& file, const std::vector<Utf16Cells>& table, const Written& written) {
  RC_ASSERT(!file.failed);
  RC_ASSERT(file.rows.size() == table.size() - 1);
  for (std::size_t i = 0; i < file.rows.size(); ++i) {
    RC_ASSERT(file.rows[i].faults.empty());
    RC_ASSERT(file.rows[i].number == static_cast<RowNumber>(i + 1));
    RC_ASSERT(file.rows[i].byte_offset == written.begins[i + 1]);
    for (std::size_t column = 0; column < table[0].size(); ++column) {
      RC_ASSERT(file.rows[i].cells[column] == Encode(table[i + 1][column], Encoding::utf8));
    }
  }
}

void CheckRoundTrip() {
  const Style style = AnyStyle();
  const std::vector<Utf16Cells> table = AnyTable(style.encoding);
  const Written written = Write(table, style);
  const auto asked = style.said ? std::optional(style.encoding) : std::nullopt;
  const ParsedFile whole = Parse(NewCsvParser({}, asked), written.bytes, written.bytes.size());
  CheckRows(whole, table, written);
  RC_ASSERT(whole.dialect.encoding == style.encoding);
  RC_ASSERT(ReadCut(*NewCsvParser({}, asked), written.bytes) == whole.rows);
  if (whole.rows.empty()) return;
  const auto first = *rc::gen::inRange<std::size_t>(0, whole.rows.size());
  const std::int64_t begin = whole.rows[first].byte_offset;
  const std::string_view rest = std::string_view(written.bytes).substr(static_cast<std::size_t>(begin));
  RC_ASSERT(ReadCut(*ResumeCsvParser(whole.dialect, whole.rows[first].number, begin), rest) == From(whole.rows, first));
}

TEST(CsvRoundTripTest, WhatIsWrittenIsReadBackHoweverItIsCutAndFromAnyRowOn) {
  EXPECT_TRUE(rc::check("a CSV file reads back", CheckRoundTrip));
}

}  // namespace
}  // namespace rowcall::formats
