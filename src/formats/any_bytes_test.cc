#include <gtest/gtest.h>
#include <malloc.h>

#include <random>
#include <string>
#include <vector>

#include "formats/parsed_file.h"

namespace rowcall::formats {
namespace {

/// A format with the pieces that hostile files of it are thrown together from.
struct Format {
  const char* name;
  std::unique_ptr<RowParser> (*start)(RowLimits);
  std::unique_ptr<RowParser> (*resume)(Dialect, RowNumber, std::int64_t, RowLimits);
  std::vector<std::string> beginnings;
  std::vector<std::string> pieces;
};

const Format kFormats[] = {
    {"Csv",
     [](RowLimits limits) { return NewCsvParser(limits); },
     ResumeCsvParser,
     {"a,b\n",
      "\xEF\xBB\xBF"
      "a;b;c\r\n",
      "", "a\n"},
     {",", ";", "\"", "\"\"", "\n", "\r\n", "\r", " ", "x", "some more text", "\xC3\xA9", "\xFF",
      std::string(1, '\0')}},
    {"Json",
     [](RowLimits limits) { return NewJsonParser(limits); },
     ResumeJsonParser,
     {"{\"a\":1}\n", "[{\"a\":1,\"b\":2}", "\xEF\xBB\xBF [{\"b\":0},", ""},
     {"{",   "}",          "[",        "]",      ",",
      ":",   "\"",         "\\",       "\n",     " ",
      "1",   "null",       "\"a\"",    "\"b\":", "{\"a\":\"text\"}",
      ",\n", "{\"a\":[]}", "\xC3\xA9", "\xFF",   std::string(1, '\0')}},
};

class AnyBytesTest : public testing::TestWithParam<Format> {
 protected:
  std::size_t Below(std::size_t bound) { return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random_); }

  std::string RandomFile() {
    std::string text = GetParam().beginnings[Below(GetParam().beginnings.size())];
    for (std::size_t left = Below(60); left > 0; --left) text += GetParam().pieces[Below(GetParam().pieces.size())];
    return text;
  }

  std::mt19937 random_{7};
};

TEST_P(AnyBytesTest, RowsDoNotDependOnPiecesNorOnWhereReadingBegan) {
  const RowLimits limits{.max_row_bytes = 30, .max_columns = 4};
  std::size_t rows_seen = 0;
  for (int round = 0; round < 5'000; ++round) {
    const std::string text = RandomFile();
    SCOPED_TRACE(testing::Message() << "round " << round << ": " << testing::PrintToString(text));
    const ParsedFile whole = Parse(GetParam().start(limits), text, text.size());
    const ParsedFile pieces = Parse(GetParam().start(limits), text, 1 + Below(7));
    ASSERT_EQ(pieces.failed, whole.failed);
    ASSERT_EQ(pieces.error.message, whole.error.message);
    ASSERT_EQ(pieces.rows, whole.rows);
    rows_seen += whole.rows.size();
    for (std::size_t i = 0; i < whole.rows.size(); ++i) {
      ASSERT_EQ(whole.rows[i].number, static_cast<RowNumber>(i + 1));
      ASSERT_EQ(whole.rows[i].cells.size(), whole.dialect.header.size());
      const auto offset = static_cast<std::size_t>(whole.rows[i].byte_offset);
      const ParsedFile rest =
          Parse(GetParam().resume(whole.dialect, whole.rows[i].number, whole.rows[i].byte_offset, limits),
                std::string_view(text).substr(offset), 1 + Below(20));
      ASSERT_EQ(rest.rows,
                std::vector<model::Row>(whole.rows.begin() + static_cast<std::ptrdiff_t>(i), whole.rows.end()));
    }
  }
  EXPECT_GT(rows_seen, 5'000u);
}

/// Bytes held on the heap. Sanitizers bring a heap of their own, of which this knows nothing.
std::size_t HeapBytes() {
  const struct mallinfo2 heap = ::mallinfo2();
  return heap.uordblks + heap.hblkhd;
}

TEST_P(AnyBytesTest, MemoryIsBoundedWhateverComesIn) {
  const std::string openings[] = {
      "", "a,b\n", "a,b\n1,\"", "{\"a\":1}\n{\"a\":\"", "[{\"a\":1},", "[{\"a\":1},{\"a\":\""};
  for (const std::string& opening : openings) {
    for (const char byte : {'x', '\n', ',', '"', '[', '{'}) {
      const std::string piece(std::size_t{64} << 10, byte);
      const std::size_t before = HeapBytes();
      const auto parser = GetParam().start({.max_row_bytes = 10'000, .max_columns = 100});
      std::vector<model::Row> rows;
      Result<void> result = parser->Feed(opening, rows);
      for (int i = 0; i < 16 && result; ++i) {
        result = parser->Feed(piece, rows);
        rows = std::vector<model::Row>();
      }
      EXPECT_LT(HeapBytes(), before + 400'000) << opening << " and then " << byte;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Formats, AnyBytesTest, testing::ValuesIn(kFormats),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace rowcall::formats
