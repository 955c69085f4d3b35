#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "formats/parsed_file.h"

namespace rowcall::formats {
namespace {

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
