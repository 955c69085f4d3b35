#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "formats/parsed_file.h"

namespace rowcall::formats {
namespace {

using model::Cells;
using Names = std::vector<std::string>;

ParsedFile Csv(std::string_view text, RowLimits limits = {}) { return Parse(NewCsvParser(limits), text, text.size()); }

Cells OnlyRow(std::string_view text) {
  const ParsedFile file = Csv(text);
  EXPECT_EQ(file.rows.size(), 1u) << file.error.message;
  if (file.rows.size() != 1) return {};
  EXPECT_TRUE(file.rows[0].faults.empty()) << file.rows[0].faults[0].message;
  return file.rows[0].cells;
}

/// The only reason on the only row.
model::Reason OnlyReason(const ParsedFile& file) {
  EXPECT_EQ(file.rows.size(), 1u) << file.error.message;
  if (file.rows.size() != 1 || file.rows[0].faults.size() != 1) {
    ADD_FAILURE() << "not exactly one reason";
    return {};
  }
  return file.rows[0].faults[0];
}

std::string Sample() {
  std::ifstream file(ROWCALL_SOURCE_DIR "/tests/sample.csv", std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string WithTabs(std::string text) {
  for (char& c : text) c = c == ',' ? '\t' : c;
  return text;
}

TEST(CsvParserTest, TheSampleHasSevenColumnsAndTenRows) {
  const ParsedFile file = Csv(Sample());
  EXPECT_EQ(file.dialect.header,
            (Names{"C_EmailAddress", "C_FirstName", "C_LastName", "C_Title", "C_BusPhone", "C_Company", "C_Website1"}));
  ASSERT_EQ(file.rows.size(), 10u);
  EXPECT_EQ(file.rows[1].cells, (Cells{"john@acmepublishing.com", "John", "Doe", "", "", "Acme Publishing",
                                       "https://www.acmepublishing.com"}));
  EXPECT_EQ(file.rows[9].number, 10);
}

TEST(CsvParserTest, TheSampleWithTabsGivesTheSameRows) {
  const ParsedFile commas = Csv(Sample());
  const ParsedFile tabs = Csv(WithTabs(Sample()));
  EXPECT_EQ(tabs.dialect.delimiter, '\t');
  EXPECT_EQ(tabs.dialect.header, commas.dialect.header);
  EXPECT_EQ(tabs.rows, commas.rows);
}

TEST(CsvParserTest, AQuotedCellMayHoldDelimitersLineEndsAndDoubledQuotes) {
  EXPECT_EQ(OnlyRow("a,b\n\"x,\"\"y\"\"\r\nz\",2\n"), (Cells{"x,\"y\"\r\nz", "2"}));
}

TEST(CsvParserTest, AQuoteInsideAnUnquotedCellIsKept) {
  EXPECT_EQ(OnlyRow("a,b\n6\" pipe, \"x\"\n"), (Cells{"6\" pipe", " \"x\""}));
}

TEST(CsvParserTest, BlanksAfterAClosingQuoteAreKept) { EXPECT_EQ(OnlyRow("a,b\n\"x\" ,2\n"), (Cells{"x ", "2"})); }

TEST(CsvParserTest, TextAfterAClosingQuoteIsAFaultThatNamesTheColumn) {
  const model::Reason reason = OnlyReason(Csv("a,nick\n1,\"John \"Johnny\" Smith\"\n"));
  EXPECT_EQ(reason.code, "text_after_quote");
  EXPECT_EQ(reason.column, "nick");
  EXPECT_EQ(reason.message, "Row 1, byte 15, column \"nick\": text follows the closing quote of the cell.");
}

TEST(CsvParserTest, AStrayQuoteNeverJoinsTwoRowsIntoOneThatWouldBeLoaded) {
  const ParsedFile file = Csv("a,b\n1,\"x\n2,\"y\"\n3,z\n");
  ASSERT_EQ(file.rows.size(), 2u);
  EXPECT_EQ(file.rows[0].faults[0].code, "text_after_quote");
  EXPECT_EQ(file.rows[1].cells, (Cells{"3", "z"}));
}

TEST(CsvParserTest, LineEndsMayBeMixed) {
  const ParsedFile file = Csv("a,b\r\n1,2\n3,4\r\n\"5\",\"6\"\r7,8\r\r\n9,\"\"\r");
  ASSERT_EQ(file.rows.size(), 5u);
  EXPECT_EQ(file.dialect.header, (Names{"a", "b"}));
  EXPECT_EQ(file.rows[1].cells, (Cells{"3", "4"}));
  EXPECT_EQ(file.rows[2].cells, (Cells{"5", "6"}));
}

TEST(CsvParserTest, ACarriageReturnAloneEndsALine) {
  const ParsedFile file = Csv("email,name\ra@b.co,Ann\rd@d.co,\"B\rob\"\r");
  EXPECT_EQ(file.dialect.header, (Names{"email", "name"}));
  ASSERT_EQ(file.rows.size(), 2u);
  EXPECT_EQ(file.rows[0].cells, (Cells{"a@b.co", "Ann"}));
  EXPECT_EQ(file.rows[1].cells, (Cells{"d@d.co", "B\rob"}));
  EXPECT_EQ(file.rows[1].byte_offset, 22);
}

TEST(CsvParserTest, ACarriageReturnAndALineFeedInTwoPiecesAreOneLineEnd) {
  const std::string text = "a,b\r\n1,2\r\n3,4\r5,6\r\n";
  const ParsedFile whole = Csv(text);
  ASSERT_EQ(whole.rows.size(), 3u);
  EXPECT_EQ(whole.rows[0].byte_offset, 5);
  EXPECT_EQ(whole.rows[1].byte_offset, 10);
  EXPECT_EQ(whole.rows[2].byte_offset, 14);
  EXPECT_EQ(Parse(NewCsvParser(), text, 1).rows, whole.rows);
}

TEST(CsvParserTest, TheLastRowNeedsNoLineEnd) {
  EXPECT_EQ(OnlyRow("a,b\n1,"), (Cells{"1", ""}));
  EXPECT_EQ(OnlyRow("a,b\n1,2\r"), (Cells{"1", "2"}));
  EXPECT_EQ(OnlyRow("a,b\n1,\"2\""), (Cells{"1", "2"}));
}

TEST(CsvParserTest, BlankLinesAreNoRows) {
  const ParsedFile file = Csv("\n\r\na,b\n\n1,2\n  \n\r\n3,4\n\n");
  ASSERT_EQ(file.rows.size(), 2u);
  EXPECT_EQ(file.rows[0].number, 1);
  EXPECT_EQ(file.rows[1].number, 2);
  EXPECT_EQ(file.rows[1].cells, (Cells{"3", "4"}));
}

TEST(CsvParserTest, ALineOfDelimitersIsARow) { EXPECT_EQ(OnlyRow("a,b\n,\n"), (Cells{"", ""})); }

TEST(CsvParserTest, AnEmptyQuotedCellIsARowOfAOneColumnFile) { EXPECT_EQ(OnlyRow("a\n\"\"\n"), (Cells{""})); }

TEST(CsvParserTest, ByteOffsetsCountFromTheFilesFirstByteWithTheMark) {
  const ParsedFile file =
      Csv("\xEF\xBB\xBF"
          "a,b\r\n1,2\r\n\r\n3,4\r\n");
  ASSERT_EQ(file.rows.size(), 2u);
  EXPECT_EQ(file.dialect.header, (Names{"a", "b"}));
  EXPECT_EQ(file.rows[0].byte_offset, 8);
  EXPECT_EQ(file.rows[1].byte_offset, 15);
}

TEST(CsvParserTest, MissingCellsAreBlankWithAWarning) {
  const ParsedFile file = Csv("a,b,c\n1,2\n");
  const model::Reason reason = OnlyReason(file);
  EXPECT_EQ(reason.code, "short_row");
  EXPECT_TRUE(reason.warning);
  EXPECT_EQ(reason.message, "Row 1, byte 6: the row has 2 of 3 cells; the others count as blank.");
  EXPECT_EQ(file.rows[0].cells, (Cells{"1", "2", ""}));
}

TEST(CsvParserTest, SurplusCellsAreAFaultUnlessBlank) {
  const ParsedFile file = Csv("a,b\n1,2,3\n");
  EXPECT_EQ(OnlyReason(file).code, "too_many_columns");
  EXPECT_FALSE(OnlyReason(file).warning);
  EXPECT_EQ(file.rows[0].cells, (Cells{"1", "2"}));
}

TEST(CsvParserTest, BlankSurplusCellsAreDropped) { EXPECT_EQ(OnlyRow("a,b\n1,2,,\"\", \n"), (Cells{"1", "2"})); }

TEST(CsvParserTest, TextThatIsNotUtf8IsAFaultOfItsRowAlone) {
  const ParsedFile file = Csv("a,name\n1,Jos\xE9\n2,José\n");
  ASSERT_EQ(file.rows.size(), 2u);
  ASSERT_EQ(file.rows[0].faults.size(), 1u);
  EXPECT_EQ(file.rows[0].faults[0].code, "invalid_utf8");
  EXPECT_EQ(file.rows[0].faults[0].message, "Row 1, byte 12, column \"name\": the text is not valid UTF-8.");
  EXPECT_NE(file.rows[0].faults[0].hint.find("UTF-8"), std::string::npos);
  EXPECT_EQ(file.rows[0].cells, (Cells{"1", ""}));
  EXPECT_EQ(file.rows[1].cells, (Cells{"2", "José"}));
  EXPECT_TRUE(file.rows[1].faults.empty());
}

TEST(CsvParserTest, AZeroByteIsAFault) {
  const std::string text("a,b\n1,x\0y\n", 10);
  const model::Reason reason = OnlyReason(Parse(NewCsvParser({}, model::Encoding::utf8), text, 3));
  EXPECT_EQ(reason.code, "zero_byte");
  EXPECT_EQ(reason.message, "Row 1, byte 7, column \"b\": the text has a zero byte in it.");
}

TEST(CsvParserTest, AnUnclosedQuoteNamesRowColumnAndTheQuotesByte) {
  const ParsedFile file = Csv("a,b\n1,2\n3,\"x\n4,5\n");
  ASSERT_EQ(file.rows.size(), 2u);
  ASSERT_EQ(file.rows[1].faults.size(), 1u);
  EXPECT_EQ(file.rows[1].faults[0].code, "unclosed_quote");
  EXPECT_EQ(file.rows[1].faults[0].column, "b");
  EXPECT_EQ(
      file.rows[1].faults[0].message,
      "Row 2, byte 10, column \"b\": the quote that opens here is never closed, so the rest of the file, 2 lines, "
      "is one cell.");
}

TEST(CsvParserTest, ARowThatIsTooLongIsOneFaultAndTheNextLineIsRead) {
  const std::string text = "a,b\n" + std::string(200'000, 'x') + ",\"1\n2\"\n3,4\n";
  const ParsedFile file = Csv(text, {.max_row_bytes = 100});
  ASSERT_EQ(file.rows.size(), 2u);
  EXPECT_EQ(file.rows[0].faults[0].code, "row_too_long");
  EXPECT_EQ(file.rows[0].faults[0].message, "Row 1, byte 4: the row has 200007 bytes; at most 100 are read.");
  EXPECT_EQ(file.rows[0].cells, (Cells{"", ""}));
  EXPECT_EQ(file.rows[1].number, 2);
  EXPECT_EQ(file.rows[1].cells, (Cells{"3", "4"}));
}

TEST(CsvParserTest, ARowOfExactlyTheLimitIsRead) {
  const std::string row = std::string(97, 'x') + ",1\n";
  EXPECT_TRUE(Csv("a,b\n" + row, {.max_row_bytes = 100}).rows[0].faults.empty());
  EXPECT_FALSE(Csv("a,b\n" + row, {.max_row_bytes = 99}).rows[0].faults.empty());
}

TEST(CsvParserTest, AnUnclosedQuoteOfAnyLengthIsNamedByItsByte) {
  const ParsedFile file = Csv("a,b\n1,\"" + std::string(300'000, '\n'), {.max_row_bytes = 1000});
  ASSERT_EQ(file.rows.size(), 1u);
  EXPECT_EQ(file.rows[0].faults[0].code, "unclosed_quote");
  EXPECT_EQ(file.rows[0].faults[0].message,
            "Row 1, byte 6: the quote that opens here is never closed, so the rest of the file, 300000 lines, is one "
            "cell.");
}

TEST(CsvParserTest, AMillionCellsAreOneFault) {
  const ParsedFile file = Csv("a,b\n" + std::string(1'000'000, ',') + "\n1,2\n", {.max_row_bytes = 2'000'000});
  ASSERT_EQ(file.rows.size(), 2u);
  EXPECT_EQ(file.rows[0].faults[0].code, "too_many_columns");
  EXPECT_EQ(file.rows[1].cells, (Cells{"1", "2"}));
}

TEST(CsvParserTest, LinesBehindAnUnclosedQuoteAreCountedHoweverTheyEndAndAreCut) {
  const std::string text = "a,b\n1,\"x\r\ny\rz\nlast";
  for (std::size_t piece = 1; piece < text.size(); ++piece) {
    for (const std::size_t limit : {std::size_t{5}, std::size_t{1000}}) {
      const ParsedFile file = Parse(NewCsvParser({.max_row_bytes = limit}), text, piece);
      ASSERT_EQ(file.rows.size(), 1u);
      EXPECT_NE(file.rows[0].faults.at(0).message.find("the rest of the file, 4 lines,"), std::string::npos);
    }
  }
}

TEST(CsvParserTest, TenThousandColumnsAreRead) {
  std::string header;
  for (int i = 0; i < 10'000; ++i) header += (i == 0 ? "c" : ",c") + std::to_string(i);
  const ParsedFile file = Csv(header + "\n" + std::string(9'999, ',') + "x\n");
  ASSERT_EQ(file.rows.size(), 1u) << file.error.message;
  EXPECT_EQ(file.rows[0].cells.size(), 10'000u);
  EXPECT_EQ(file.rows[0].cells[9'999], "x");
}

TEST(CsvParserTest, AFieldOfAnyLengthIsOneFaultInFlatMemoryAndTheNextRowIsRead) {
  const std::string piece(std::size_t{64} << 10, 'x');
  const auto parser = NewCsvParser();
  std::vector<model::Row> rows;
  ASSERT_TRUE(parser->Feed("a,b\n1,\"", rows));
  for (int i = 0; i < 1'000; ++i) ASSERT_TRUE(parser->Feed(piece, rows));
  ASSERT_TRUE(parser->Feed("\"\n3,4\n", rows));
  ASSERT_TRUE(parser->Finish(rows));
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].faults.at(0).code, "row_too_long");
  EXPECT_EQ(rows[1].cells, (Cells{"3", "4"}));
  EXPECT_EQ(rows[1].byte_offset, 4 + 3 + 65'536'000 + 2);
}

TEST(CsvParserTest, TenMillionBlankLinesAreNoRowsAndShiftNoNumber) {
  const std::string piece(100'000, '\n');
  const auto parser = NewCsvParser();
  std::vector<model::Row> rows;
  ASSERT_TRUE(parser->Feed("a\n1\n", rows));
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(parser->Feed(piece, rows));
  ASSERT_TRUE(parser->Feed("2\n", rows));
  ASSERT_TRUE(parser->Finish(rows));
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[1].number, 2);
  EXPECT_EQ(rows[1].byte_offset, 10'000'004);
}

TEST(CsvParserTest, ANameThatStandsAgainIsKeptApartAndReported) {
  const ParsedFile file = Csv("a,b, a ,a,b\n1,2,3,4,5\n");
  EXPECT_EQ(file.dialect.header, (Names{"a", "b", "a (column 3)", "a (column 4)", "b (column 5)"}));
  EXPECT_EQ(
      file.dialect.warnings,
      Names{"Some names stand in the header more than once. The first column of a name keeps it; the others are "
            "called \"a (column 3)\", \"a (column 4)\" and \"b (column 5)\", and are loaded only if a mapping says "
            "where."});
  EXPECT_EQ(file.rows.at(0).cells, (Cells{"1", "2", "3", "4", "5"}));
}

TEST(CsvParserTest, NamesAreDifferentEvenIfOneIsMadeToCollide) {
  EXPECT_EQ(Csv("a (column 2),a,a\n").dialect.header, (Names{"a (column 2)", "a", "a (column 3)"}));
  EXPECT_EQ(Csv("a,a (column 3),a\n").dialect.header, (Names{"a", "a (column 3)", "a (column 3) (column 3)"}));
}

TEST(CsvParserTest, ColumnsWithoutANameAreReported) {
  EXPECT_EQ(Csv("a,,b,,,,,,\n").dialect.warnings,
            Names{"Columns without a name in the header are not loaded: \"column 2\", \"column 4\", \"column 5\", "
                  "\"column 6\", \"column 7\" and 2 more."});
}

TEST(CsvParserTest, HeaderNamesAreTrimmedAndMayBeEmpty) {
  EXPECT_EQ(Csv(" a ,\"b\t\",\n1,2,3\n").dialect.header, (Names{"a", "b", ""}));
}

struct BadFile {
  const char* name;
  std::string text;
  std::string message;
};

class BadHeaderTest : public testing::TestWithParam<BadFile> {};

TEST_P(BadHeaderTest, FailsTheFileAndSaysWhy) {
  const ParsedFile file = Csv(GetParam().text);
  EXPECT_TRUE(file.failed);
  EXPECT_EQ(file.error.kind, ErrorKind::invalid);
  EXPECT_EQ(file.error.message, GetParam().message);
  EXPECT_FALSE(file.error.hint.empty());
  EXPECT_TRUE(file.rows.empty());
}

INSTANTIATE_TEST_SUITE_P(
    Files, BadHeaderTest,
    testing::Values(
        BadFile{"Empty", "", "The file is empty: it has no header row."},
        BadFile{"BlankLines", "\r\n\n", "The file is empty: it has no header row."},
        BadFile{"MarkAlone", "\xEF\xBB\xBF", "The file is empty: it has no header row."},
        BadFile{"NoNames", "\n , ,\n1,2,3\n", "Header row, byte 1: no column has a name."},
        BadFile{"NotUtf8",
                "\xEF\xBB\xBF"
                "a,\xFF\n1,2\n",
                "Header row, byte 5: the text is not valid UTF-8."},
        BadFile{"UnclosedQuote", "a,\"b\n1,2\n",
                "Header row, byte 2: the quote that opens here is never closed, so the rest of the file, 2 lines, is "
                "one cell."},
        BadFile{"TooLong", std::string(2'000'000, 'a') + "\n1\n",
                "Header row, byte 0: the row has 2000001 bytes; at most 1048576 are read."},
        BadFile{"TooManyColumns", std::string(16'384, ',') + "\n1\n",
                "Header row: 16385 columns; at most 16384 can be read."},
        BadFile{"Workbook",
                "PK\x03\x04"
                "…[Content_Types].xml…",
                "This is an Excel workbook; save it as CSV."}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(CsvParserTest, AHeaderAloneIsAFileWithoutRows) {
  const ParsedFile file = Csv("a,b");
  EXPECT_FALSE(file.failed);
  EXPECT_TRUE(file.rows.empty());
  EXPECT_EQ(file.dialect.header, (Names{"a", "b"}));
}

}  // namespace
}  // namespace rowcall::formats
