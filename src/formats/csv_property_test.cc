#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "formats/parsed_file.h"

namespace rowcall::formats {
namespace {

using Table = std::vector<std::vector<std::string>>;

/// Makes tables and writes them as CSV in any way the grammar allows. The seed is the test's parameter.
class Writer {
 public:
  explicit Writer(unsigned seed) : random_(seed) {}

  std::size_t Below(std::size_t bound) { return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random_); }

  Table RandomTable() {
    const std::size_t columns = 1 + Below(6);
    Table table(1 + Below(30));
    for (auto& row : table) {
      for (std::size_t column = 0; column < columns; ++column) row.push_back(RandomText());
    }
    for (std::size_t column = 0; column < columns; ++column) table[0][column] = "c" + std::to_string(column);
    return table;
  }

  std::string Write(const Table& table, char delimiter) {
    std::string text = Below(2) == 0 ? "" : "\xEF\xBB\xBF";
    for (const auto& row : table) {
      for (std::size_t column = 0; column < row.size(); ++column) {
        if (column > 0) text += delimiter;
        text += WriteCell(row[column], delimiter, row.size() == 1);
      }
      const bool last = &row == &table.back();
      if (!last || Below(2) == 0) text += LineEnd();
      if (Below(10) == 0) text += last && !text.ends_with('\n') && !text.ends_with('\r') ? "" : LineEnd();
    }
    return text;
  }

 private:
  std::string LineEnd() { return std::vector<std::string>{"\n", "\r\n", "\r"}[Below(3)]; }

  std::string RandomText() {
    static const std::vector<std::string> kPieces = {
        "a", "some longer words", ",", ";", "\t", "|", "\"", "\n", "\r\n", "\r", " ", "é", "日本", "😀", "0"};
    std::string text;
    for (std::size_t left = Below(5); left > 0; --left) text += kPieces[Below(kPieces.size())];
    return text;
  }

  std::string WriteCell(const std::string& text, char delimiter, bool only_column) {
    const bool must_quote = text.starts_with('"') || text.find(delimiter) != std::string::npos ||
                            text.find_first_of("\r\n") != std::string::npos ||
                            (only_column && text.find_first_not_of(" \t\r\n") == std::string::npos);
    if (!must_quote && Below(2) == 0) return text;
    std::string quoted = "\"";
    for (const char c : text) quoted += c == '"' ? "\"\"" : std::string(1, c);
    return quoted + "\"";
  }

  std::mt19937 random_;
};

class CsvPropertyTest : public testing::TestWithParam<unsigned> {};

TEST_P(CsvPropertyTest, WhatIsWrittenIsReadBackInPiecesOfAnySizeAndFromAnyRowOn) {
  Writer writer(GetParam());
  for (int round = 0; round < 40; ++round) {
    const Table table = writer.RandomTable();
    const char delimiter = table[0].size() == 1 ? ',' : ",\t;|"[writer.Below(4)];
    const std::string text = writer.Write(table, delimiter);
    SCOPED_TRACE(text);

    const ParsedFile whole = Parse(NewCsvParser(), text, text.size());
    ASSERT_FALSE(whole.failed) << whole.error.message;
    ASSERT_EQ(whole.dialect.delimiter, delimiter);
    ASSERT_EQ(whole.dialect.header, table[0]);
    ASSERT_EQ(whole.rows.size(), table.size() - 1);
    for (std::size_t i = 0; i < whole.rows.size(); ++i) {
      ASSERT_TRUE(whole.rows[i].faults.empty()) << whole.rows[i].faults[0].message;
      ASSERT_EQ(whole.rows[i].cells, table[i + 1]);
      ASSERT_EQ(whole.rows[i].number, static_cast<RowNumber>(i + 1));
    }

    ASSERT_EQ(Parse(NewCsvParser(), text, 1 + writer.Below(9)).rows, whole.rows);
    for (std::size_t i = 0; i < whole.rows.size(); ++i) {
      const std::int64_t offset = whole.rows[i].byte_offset;
      const std::string_view rest = std::string_view(text).substr(static_cast<std::size_t>(offset));
      const ParsedFile resumed =
          Parse(ResumeCsvParser(whole.dialect, whole.rows[i].number, offset), rest, 1 + writer.Below(rest.size()));
      ASSERT_EQ(resumed.rows,
                std::vector<model::Row>(whole.rows.begin() + static_cast<std::ptrdiff_t>(i), whole.rows.end()));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, CsvPropertyTest, testing::Range(1u, 26u));

/// Every kind of fault in one file, so that state is carried over every border.
constexpr std::string_view kFaultyFile =
    "\xEF\xBB\xBFid,name,\"no\"\"te\"\r\n1,\"a\"\"b\r\n,\",x\r\n\n2,\xC3\xA9\xFF,y\n3\n4,5,6,7\r\n8,\"q\" ,\"q\"z\n"
    "9,1234567890123456789012345678901234567890,\"\n\n\"\r10,\r\r\n,\"\r\"\n11,\"open,\n12,13,14";

TEST(CsvSplitTest, AFileSplitAtAnyByteGivesTheSameRows) {
  const RowLimits limits{.max_row_bytes = 40};
  const ParsedFile whole = Parse(NewCsvParser(limits), kFaultyFile, kFaultyFile.size());
  ASSERT_EQ(whole.rows.size(), 9u);
  for (std::size_t split = 0; split <= kFaultyFile.size(); ++split) {
    const auto parser = NewCsvParser(limits);
    std::vector<model::Row> rows;
    ASSERT_TRUE(parser->Feed(kFaultyFile.substr(0, split), rows).has_value());
    ASSERT_TRUE(parser->Feed(kFaultyFile.substr(split), rows).has_value());
    ASSERT_TRUE(parser->Finish(rows).has_value());
    EXPECT_EQ(rows, whole.rows) << "split at " << split;
    EXPECT_EQ(parser->dialect(), whole.dialect);
  }
}

TEST(CsvSplitTest, ReadingOnFromAnyRowGivesTheSameRowsFaultsIncluded) {
  const RowLimits limits{.max_row_bytes = 40};
  const ParsedFile whole = Parse(NewCsvParser(limits), kFaultyFile, kFaultyFile.size());
  for (std::size_t i = 0; i < whole.rows.size(); ++i) {
    const std::int64_t offset = whole.rows[i].byte_offset;
    const std::string_view rest = kFaultyFile.substr(static_cast<std::size_t>(offset));
    for (std::size_t piece = 1; piece <= rest.size(); ++piece) {
      const auto resumed = Parse(ResumeCsvParser(whole.dialect, whole.rows[i].number, offset, limits), rest, piece);
      ASSERT_EQ(resumed.rows,
                std::vector<model::Row>(whole.rows.begin() + static_cast<std::ptrdiff_t>(i), whole.rows.end()));
    }
  }
}

}  // namespace
}  // namespace rowcall::formats
