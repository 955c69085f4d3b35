#include "formats/csv_dialect.h"

#include <gtest/gtest.h>

namespace rowcall::formats {
namespace {

struct Case {
  const char* name;
  const char* text;
  char delimiter;
};

class DelimiterTest : public testing::TestWithParam<Case> {};

TEST_P(DelimiterTest, IsFound) {
  const CsvDelimiter found = DetectDelimiter(GetParam().text, true);
  EXPECT_EQ(found.delimiter, GetParam().delimiter) << found.evidence;
}

INSTANTIATE_TEST_SUITE_P(
    Files, DelimiterTest,
    testing::Values(Case{"Comma", "a,b\n1,2\n", ','}, Case{"Tab", "a\tb\n1\t2\n", '\t'},
                    Case{"Semicolon", "a;b\n1;2\n", ';'}, Case{"VerticalBar", "a|b\n1|2\n", '|'},
                    Case{"OneColumnIsComma", "email\na@b.c\nx;y\n", ','}, Case{"EmptyIsComma", "", ','},
                    Case{"DecimalCommasDoNotCount", "price;tax\n1,5;0,3\n2,5;0,5\n", ';'},
                    Case{"ACommaInTheHeaderAloneDoesNotCount", "name, first;city\nAnn;Bonn\nBob;Rome\n", ';'},
                    Case{"QuotedDelimitersDoNotCount", "\"a,b,c\";d\n\"1,2,3\";4\n", ';'},
                    Case{"QuotedLineEndsDoNotCount", "a;b\n\"1\n2\n3,4\n5\";6\n", ';'},
                    Case{"MoreCellsWinATie", "a, b\tc\td\n1, 2\t3\t4\n", '\t'}, Case{"HeaderAlone", "a;b;c", ';'},
                    Case{"BlankLinesDoNotCount", "\n\na;b\n\n1;2\n\n", ';'},
                    Case{"RaggedRowsDoNotConfuse", "a;b;c\n1;2\n1;2;3\n1,5;2,5;3\n4\n", ';'}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(CsvDialectTest, TheEvidenceSaysWhatWasSeen) {
  EXPECT_EQ(DetectDelimiter("a\tb\n1\t2\n3\n", true).evidence, "TAB in 2 of 3 lines");
  EXPECT_EQ(DetectDelimiter("a\n1\n", true).evidence,
            "one column: no comma, TAB, semicolon or vertical bar in the header");
}

TEST(CsvDialectTest, ALineThatTheTextCutsOffDoesNotCount) {
  EXPECT_EQ(DetectDelimiter("a;b\n1;2\n3", false).evidence, "semicolon in 2 of 2 lines");
  EXPECT_EQ(DetectDelimiter("a;b;c", false).evidence, "semicolon in 1 of 1 lines");
}

}  // namespace
}  // namespace rowcall::formats
