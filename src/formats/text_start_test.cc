#include "formats/text_start.h"

#include <gtest/gtest.h>

namespace rowcall::formats {
namespace {

using model::Encoding;
using namespace std::string_literals;

std::string Utf16(std::string_view ascii, bool little) {
  std::string bytes;
  for (const char c : ascii) bytes += little ? std::string{c, '\0'} : std::string{'\0', c};
  return bytes;
}

struct KnownStart {
  const char* name;
  std::string block;
  Encoding encoding;
  std::size_t mark_bytes;
  std::string evidence;
};

class EncodingTest : public testing::TestWithParam<KnownStart> {};

TEST_P(EncodingTest, IsFound) {
  const Result<TextStart> start = DetectText(GetParam().block, true, std::nullopt);
  ASSERT_TRUE(start) << start.error().message;
  EXPECT_EQ(start->encoding, GetParam().encoding);
  EXPECT_EQ(start->mark_bytes, GetParam().mark_bytes);
  EXPECT_EQ(start->evidence, GetParam().evidence);
}

INSTANTIATE_TEST_SUITE_P(
    Files, EncodingTest,
    testing::Values(
        KnownStart{"Empty", "", Encoding::utf8, 0, "UTF-8"}, KnownStart{"Ascii", "a,b\n", Encoding::utf8, 0, "UTF-8"},
        KnownStart{"Utf8", "José,王\n", Encoding::utf8, 0, "UTF-8"},
        KnownStart{"Utf8WithMark", "\xEF\xBB\xBF\xFF", Encoding::utf8, 3, "UTF-8 with byte order mark"},
        KnownStart{"LittleEndianWithMark", "\xFF\xFE" + Utf16("a\n", true), Encoding::utf16le, 2,
                   "UTF-16LE with byte order mark"},
        KnownStart{"BigEndianWithMark", "\xFE\xFF" + Utf16("a\n", false), Encoding::utf16be, 2,
                   "UTF-16BE with byte order mark"},
        KnownStart{"LittleEndian", Utf16("a,b\n", true), Encoding::utf16le, 0, "UTF-16LE, by its zero bytes"},
        KnownStart{"BigEndian", Utf16("a,b\n", false), Encoding::utf16be, 0, "UTF-16BE, by its zero bytes"},
        KnownStart{"MostlyChinese", Utf16("name\n", true) + "\x8B\x73\0\x4E\x8B\x73\x8B\x73\x8B\x73\x8B\x73"s,
                   Encoding::utf16le, 0, "UTF-16LE, by its zero bytes"},
        KnownStart{"Windows", "name\nJos\xE9\nZo\xEB\n", Encoding::windows1252, 0,
                   "Windows-1252, as it is not UTF-8 (bad bytes: 2; characters of several bytes: 0)"},
        KnownStart{"Utf8WithABadByte", "José\nZoë\nB\xFF\n", Encoding::utf8, 0,
                   "UTF-8, with faults (bad bytes: 1; characters of several bytes: 2)"}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(TextStartTest, ACharacterThatTheBlockCutsOffIsNoBadByte) {
  EXPECT_EQ(DetectText("a\xE2\x82", false, std::nullopt)->encoding, Encoding::utf8);
  EXPECT_EQ(DetectText("a\xE2\x82", true, std::nullopt)->encoding, Encoding::windows1252);
}

TEST(TextStartTest, WhatWasAskedForIsDoneUnlessTheMarkSaysOtherwise) {
  const Result<TextStart> latin = DetectText("José", true, Encoding::iso8859_1);
  EXPECT_EQ(latin->encoding, Encoding::iso8859_1);
  EXPECT_EQ(latin->evidence, "ISO-8859-1, as metaData says");
  EXPECT_EQ(DetectText("a\0b"s, true, Encoding::utf8)->encoding, Encoding::utf8);
  EXPECT_EQ(DetectText("\xEF\xBB\xBFx", true, Encoding::utf8)->mark_bytes, 3u);
  const Result<TextStart> both = DetectText("\xFF\xFEx", true, Encoding::windows1252);
  ASSERT_FALSE(both);
  EXPECT_EQ(both.error().message,
            "metaData says that the file is Windows-1252, but it begins with the byte order mark of UTF-16LE.");
}

TEST(TextStartTest, WhatIsNoTextIsNamed) {
  const std::pair<std::string, std::string> files[] = {
      {"PK\x03\x04…[Content_Types].xml…", "This is an Excel workbook; save it as CSV."},
      {"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1…", "This is an Excel workbook; save it as CSV."},
      {"PK\x03\x04…people.csv…", "The file is a ZIP archive, not text."},
      {"%PDF-1.7\n", "The file is a PDF document, not text."},
      {"\xFF\xFE\0\0a\0\0\0"s, "The file is UTF-32 text, which is not read."},
      {"\x7F"
       "ELF\x02\x01\x01\0\0\0"s,
       "Byte 7 is zero, so the file is not text."},
      {"a,b\n1,\0\n"s, "Byte 6 is zero, so the file is not text."},
      {"a\0b\n"s, "Byte 1 is zero, so the file is not text."},
  };
  for (const auto& [block, message] : files) {
    const Result<TextStart> start = DetectText(block, true, std::nullopt);
    ASSERT_FALSE(start) << message;
    EXPECT_EQ(start.error().kind, ErrorKind::invalid);
    EXPECT_EQ(start.error().message, message);
    EXPECT_FALSE(start.error().hint.empty());
  }
}

}  // namespace
}  // namespace rowcall::formats
