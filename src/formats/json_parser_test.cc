#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "formats/parsed_file.h"

namespace rowcall::formats {
namespace {

using model::Cells;
using Names = std::vector<std::string>;

ParsedFile Json(std::string_view text, RowLimits limits = {}) {
  return Parse(NewJsonParser(limits), text, text.size());
}

/// The only reason on the only row that has one.
model::Reason OnlyFault(const ParsedFile& file) {
  std::vector<model::Reason> reasons;
  for (const model::Row& row : file.rows) reasons.insert(reasons.end(), row.faults.begin(), row.faults.end());
  EXPECT_EQ(reasons.size(), 1u) << file.error.message;
  return reasons.size() == 1 ? reasons[0] : model::Reason();
}

TEST(JsonParserTest, LinesAndAnArrayGiveTheSameCells) {
  const ParsedFile lines = Json("{\"a\":\"1\",\"b\":\"x\"}\r\n\n  {\"b\":\"y\",\"a\":\"2\"}");
  const ParsedFile array = Json("\xEF\xBB\xBF\n[ {\"a\":\"1\",\"b\":\"x\"} ,\n{\"b\":\"y\",\n\"a\":\"2\"}]\n");
  for (const ParsedFile& file : {lines, array}) {
    EXPECT_EQ(file.dialect.header, (Names{"a", "b"}));
    ASSERT_EQ(file.rows.size(), 2u) << file.error.message;
    EXPECT_EQ(file.rows[0].cells, (Cells{"1", "x"}));
    EXPECT_EQ(file.rows[1].cells, (Cells{"2", "y"}));
    EXPECT_EQ(file.rows[1].number, 2);
    EXPECT_TRUE(file.rows[0].faults.empty() && file.rows[1].faults.empty());
  }
  EXPECT_FALSE(lines.dialect.json_array);
  EXPECT_TRUE(array.dialect.json_array);
  EXPECT_EQ(lines.rows[1].byte_offset, 22);
  EXPECT_EQ(array.rows[1].byte_offset, 26);
}

TEST(JsonParserTest, ACarriageReturnAloneEndsALine) {
  const ParsedFile file = Json("{\"a\":1}\r{\"a\":2}\r\n{\"a\":3}\r");
  ASSERT_EQ(file.rows.size(), 3u) << file.error.message;
  EXPECT_EQ(file.rows[2].cells, (Cells{"3"}));
  EXPECT_EQ(file.rows[2].byte_offset, 17);
}

TEST(JsonParserTest, NumbersKeepEveryDigitAndNullIsBlank) {
  const ParsedFile file =
      Json(R"({"big":12345678901234567890123,"price":1.10,"n":-0,"e":1E5,"t":true,"f":false,"z":null})");
  ASSERT_EQ(file.rows.size(), 1u);
  EXPECT_EQ(file.rows[0].cells, (Cells{"12345678901234567890123", "1.10", "-0", "1E5", "true", "false", ""}));
}

TEST(JsonParserTest, EscapesAreResolved) {
  const ParsedFile file = Json(R"({"a\n":"\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00 {[,]}"})");
  EXPECT_EQ(file.dialect.header, (Names{"a\n"}));
  ASSERT_EQ(file.rows.size(), 1u);
  EXPECT_EQ(file.rows[0].cells, (Cells{"\"\\/\b\f\n\r\té😀 {[,]}"}));
}

TEST(JsonParserTest, AnObjectInsideBecomesDottedColumns) {
  const ParsedFile file = Json(R"({"id":1,"company":{"name":"Acme","size":3},"x":"y","none":{}})");
  EXPECT_EQ(file.dialect.header, (Names{"id", "company.name", "company.size", "x"}));
  ASSERT_EQ(file.rows.size(), 1u);
  EXPECT_EQ(file.rows[0].cells, (Cells{"1", "Acme", "3", "y"}));
  EXPECT_TRUE(file.rows[0].faults.empty());
}

TEST(JsonParserTest, AMissingKeyIsBlank) {
  const ParsedFile file = Json("{\"a\":1,\"b\":2}\n{\"b\":3}\n{}");
  ASSERT_EQ(file.rows.size(), 3u);
  EXPECT_EQ(file.rows[1].cells, (Cells{"", "3"}));
  EXPECT_EQ(file.rows[2].cells, (Cells{"", ""}));
  EXPECT_TRUE(file.rows[1].faults.empty());
}

TEST(JsonParserTest, AKeyThatOnlyALaterRecordOfTheFirstBlockHasIsAColumn) {
  for (const std::string text :
       {"{}\n{\"a\":1}\n{oops}\n{\"b\":2,\"a\":3}", "[{},{\"a\":1},{oops},{\"b\":2,\"a\":3}]"}) {
    const ParsedFile file = Json(text);
    EXPECT_EQ(file.dialect.header, (Names{"a", "b"})) << file.error.message;
    ASSERT_EQ(file.rows.size(), 4u);
    EXPECT_EQ(file.rows[0].cells, (Cells{"", ""}));
    EXPECT_EQ(file.rows[3].cells, (Cells{"3", "2"}));
    EXPECT_EQ(OnlyFault(file).code, "invalid_json");
  }
}

/// Longer than what is looked at for keys.
const std::string kFirstBlock = "{\"a\":1}\n" + std::string(70'000, '\n');

TEST(JsonParserTest, AKeyThatTheFirstRecordsLackIsAWarningThatNamesIt) {
  const model::Reason reason = OnlyFault(Json(kFirstBlock + "{\"a\":2,\"new\":3,\"null\":null}\n"));
  EXPECT_EQ(reason.code, "unknown_key");
  EXPECT_EQ(reason.column, "new");
  EXPECT_TRUE(reason.warning);
  EXPECT_EQ(reason.message,
            "Row 2, byte 70008, column \"new\": the first records do not have the key \"new\", so the value is not "
            "loaded.");
}

TEST(JsonParserTest, ManyUnknownKeysAreOneWarning) {
  std::string record = "{\"a\":2";
  for (int i = 0; i < 100; ++i) record += ",\"k" + std::to_string(i) + "\":1";
  const model::Reason reason = OnlyFault(Json(kFirstBlock + record + "}\n"));
  EXPECT_NE(reason.message.find("\"k0\", \"k1\", \"k2\", \"k3\", \"k4\" and 95 more"), std::string::npos)
      << reason.message;
}

TEST(JsonParserTest, TheColumnsAreTheKeysOfTheFirstRecordIfItIsLongerThanTheFirstBlock) {
  const std::string text(100'000, 'x');
  for (const std::size_t piece : {std::size_t{1'000}, std::size_t{200'000}}) {
    const ParsedFile file = Parse(NewJsonParser(), "{\"a\":\"" + text + "\"}\n{\"a\":2,\"b\":1}\n", piece);
    EXPECT_EQ(file.dialect.header, Names{"a"});
    EXPECT_EQ(file.dialect.evidence, "JSON Lines; UTF-8; columns are the keys of the first record");
    EXPECT_EQ(file.rows.at(0).cells, Cells{text});
    EXPECT_EQ(OnlyFault(file).code, "unknown_key");
  }
}

TEST(JsonParserTest, KeysHaveALimit) {
  std::string text;
  for (int i = 0; i < 101; ++i) text += "{\"k" + std::to_string(i) + "\":1}\n";
  EXPECT_EQ(Json(text, {.max_columns = 101}).dialect.header.size(), 101u);
  EXPECT_EQ(Json(text, {.max_columns = 100}).error.message, "The first records have more than 100 different keys.");
}

TEST(JsonParserTest, ALineOfMoreThanAMebibyteIsOneFaultInFlatMemoryAndTheNextIsRead) {
  const std::string piece(std::size_t{64} << 10, 'x');
  const auto parser = NewJsonParser();
  std::vector<model::Row> rows;
  ASSERT_TRUE(parser->Feed("{\"a\":1}\n{\"a\":\"", rows));
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(parser->Feed(piece, rows));
  ASSERT_TRUE(parser->Feed("\"}\n{\"a\":3}\n", rows));
  ASSERT_TRUE(parser->Finish(rows));
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows[1].faults.at(0).code, "row_too_long");
  EXPECT_EQ(rows[2].cells, Cells{"3"});
}

TEST(JsonParserTest, NumbersThatNoMachineTypeHoldsAreKeptAsWritten) {
  const std::string digits(5'000, '9');
  const ParsedFile file = Json("{\"a\":" + digits + ",\"b\":-1e999999,\"c\":0.1" + digits + "}");
  ASSERT_EQ(file.rows.size(), 1u) << file.error.message;
  EXPECT_EQ(file.rows[0].cells, (Cells{digits, "-1e999999", "0.1" + digits}));
  EXPECT_TRUE(file.rows[0].faults.empty());
}

TEST(JsonParserTest, AnArrayOrADeepObjectIsAFaultOfItsColumn) {
  for (const std::string value : {R"(["x"])", R"([{"q":1}])", R"({"c":{"d":1}})", R"({"c":[1]})"}) {
    const ParsedFile file = Json("{\"a\":\"1\",\"b\":" + value + ",\"z\":\"2\"}");
    const model::Reason reason = OnlyFault(file);
    EXPECT_EQ(reason.code, "nested_value") << value;
    EXPECT_EQ(reason.column, value.starts_with('[') ? "b" : "b.c");
    EXPECT_EQ(file.rows[0].cells, (Cells{"1", "", "2"}));
  }
}

TEST(JsonParserTest, AnEmptyArrayIsBlank) {
  const ParsedFile file = Json(R"({"tags":[],"a":{"b":{}}})");
  EXPECT_EQ(file.dialect.header, (Names{"tags", "a.b"}));
  EXPECT_TRUE(file.rows.at(0).faults.empty());
}

TEST(JsonParserTest, AKeyThatStandsTwiceIsAFault) {
  const ParsedFile file = Json("{\"a\":1,\"b.c\":2}\n{\"a\":1,\"a\":2}\n{\"b\":{\"c\":1},\"b.c\":2}\n");
  ASSERT_EQ(file.rows.size(), 3u);
  EXPECT_EQ(file.rows[1].faults.at(0).code, "duplicate_key");
  EXPECT_EQ(file.rows[1].cells[0], "1");
  EXPECT_EQ(file.rows[2].faults.at(0).column, "b.c");
}

TEST(JsonParserTest, AZeroByteInATextIsAFault) { EXPECT_EQ(OnlyFault(Json(R"({"a":"x\u0000y"})")).code, "zero_byte"); }

TEST(JsonParserTest, ABrokenLineIsTheFaultOfItsRowAlone) {
  const ParsedFile file = Json("{\"a\":1}\n{\"a\":tru}\n{\"a\":3}\n");
  ASSERT_EQ(file.rows.size(), 3u);
  const model::Reason reason = OnlyFault(file);
  EXPECT_EQ(reason.code, "invalid_json");
  EXPECT_EQ(reason.message, "Row 2, byte 13: this is not valid JSON (syntax error).");
  EXPECT_EQ(file.rows[1].cells, (Cells{""}));
  EXPECT_EQ(file.rows[2].cells, (Cells{"3"}));
}

TEST(JsonParserTest, TwoRecordsOnALineAreAFault) {
  EXPECT_EQ(OnlyFault(Json("{\"a\":1}\n{\"a\":1}{\"a\":2}\n")).message,
            "Row 2, byte 15: something follows the record on its line.");
}

TEST(JsonParserTest, ALineThatIsNoObjectIsAFault) {
  for (const std::string line : {"1", "\"x\"", "[1,{\"a\":2}]", "null"}) {
    EXPECT_EQ(OnlyFault(Json("{\"a\":1}\n" + line + "\n{\"a\":2}\n")).code, "not_an_object") << line;
  }
}

TEST(JsonParserTest, AnUnclosedTextInALineDoesNotReachTheNext) {
  const ParsedFile file = Json("{\"a\":1}\n{\"a\":\"x}\n{\"a\":3}\n");
  ASSERT_EQ(file.rows.size(), 3u);
  EXPECT_EQ(OnlyFault(file).message, "Row 2, byte 16: the record ends before it is complete.");
  EXPECT_EQ(file.rows[2].cells, (Cells{"3"}));
}

TEST(JsonParserTest, ABrokenRecordInAnArrayIsTheFaultOfItsRowAlone) {
  const ParsedFile file = Json("[{\"a\":1},{\"a\":},7,\"x,]\",[{\"a\":9}],{\"a\":2}]");
  ASSERT_EQ(file.rows.size(), 6u);
  EXPECT_EQ(file.rows[1].faults.at(0).code, "invalid_json");
  EXPECT_EQ(file.rows[1].faults.at(0).message, "Row 2, byte 14: this is not valid JSON (syntax error).");
  for (const std::size_t row : {2u, 3u, 4u}) EXPECT_EQ(file.rows[row].faults.at(0).code, "not_an_object");
  EXPECT_EQ(file.rows[5].cells, (Cells{"2"}));
}

TEST(JsonParserTest, ABracketThatIsNotClosedDoesNotTakeTheNextRecordAlong) {
  const ParsedFile file = Json("[{\"a\":1},{\"a\":[2},{\"a\":3}]");
  ASSERT_EQ(file.rows.size(), 3u);
  EXPECT_EQ(OnlyFault(file).message, "Row 2, byte 16: this is not valid JSON (syntax error).");
  EXPECT_EQ(file.rows[2].cells, (Cells{"3"}));
}

TEST(JsonParserTest, ARecordThatIsNeverClosedTakesTheRestOfTheFileAsOneRow) {
  const ParsedFile file = Json("[{\"a\":1},{\"a\":\"x},{\"a\":3}]");
  ASSERT_EQ(file.rows.size(), 2u);
  EXPECT_EQ(file.rows[1].byte_offset, 9);
  EXPECT_EQ(OnlyFault(file).code, "unreadable_rest");
  EXPECT_EQ(
      OnlyFault(file).message,
      "Row 2, byte 20: the record that begins at byte 9 cannot be read from here on, nor can the rest of the file.");
}

TEST(JsonParserTest, AnArrayThatIsCutOffBetweenRecordsIsOneFault) {
  const ParsedFile file = Json("[{\"a\":1},");
  ASSERT_EQ(file.rows.size(), 2u);
  EXPECT_EQ(OnlyFault(file).message,
            "Row 2, byte 9: the file ends before its array is closed, so records may be missing.");
}

TEST(JsonParserTest, WhatFollowsTheArrayIsNotLostInSilence) {
  const ParsedFile file = Json("[{\"a\":1}] trailing");
  ASSERT_EQ(file.rows.size(), 2u);
  EXPECT_FALSE(file.rows[1].faults.empty());
}

TEST(JsonParserTest, ARecordThatIsTooLongIsOneFaultAndTheNextIsRead) {
  const std::string long_record = "{\"a\":\"" + std::string(200'000, '{') + "\"}";
  for (const std::string& text :
       {"{\"a\":1}\n" + long_record + "\n{\"a\":3}\n", "[{\"a\":1}," + long_record + ",{\"a\":3}]"}) {
    const ParsedFile file = Json(text, {.max_row_bytes = 100});
    ASSERT_EQ(file.rows.size(), 3u);
    EXPECT_EQ(OnlyFault(file).code, "row_too_long");
    EXPECT_NE(OnlyFault(file).message.find("the row has 200008 bytes; at most 100"), std::string::npos);
    EXPECT_EQ(file.rows[2].cells, (Cells{"3"}));
  }
}

TEST(JsonParserTest, NestingHasALimit) {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_EQ(OnlyFault(Json("{\"a\":1}\n{\"a\":" + nested(63) + "}")).code, "nested_value");
  EXPECT_EQ(OnlyFault(Json("{\"a\":1}\n{\"a\":" + nested(64) + "}")).code, "invalid_json");
  EXPECT_EQ(OnlyFault(Json("{\"a\":1}\n{\"a\":" + nested(500'000) + "}")).code, "invalid_json");
}

TEST(JsonParserTest, TextThatIsNotUtf8IsAFaultOfItsRowAlone) {
  const ParsedFile file = Json("{\"a\":1}\n{\"a\":\"\xE9\"}\n{\"a\":\"é\"}\n");
  EXPECT_EQ(OnlyFault(file).code, "invalid_utf8");
  EXPECT_EQ(OnlyFault(file).message, "Row 2, byte 14: the text is not valid UTF-8.");
  EXPECT_EQ(file.rows.at(2).cells, (Cells{"é"}));
}

TEST(JsonParserTest, AnEmptyArrayIsAFileWithoutRows) {
  const ParsedFile file = Json(" [ ] ");
  EXPECT_FALSE(file.failed) << file.error.message;
  EXPECT_TRUE(file.rows.empty());
}

struct BadJson {
  const char* name;
  std::string text;
  std::string message;
};

class BadJsonFileTest : public testing::TestWithParam<BadJson> {};

TEST_P(BadJsonFileTest, FailsAndSaysWhy) {
  const ParsedFile file = Json(GetParam().text);
  EXPECT_TRUE(file.failed);
  EXPECT_EQ(file.error.kind, ErrorKind::invalid);
  EXPECT_EQ(file.error.message, GetParam().message);
  EXPECT_FALSE(file.error.hint.empty());
  EXPECT_TRUE(file.rows.empty());
}

INSTANTIATE_TEST_SUITE_P(
    Files, BadJsonFileTest,
    testing::Values(BadJson{"Empty", "", "The file is empty: it has no records."},
                    BadJson{"Blank", "\xEF\xBB\xBF \r\n\t", "The file is empty: it has no records."},
                    BadJson{"Csv", "\n a,b\n", "Byte 2: a JSON file of records begins with [ or {."},
                    BadJson{"FirstRecordOverManyLines", "{\n\"a\":1\n}\n",
                            "Row 1, byte 1: the record ends before it is complete."},
                    BadJson{"FirstRecordBroken", "[{\"a\"}]", "Row 1, byte 5: this is not valid JSON (syntax error)."},
                    BadJson{"FirstRecordNoObject", "[1]", "Row 1, byte 1: the record is not an object."},
                    BadJson{"NoKeys", "{}\n{}\n", "Row 1, byte 0: the first record has no keys."},
                    BadJson{"CutOffInTheFirstRecord", "[{\"a\":",
                            "Row 1, byte 6: the record that begins at byte 1 cannot be read from here on, nor can the "
                            "rest of the file."},
                    BadJson{"CutOffBeforeTheFirstRecord", "[",
                            "Row 1, byte 1: the file ends before its array is closed, so records may be missing."}),
    [](const auto& info) { return std::string(info.param.name); });

constexpr std::string_view kFaultyLines =
    "\xEF\xBB\xBF\r\n {\"a\":\"x\\\"y\",\"b\":{\"c\":1.50}}\r\n\n{\"a\":}\n  "
    "{\"b\":{\"c\":\"\\u00e9\"},\"a\":null,\"n\":1}\n[1]\n"
    "{\"a\":\"0123456789012345678901234567890123456789\"}\n{\"a\":\"\xFF\"}\n{\"a\":[1]}\n{\"a\":\"open\n{\"a\":"
    "\"last\"}";

constexpr std::string_view kFaultyArray =
    "\xEF\xBB\xBF\n [ {\"a\":\"x\\\\\",\"b\":{\"c\":\"]},{\"}}, {\"a\":}\n,{\"b\":{\"c\":-1}},7 ,, \"s,\" "
    "[[1]]{\"a\":2}\n"
    "{\"a\":\"01234567890123456789\\\"01234567890123456789\"},}]x,{\"a\":\"\xFF\"}] {\"a\":3},{\"a\":[\"{\"},1]";

class JsonSplitTest : public testing::TestWithParam<std::string_view> {
 protected:
  const RowLimits limits_{.max_row_bytes = 40};
  const std::string_view text_ = GetParam();
  const ParsedFile whole_ = Parse(NewJsonParser(limits_), text_, text_.size());
};

TEST_P(JsonSplitTest, AFileSplitAtAnyByteGivesTheSameRows) {
  ASSERT_GE(whole_.rows.size(), 9u) << whole_.error.message;
  for (std::size_t split = 0; split <= text_.size(); ++split) {
    const auto parser = NewJsonParser(limits_);
    std::vector<model::Row> rows;
    ASSERT_TRUE(parser->Feed(text_.substr(0, split), rows).has_value());
    ASSERT_TRUE(parser->Feed(text_.substr(split), rows).has_value());
    ASSERT_TRUE(parser->Finish(rows).has_value());
    EXPECT_EQ(rows, whole_.rows) << "split at " << split;
    EXPECT_EQ(parser->dialect(), whole_.dialect);
  }
  EXPECT_EQ(Parse(NewJsonParser(limits_), text_, 1).rows, whole_.rows);
}

TEST_P(JsonSplitTest, ReadingOnFromAnyRowGivesTheSameRowsFaultsIncluded) {
  for (std::size_t i = 0; i < whole_.rows.size(); ++i) {
    const std::int64_t offset = whole_.rows[i].byte_offset;
    const std::string_view rest = text_.substr(static_cast<std::size_t>(offset));
    for (std::size_t piece = 1; piece <= rest.size() + 1; ++piece) {
      const auto resumed = Parse(ResumeJsonParser(whole_.dialect, whole_.rows[i].number, offset, limits_), rest, piece);
      ASSERT_EQ(resumed.rows,
                std::vector<model::Row>(whole_.rows.begin() + static_cast<std::ptrdiff_t>(i), whole_.rows.end()))
          << "from row " << i + 1 << " in pieces of " << piece;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Files, JsonSplitTest, testing::Values(kFaultyLines, kFaultyArray),
                         [](const auto& info) { return std::string(info.index == 0 ? "Lines" : "Array"); });

}  // namespace
}  // namespace rowcall::formats
