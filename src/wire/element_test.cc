#include "wire/element.h"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

#include "wire/test_json.h"

namespace rowcall::wire {
namespace {

TEST(ElementTest, AnElementReadsBack) {
  const Element element{.key = "acme",
                        .title = "Acme",
                        .hub = "crm",
                        .settings = {{.key = "token", .title = "Token", .secret = true, .required = true}},
                        .objects = {"contact"},
                        .warnings = {"Beware."}};
  std::string out;
  JsonWriter json(out);
  WriteElement(json, element);
  const auto read = ParseElement(out);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->hub, "crm");
  EXPECT_EQ(read->objects, element.objects);
  EXPECT_EQ(read->warnings, element.warnings);
  ASSERT_EQ(read->settings.size(), 1u);
  EXPECT_TRUE(read->settings[0].secret);
}

TEST(ElementTest, ObjectMetadataHasTheOriginalsMembersAndReadsBack) {
  model::ObjectSchema schema{.name = "contact", .needs_one_of = {"email"}};
  schema.fields.push_back({.path = "email",
                           .title = "E-mail",
                           .type = model::FieldType::email,
                           .required = true,
                           .max_length = 500,
                           .aliases = {"mail"}});
  schema.fields.push_back(
      {.path = "seen", .title = "Seen", .type = model::FieldType::epoch_seconds, .read_only = true});
  const std::string json = ObjectMetadataJson(schema);
  const auto fields = ParseObject(json).at("fields").as_array();
  EXPECT_EQ(fields.at(0).at("vendorPath"), "email");
  EXPECT_EQ(fields.at(0).at("type"), "string");
  EXPECT_EQ(fields.at(0).at("vendorRequired"), true);
  EXPECT_EQ(fields.at(1).at("type"), "date");
  EXPECT_EQ(fields.at(1).at("mask"), "timestamp");
  const auto read = ParseObjectMetadata(json, "contact");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->fields[0].type, model::FieldType::email);
  EXPECT_EQ(read->fields[0].max_length, 500u);
  EXPECT_TRUE(read->fields[1].read_only);
  EXPECT_EQ(read->needs_one_of, schema.needs_one_of);
}

TEST(ElementTest, NamesReadBack) {
  EXPECT_EQ(NamesJson({"contact", "company"}), R"(["contact","company"])");
  EXPECT_EQ(ParseNames(R"(["contact","company"])"), (std::vector<std::string>{"contact", "company"}));
  EXPECT_FALSE(ParseNames(R"({"a":1})"));
}

}  // namespace
}  // namespace rowcall::wire
