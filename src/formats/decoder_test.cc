#include "formats/decoder.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/text.h"

namespace rowcall::formats {
namespace {

using model::Encoding;
using namespace std::string_literals;

struct DecodedText {
  const char* name;
  Encoding encoding;
  std::string bytes;
  std::string text;
};

class DecoderTest : public testing::TestWithParam<DecodedText> {
 protected:
  static std::string Decode(Encoding encoding, std::string_view bytes, std::size_t piece) {
    Decoder decoder(encoding);
    std::string text;
    for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size())))
      decoder.Append(bytes.substr(0, piece), text);
    decoder.End(text);
    return text;
  }
};

TEST_P(DecoderTest, TheTextIsTheSameHoweverTheBytesAreCut) {
  const DecodedText& file = GetParam();
  for (std::size_t piece = 1; piece <= file.bytes.size(); ++piece) {
    EXPECT_EQ(Decode(file.encoding, file.bytes, piece), file.text) << "in pieces of " << piece;
  }
}

TEST_P(DecoderTest, TheTextStandsForAsManyBytesAsItWasMadeOf) {
  EXPECT_EQ(StoredSize(GetParam().text, GetParam().encoding), static_cast<std::int64_t>(GetParam().bytes.size()));
}

INSTANTIATE_TEST_SUITE_P(
    Encodings, DecoderTest,
    testing::Values(DecodedText{"Utf8IsPassedOn", Encoding::utf8, "a\xC3\xA9\xFF\xE2\x82", "a\xC3\xA9\xFF\xE2\x82"},
                    DecodedText{"Latin1", Encoding::iso8859_1, "Jos\xE9\x80", "José\xC2\x80"},
                    DecodedText{"Windows", Encoding::windows1252, "Jos\xE9 \x80\x93\x94\x81", "José €“”\xC2\x81"},
                    DecodedText{"LittleEndian", Encoding::utf16le, "a\0\xE9\0\xAC\x20\x3D\xD8\x00\xDE"s, "aé€😀"},
                    DecodedText{"BigEndian", Encoding::utf16be, "\0a\0\xE9\x20\xAC\xD8\x3D\xDE\x00"s, "aé€😀"},
                    DecodedText{"ZeroIsText", Encoding::utf16be, "\0\0"s, "\0"s},
                    DecodedText{"HalfAPair", Encoding::utf16be, "\xD8\x3D\0a\xDE\x00\xD8\x3D"s,
                                "\xED\xA0\xBD"
                                "a\xED\xB8\x80\xED\xA0\xBD"},
                    DecodedText{"AnOddByteAtTheEnd", Encoding::utf16le, "a\0b"s, "a\xFF"}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(DecoderTest, WhatIsNoTextIsInvalidUtf8) {
  EXPECT_EQ(FirstInvalidUtf8("ab\xED\xA0\xBD"), 2u);
  EXPECT_EQ(FirstInvalidUtf8("ab\xFF"), 2u);
}

}  // namespace
}  // namespace rowcall::formats
