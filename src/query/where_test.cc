#include "query/where.h"

#include <gtest/gtest.h>

#include <map>

namespace rowcall::query {
namespace {

const std::map<std::string, std::string, std::less<>> kJob = {{"job_status", "COMPLETED"},
                                                              {"job_direction", "UPLOAD"},
                                                              {"record_count", "100"},
                                                              {"object_name", "O'Neil"},
                                                              {"my name", "x"},
                                                              {"order", "1"},
                                                              {"word", "infinity"},
                                                              {"done", "true"}};

bool Match(std::string_view text) {
  const auto where = ParseWhere(text);
  if (!where) {
    ADD_FAILURE() << text << ": " << where.error().message;
    return false;
  }
  return Matches(*where, [](std::string_view name) -> std::optional<std::string> {
    const auto found = kJob.find(name);
    return found == kJob.end() ? std::nullopt : std::optional(found->second);
  });
}

TEST(WhereTest, WhatHolds) {
  for (const char* text : {"",
                           "  ",
                           "job_direction='UPLOAD'",
                           "job_direction = 'UPLOAD' AND job_status = 'COMPLETED'",
                           "job_status='ERROR' or job_status='COMPLETED'",
                           "job_status = 'x' AND record_count = 1 OR record_count=100",
                           "record_count > 99",
                           "record_count >= 100.0",
                           "record_count < 1000",
                           "record_count <= 100",
                           "record_count != 5",
                           "record_count > -1",
                           "record_count = +100",
                           "record_count < +1000",
                           "record_count in (+1, +100)",
                           "job_status like 'comp%'",
                           "job_status LIKE '%PLE%'",
                           "job_status LIKE '%ted'",
                           "job_status LIKE 'completed'",
                           "job_status LIKE '%'",
                           "job_status LIKE 'C%P%D'",
                           "job_status IN ('A', 'COMPLETED')",
                           "record_count in (1,100)",
                           "object_name = 'O''Neil'",
                           "`my name` = 'x'",
                           "order = 1",
                           "done = TRUE",
                           "gone is null",
                           "job_status IS NOT NULL",
                           "gone != 'x'",
                           "(job_status='x' or job_status='COMPLETED') and (record_count=100)"}) {
    EXPECT_TRUE(Match(text)) << text;
  }
}

TEST(WhereTest, WhatDoesNotHold) {
  for (const char* text :
       {"job_direction='DOWNLOAD'", "job_status = 'completed'", "record_count < 99", "record_count = '99'",
        "record_count < '9'", "record_count = 'nan'", "word = 'inf'", "word = 'INFINITY'", "job_status LIKE 'comp'",
        "job_status LIKE 'COMPLETED%D'", "job_status LIKE 'CO%OM%'", "job_status IN ('A','B')", "gone = 'x'",
        "gone > 1", "gone like '%'", "job_status is null", "gone IS NOT NULL",
        "(job_status='x' or job_status='COMPLETED') and (record_count=5)"}) {
    EXPECT_FALSE(Match(text)) << text;
  }
}

TEST(WhereTest, TheNamesAskedForAreListedOnce) {
  EXPECT_EQ(NamesIn(ParseWhere("a=1 and (b=2 or a=3)").value()), (std::vector<std::string>{"a", "b"}));
}

TEST(WhereTest, AMistakeIsNamedWithItsByte) {
  const std::vector<std::pair<std::string, std::string>> mistakes = {
      {"job_status", "where: expected one of = != < > <= >= LIKE IN IS, at byte 10"},
      {"a = ", "where: expected a value in single quotes or a number, at byte 4"},
      {"a = b", "where: expected a value in single quotes or a number, at byte 4"},
      {"a = 1x", "where: expected a value in single quotes or a number, at byte 4"},
      {"a = 'x", "where: the quote that begins here has no end, at byte 4"},
      {"`a", "where: the quote that begins here has no end, at byte 0"},
      {"a = 1 b = 2", "where: expected AND, OR or the end, at byte 6"},
      {"a = 1 and", "where: expected a name, at byte 9"},
      {"= 1", "where: expected a name, at byte 0"},
      {"(a = 1", "where: expected ')', at byte 6"},
      {"a = 1)", "where: expected AND, OR or the end, at byte 5"},
      {"a in 1", "where: expected '(', at byte 5"},
      {"a in ()", "where: expected a value in single quotes or a number, at byte 6"},
      {"a in (1 2)", "where: expected ',' or ')', at byte 8"},
      {"a is 1", "where: expected NULL, at byte 5"},
      {"a = 1; drop", "where: an unexpected character, at byte 5"},
      {"a == 1", "where: expected a value in single quotes or a number, at byte 3"}};
  for (const auto& [text, message] : mistakes) {
    const auto where = ParseWhere(text);
    ASSERT_FALSE(where) << text;
    EXPECT_EQ(where.error().kind, ErrorKind::invalid);
    EXPECT_EQ(where.error().message, message);
  }
}

std::string Repeated(int times, const std::string& piece, const std::string& between) {
  std::string text = piece;
  for (int i = 1; i < times; ++i) text += between + piece;
  return text;
}

TEST(WhereTest, LengthDepthAndNumberAreBounded) {
  EXPECT_TRUE(ParseWhere(Repeated(64, "a=1", " or ")));
  EXPECT_FALSE(ParseWhere(Repeated(65, "a=1", " or ")));
  EXPECT_TRUE(ParseWhere(std::string(15, '(') + "a=1" + std::string(15, ')')));
  EXPECT_FALSE(ParseWhere(std::string(16, '(') + "a=1" + std::string(16, ')')));
  EXPECT_FALSE(ParseWhere("a='" + std::string(4096, 'x') + "'"));
}

}  // namespace
}  // namespace rowcall::query
