#include "base/text.h"

#include <gtest/gtest.h>

namespace rowcall {
namespace {

TEST(TextTest, CaseIsFoldedInAsciiOnly) {
  EXPECT_EQ(AsciiLower("ÄBC-1"), "Äbc-1");
  EXPECT_TRUE(EqualsIgnoringAsciiCase("Content-Type", "content-TYPE"));
  EXPECT_FALSE(EqualsIgnoringAsciiCase("abc", "abcd"));
  EXPECT_FALSE(EqualsIgnoringAsciiCase("[", "{"));  // 0x20 apart, as letters are
}

TEST(TextTest, TrimAndSplitLoseNothingElse) {
  EXPECT_EQ(Trim(" \t\r\na b\n"), "a b");
  EXPECT_EQ(Trim(" \n"), "");
  EXPECT_EQ(Split("a,,b,", ','), (std::vector<std::string_view>{"a", "", "b", ""}));
  EXPECT_EQ(Split("", ','), std::vector<std::string_view>{""});
}

TEST(TextTest, TheClosestNameIsNearEnoughToBeMeant) {
  const std::vector<std::string> names = {"contact", "company"};
  EXPECT_EQ(Closest("contcat", names), "contact");
  EXPECT_EQ(Closest("COMPANIE", names), "company");
  EXPECT_EQ(Closest("invoice", names), "");
  EXPECT_EQ(Closest("x", {}), "");
}

TEST(TextTest, ALongTextIsNotComparedWithManyShortOnes) {
  EXPECT_EQ(Closest(std::string(1 << 20, 'x'), std::vector<std::string>(10'000, "contact")), "");
}

TEST(TextTest, Utf8IsJudgedByTheStandard) {
  const auto valid = std::string_view::npos;
  EXPECT_EQ(FirstInvalidUtf8("aé█😀"), valid);
  EXPECT_EQ(FirstInvalidUtf8("\xF4\x8F\xBF\xBF"), valid) << "U+10FFFF, the last character";
  for (const char* bad :
       {"ab\x80", "ab\xC0\xAF", "ab\xE0\x80\xAF", "ab\xED\xA0\x80", "ab\xF4\x90\x80\x80", "ab\xE2\x96"}) {
    EXPECT_EQ(FirstInvalidUtf8(bad), 2u) << bad;
  }
}

TEST(TextTest, OnlyUnreservedCharactersStandInAnAddress) {
  EXPECT_EQ(PercentEncode("aZ09-._~"), "aZ09-._~");
  EXPECT_EQ(PercentEncode("a b/é?&="), "a%20b%2F%C3%A9%3F%26%3D");
}

}  // namespace
}  // namespace rowcall
