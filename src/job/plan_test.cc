#include "job/plan.h"

#include <gtest/gtest.h>

namespace rowcall::job {
namespace {

TEST(PlanTest, EverythingThatRowsAreReadAndMappedByComesBack) {
  Plan plan;
  plan.dialect.delimiter = ';';
  plan.dialect.header = {"Mail", "Größe"};
  plan.dialect.evidence = "semicolons";
  model::FieldRule& rule = plan.mapping.rules.emplace_back();
  rule.path = "mail";
  rule.columns = {"Mail"};
  plan.mapping.columns_not_loaded = {"Größe"};
  plan.mapping.region = "DE";
  plan.schema.name = "person";
  model::Field& mail = plan.schema.fields.emplace_back();
  mail.path = "mail";
  mail.type = model::FieldType::email;
  mail.required = mail.personal = true;
  mail.max_length = 9;
  model::Field& size = plan.schema.fields.emplace_back();
  size.path = "own.size";
  size.type = model::FieldType::choice;
  size.custom = true;
  size.choices = {"S", "M"};
  plan.schema.relations = {"club"};
  plan.schema.needs_one_of = {"mail", "number"};
  plan.schema.relation_needs = {{"club", {"club.code", "club.name"}}};

  const Result<Plan> read = PlanFromJson(ToJson(plan));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(ToJson(*read), ToJson(plan));
  EXPECT_EQ(read->dialect.header, plan.dialect.header);
  EXPECT_EQ(read->mapping.region, "DE");
  ASSERT_EQ(read->schema.fields.size(), 2u);
  EXPECT_EQ(read->schema.fields[0].max_length, 9u);
  EXPECT_EQ(read->schema.fields[1].choices, (std::vector<std::string>{"S", "M"}));
  EXPECT_EQ(read->schema.relations, plan.schema.relations);
  EXPECT_EQ(read->schema.needs_one_of, plan.schema.needs_one_of);
  EXPECT_EQ(read->schema.relation_needs, plan.schema.relation_needs);
}

TEST(PlanTest, AnUnreadablePlanIsCorrupt) {
  EXPECT_EQ(PlanFromJson("{}").error().kind, ErrorKind::corrupt);
  EXPECT_EQ(PlanFromJson("").error().kind, ErrorKind::corrupt);
}

}  // namespace
}  // namespace rowcall::job
