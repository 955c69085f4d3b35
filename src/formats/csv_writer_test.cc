#include "formats/csv_writer.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <string>
#include <vector>

#include "formats/parsed_file.h"

namespace rowcall::formats {
namespace {

std::string Written(std::string_view cell, char delimiter = ',') {
  std::string out;
  AppendCsvCell(out, cell, delimiter);
  return out;
}

TEST(CsvWriterTest, ACellIsQuotedOnlyWhereItMustBe) {
  EXPECT_EQ(Written("ann@example.com"), "ann@example.com");
  EXPECT_EQ(Written(""), "");
  EXPECT_EQ(Written("=1+1"), "=1+1");
  EXPECT_EQ(Written("a,b"), "\"a,b\"");
  EXPECT_EQ(Written("a,b", ';'), "a,b");
  EXPECT_EQ(Written("a;b", ';'), "\"a;b\"");
  EXPECT_EQ(Written("a \"b\""), "\"a \"\"b\"\"\"");
  EXPECT_EQ(Written("a\nb"), "\"a\nb\"");
  EXPECT_EQ(Written("a\rb"), "\"a\rb\"");
  EXPECT_EQ(Written(" a"), "\" a\"");
}

TEST(CsvWriterTest, WhateverIsWrittenIsReadBackAsItWas) {
  const std::vector<std::string> pieces = {"a", ",", ";", "\t", "|", "\"", "\n", "\r\n", "\r", " ", "é", "日本"};
  const auto any_cell = rc::gen::map(rc::gen::container<std::vector<std::string>>(rc::gen::elementOf(pieces)),
                                     [](const std::vector<std::string>& parts) {
                                       std::string cell;
                                       for (const std::string& part : parts) cell += part;
                                       return cell;
                                     });
  EXPECT_TRUE(rc::check([&] {
    const char delimiter = *rc::gen::element(',', ';', '\t', '|');
    const auto rows = *rc::gen::container<std::vector<std::vector<std::string>>>(
        rc::gen::container<std::vector<std::string>>(3, any_cell));
    std::string csv;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      for (const std::string& cell : rows[i]) {
        AppendCsvCell(csv, cell, delimiter);
        csv += delimiter;
      }
      csv += std::to_string(i + 1) + "\n";
    }
    Dialect dialect;
    dialect.delimiter = delimiter;
    dialect.header = {"first", "second", "third", "_row"};
    const ParsedFile read = Parse(ResumeCsvParser(dialect, 1, 0), csv, csv.size() + 1);
    RC_ASSERT(read.rows.size() == rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
      RC_ASSERT(read.rows[i].faults.empty());
      for (std::size_t cell = 0; cell < 3; ++cell) RC_ASSERT(read.rows[i].cells[cell] == rows[i][cell]);
    }
  }));
}

}  // namespace
}  // namespace rowcall::formats
