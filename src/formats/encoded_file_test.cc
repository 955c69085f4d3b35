// The same table in every encoding: the same cells, and offsets that are places in the file as it is stored.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "formats/parsed_file.h"

namespace rowcall::formats {
namespace {

using model::Cells;
using model::Encoding;

/// One character of at most U+FFFF is one unit; the tests' texts have no other.
std::string Utf16(std::u16string_view text, bool little) {
  std::string bytes;
  for (const char16_t unit : text) {
    const char high = static_cast<char>(unit >> 8);
    const char low = static_cast<char>(unit & 0xFF);
    bytes += little ? std::string{low, high} : std::string{high, low};
  }
  return bytes;
}

struct EncodedFile {
  const char* name;
  Encoding encoding;
  std::string mark;
  std::string first_line, second_line, third_line;
};

const std::u16string_view kHeader = u"mail,name\r\n";
const std::u16string_view kAnn = u"a@b.co,\"Zoë, 2\r\"\r";
const std::u16string_view kBob = u"d@d.co,José\n";

const EncodedFile kCases[] = {
    {"Windows1252", Encoding::windows1252, "", "mail,name\r\n", "a@b.co,\"Zo\xEB, 2\r\"\r", "d@d.co,Jos\xE9\n"},
    {"Utf16LittleEndian", Encoding::utf16le, "", Utf16(kHeader, true), Utf16(kAnn, true), Utf16(kBob, true)},
    {"Utf16BigEndianWithMark", Encoding::utf16be, "\xFE\xFF", Utf16(kHeader, false), Utf16(kAnn, false),
     Utf16(kBob, false)},
};

class EncodedFileTest : public testing::TestWithParam<EncodedFile> {};

TEST_P(EncodedFileTest, HasTheSameCellsAndItsOwnOffsetsFromAnyRowOnInPiecesOfAnySize) {
  const auto& [name, encoding, mark, first_line, second_line, third_line] = GetParam();
  const std::string text = mark + first_line + second_line + third_line;
  for (std::size_t piece = 1; piece <= text.size(); ++piece) {
    const ParsedFile file = Parse(NewCsvParser(), text, piece);
    ASSERT_EQ(file.rows.size(), 2u) << file.error.message;
    EXPECT_EQ(file.dialect.encoding, encoding) << file.dialect.evidence;
    EXPECT_EQ(file.rows[0].cells, (Cells{"a@b.co", "Zoë, 2\r"}));
    EXPECT_EQ(file.rows[1].cells, (Cells{"d@d.co", "José"}));
    const std::size_t first = mark.size() + first_line.size();
    EXPECT_EQ(file.rows[0].byte_offset, static_cast<std::int64_t>(first));
    EXPECT_EQ(file.rows[1].byte_offset, static_cast<std::int64_t>(first + second_line.size()));
    const auto rest = Parse(ResumeCsvParser(file.dialect, 2, file.rows[1].byte_offset), third_line, piece);
    ASSERT_EQ(rest.rows.size(), 1u);
    EXPECT_EQ(rest.rows[0], file.rows[1]);
  }
}

INSTANTIATE_TEST_SUITE_P(Files, EncodedFileTest, testing::ValuesIn(kCases),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(EncodedFileTest, FaultsNameThePlaceInTheFile) {
  const std::string text = Utf16(u"a,b\n1,é\n2,x\xD800\n3,\"y", true);
  const ParsedFile file = Parse(NewCsvParser(), text, 3);
  ASSERT_EQ(file.rows.size(), 3u) << file.error.message;
  EXPECT_EQ(file.rows[1].faults.at(0).message, "Row 2, byte 22, column \"b\": the text is not valid UTF-16.");
  EXPECT_EQ(file.rows[1].faults.at(0).code, "invalid_utf16");
  EXPECT_TRUE(file.rows[2].faults.at(0).message.starts_with("Row 3, byte 30, column \"b\": the quote that opens here"));
}

TEST(EncodedFileTest, AnUnclosedQuoteOfAnyLengthIsNamedByItsPlaceInTheFile) {
  const std::string text = Utf16(u"a,b\né,\"" + std::u16string(200'000, u'é'), true);
  const ParsedFile file = Parse(NewCsvParser({.max_row_bytes = 1000}), text, 64 << 10);
  ASSERT_EQ(file.rows.size(), 1u);
  EXPECT_EQ(file.rows[0].byte_offset, 8);
  EXPECT_TRUE(file.rows[0].faults.at(0).message.starts_with("Row 1, byte 12: the quote"));
}

TEST(EncodedFileTest, AnOddByteAtTheEndIsAFaultOfTheLastRow) {
  const ParsedFile file = Parse(NewCsvParser(), Utf16(u"a,b\n1,2", true) + "x", 5);
  ASSERT_EQ(file.rows.size(), 1u);
  EXPECT_EQ(file.rows[0].faults.at(0).message, "Row 1, byte 14, column \"b\": the text is not valid UTF-16.");
}

TEST(EncodedFileTest, JsonIsReadInEveryEncodingToo) {
  const std::string text = Utf16(u"{\"a\":\"é\"}\n{\"a\":\n{\"a\":\"ü\"}\n", false);
  const ParsedFile file = Parse(NewJsonParser(), text, 7);
  ASSERT_EQ(file.rows.size(), 3u) << file.error.message;
  EXPECT_EQ(file.dialect.evidence,
            "JSON Lines; UTF-16BE, by its zero bytes; columns are the keys of the first records");
  EXPECT_EQ(file.rows[0].cells, Cells{"é"});
  EXPECT_EQ(file.rows[1].faults.at(0).message, "Row 2, byte 30: the record ends before it is complete.");
  EXPECT_EQ(file.rows[2].byte_offset, 32);
  const auto rest = Parse(ResumeJsonParser(file.dialect, 3, 32), std::string_view(text).substr(32), 3);
  EXPECT_EQ(rest.rows.at(0), file.rows[2]);
}

TEST(EncodedFileTest, TheEncodingMayBeGiven) {
  const ParsedFile file = Parse(NewCsvParser({}, Encoding::iso8859_1), "a\n\x80\n", 2);
  EXPECT_EQ(file.rows.at(0).cells, Cells{"\xC2\x80"});
  EXPECT_EQ(Parse(NewCsvParser(), "a\n\x80\n", 2).rows.at(0).cells, Cells{"€"});
}

TEST(EncodedFileTest, AFewBadBytesDoNotMakeAUtf8FileAnotherOne) {
  const ParsedFile file = Parse(NewCsvParser(), "a,name\n1,Zoë\n2,B\xFF\n3,José\n", 4);
  ASSERT_EQ(file.rows.size(), 3u);
  EXPECT_EQ(file.rows[1].faults.at(0).message, "Row 2, byte 17, column \"name\": the text is not valid UTF-8.");
  EXPECT_EQ(file.rows[2].cells, (Cells{"3", "José"}));
}

}  // namespace
}  // namespace rowcall::formats
