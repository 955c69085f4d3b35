#include "model/record.h"

#include <gtest/gtest.h>

#include <limits>

namespace rowcall::model {
namespace {

TEST(RecordTest, AFieldReadsAsItWasAdded) {
  const std::vector<RecordField> fields = {
      {"mail", "a@b.c"}, {"", ""},         {"age", std::numeric_limits<std::int64_t>::min()}, {"score", -1.5},
      {"member", true},  {"guest", false}, {"own.note", std::string_view("\0x", 2)},          {"left", Null()}};
  Record record;
  record.Reserve(2, 3);
  for (const RecordField& field : fields) record.Add(field.path, field.value);
  ASSERT_EQ(record.size(), fields.size());
  for (std::size_t i = 0; i < fields.size(); ++i) EXPECT_EQ(record[i], fields[i]) << i;
  EXPECT_TRUE(std::ranges::equal(record.Fields(), fields));
}

TEST(RecordTest, AFieldIsFoundByItsWholePath) {
  const Record record = {{"mail", "a@b.c"}, {"own.title", "Boss"}, {"left", Null()}};
  EXPECT_EQ(record.Find("own.title"), Value("Boss"));
  EXPECT_EQ(record.Find("left"), Value(Null()));
  EXPECT_EQ(record.Find("own"), std::nullopt);
  EXPECT_EQ(record.Find("mailto"), std::nullopt);
  EXPECT_TRUE(record.Has("mail"));
  EXPECT_FALSE(record.Has("title"));
}

TEST(RecordTest, ACopyStandsOnItsOwn) {
  Record first = {{"mail", "a@b.c"}};
  const Record copy = first;
  first = {{"mail", "x"}, {"name", "Ann"}};
  EXPECT_EQ(copy.Find("mail"), Value("a@b.c"));
  EXPECT_EQ(copy, (Record{{"mail", "a@b.c"}}));
}

TEST(RecordTest, RecordsAreEqualIfEachFieldIs) {
  const Record record = {{"ab", "c"}, {"n", std::int64_t{1}}};
  EXPECT_EQ(record, (Record{{"ab", "c"}, {"n", std::int64_t{1}}}));
  EXPECT_NE(record, (Record{{"a", "bc"}, {"n", std::int64_t{1}}}));
  EXPECT_NE(record, (Record{{"ab", "c"}, {"n", 1.0}}));
  EXPECT_NE(record, (Record{{"ab", "c"}, {"n", true}}));
  EXPECT_NE(record, (Record{{"ab", "c"}}));
}

}  // namespace
}  // namespace rowcall::model
