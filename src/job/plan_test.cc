#include "job/plan.h"

#include <gtest/gtest.h>

namespace rowcall::job {
namespace {

model::ObjectSchema People() {
  model::ObjectSchema schema;
  schema.name = "person";
  schema.fields.resize(2);
  schema.fields[0].path = "mail";
  schema.fields[0].aliases = {"mail", "e-mail", "mail address", "electronic mail"};
  schema.fields[1].path = "name";
  schema.fields[1].aliases = {"name"};
  schema.fields[1].type = model::FieldType::choice;
  schema.fields[1].required = schema.fields[1].personal = schema.fields[1].custom = true;
  schema.fields[1].max_length = 9;
  schema.fields[1].choices = {"Ann", "Bob"};
  schema.relations = {"club"};
  schema.needs_one_of = {"mail"};
  schema.relation_needs = {{"club", {"club.code", "club.name"}}};
  return schema;
}

formats::Dialect ADialect() {
  formats::Dialect dialect;
  dialect.compression = formats::Compression::zstd;
  dialect.encoding = model::Encoding::utf16be;
  dialect.has_mark = true;
  dialect.delimiter = ';';
  dialect.header = {"name", "Ümlaut"};
  dialect.json_array = true;
  dialect.evidence = "semicolon in 2 of 2 lines; UTF-16BE";
  dialect.warnings = {"Mind this."};
  return dialect;
}

TEST(PlanTest, APlanReadsBackAsItWasWritten) {
  Plan plan;
  plan.dialect = ADialect();
  plan.mapping.rules = {{"name", {"name"}, ""}};
  plan.schema = People();
  const Result<Plan> again = PlanFromJson(ToJson(plan));
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->dialect, plan.dialect);
  EXPECT_EQ(again->mapping, plan.mapping);
  ASSERT_EQ(again->schema.fields.size(), 2u);
  EXPECT_EQ(again->schema.fields[1].choices, plan.schema.fields[1].choices);
  EXPECT_EQ(again->schema.needs_one_of, plan.schema.needs_one_of);
  EXPECT_EQ(again->schema.relation_needs, plan.schema.relation_needs);
  EXPECT_EQ(ToJson(*again), ToJson(plan));
  EXPECT_EQ(PlanFromJson("{}").error().kind, ErrorKind::corrupt);
}

TEST(CheckColumnsTest, AColumnForAKeyIsEnough) {
  model::Mapping mapping;
  mapping.rules = {{"mail", {"name"}, ""}};
  EXPECT_TRUE(CheckColumns(ADialect(), mapping, People()));
}

TEST(CheckColumnsTest, WithoutAKeyTheErrorSaysWhatWasSeenAndWhatWasExpected) {
  model::Mapping mapping;
  mapping.rules = {{"name", {"name"}, ""}};
  const Result<void> checked = CheckColumns(ADialect(), mapping, People());
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().kind, ErrorKind::invalid);
  EXPECT_EQ(checked.error().message,
            "No column of the file names a person. Expected: mail (\"mail\", \"e-mail\", \"mail address\" and 1 more). "
            "Columns seen: \"name\" and \"Ümlaut\". The file was read as: semicolon in 2 of 2 lines; UTF-16BE.");
  EXPECT_FALSE(checked.error().hint.empty());
}

TEST(CheckColumnsTest, AnObjectWithoutKeysNeedsAnyColumn) {
  model::ObjectSchema schema = People();
  schema.needs_one_of.clear();
  const Result<void> checked = CheckColumns(ADialect(), {}, schema);
  ASSERT_FALSE(checked);
  EXPECT_NE(checked.error().message.find("mail (\"mail\", \"e-mail\", \"mail address\" and 1 more), name (\"name\")"),
            std::string::npos);
}

TEST(CheckColumnsTest, ThousandsOfColumnsMakeNoLongError) {
  formats::Dialect dialect = ADialect();
  dialect.header.assign(10'000, std::string(1'000, 'x'));
  EXPECT_LT(CheckColumns(dialect, {}, People()).error().message.size(), 2'000u);
}

TEST(CheckColumnsTest, AFileWithoutRecordsHasNoColumnsAndNeedsNone) { EXPECT_TRUE(CheckColumns({}, {}, People())); }

}  // namespace
}  // namespace rowcall::job
