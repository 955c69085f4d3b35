#include "sandbox/test_app.h"

namespace rowcall::sandbox {
namespace {

const boost::json::object* FindNamed(const Seen& list, std::string_view name) {
  for (const auto& attribute : list["data"].as_array()) {
    if (attribute.at("name").as_string() == name) return &attribute.as_object();
  }
  return nullptr;
}

std::string WithTitle(std::string_view email, std::string_view title) {
  return R"({"email":")" + std::string(email) + R"(","custom_attributes":{"title":)" + std::string(title) + "}}";
}

TEST(SandboxAttributesTest, TheListTellsWhatCanBeWritten) {
  TestApp app;
  const Seen contacts = app.Get("/data_attributes?model=contact");
  EXPECT_TRUE(FindNamed(contacts, "title")->at("custom").as_bool());
  EXPECT_EQ(FindNamed(contacts, "title")->at("full_name").as_string(), "custom_attributes.title");
  EXPECT_TRUE(FindNamed(contacts, "phone")->at("api_writable").as_bool());
  EXPECT_FALSE(FindNamed(contacts, "created_at")->at("api_writable").as_bool());
  EXPECT_EQ(FindNamed(contacts, "website"), nullptr);
  EXPECT_TRUE(FindNamed(app.Get("/data_attributes?model=company"), "website")->at("api_writable").as_bool());
  EXPECT_NE(FindNamed(app.Get("/data_attributes"), "website"), nullptr);
  EXPECT_EQ(app.Get("/data_attributes?model=conversation").status(), 422);
}

TEST(SandboxAttributesTest, AnAttributeMustExistBeforeItIsWritten) {
  TestApp app;
  const Seen refused = app.Post("/contacts", R"({"email":"a@b.c","custom_attributes":{"shoe":"44"}})");
  EXPECT_EQ(refused.status(), 400);
  EXPECT_EQ(refused.ErrorCode(), "parameter_invalid");
  EXPECT_EQ(refused.ErrorMessage(), "Custom attribute 'shoe' does not exist");
  EXPECT_EQ(app.Post("/data_attributes", R"({"name":"shoe","model":"contact","data_type":"string"})").status(), 200);
  EXPECT_EQ(app.Post("/contacts", R"({"email":"a@b.c","custom_attributes":{"shoe":"44"}})").status(), 200);
  EXPECT_EQ(app.Post("/companies", R"({"company_id":"1","custom_attributes":{"shoe":"44"}})").ErrorMessage(),
            "Custom attribute 'shoe' does not exist");
}

TEST(SandboxAttributesTest, KeysAreCaseSensitive) {
  TestApp app;
  EXPECT_EQ(app.Post("/contacts", R"({"email":"a@b.c","custom_attributes":{"Title":"x"}})").status(), 400);
}

TEST(SandboxAttributesTest, TextMayHave255Characters) {
  TestApp app;
  std::string wide;
  for (int i = 0; i < 255; ++i) wide += "é";
  EXPECT_EQ(app.Post("/contacts", WithTitle("a@b.c", "\"" + wide + "\"")).status(), 200);
  EXPECT_EQ(app.Post("/contacts", WithTitle("d@b.c", "\"" + wide + "x\"")).status(), 400);
}

TEST(SandboxAttributesTest, AValueMustHaveTheAttributesType) {
  TestApp app;
  EXPECT_EQ(app.Post("/contacts", WithTitle("a@b.c", "3")).status(), 400);
  EXPECT_EQ(app.Post("/contacts", WithTitle("a@b.c", R"({"x":1})")).status(), 400);
  const auto answer = [&](std::string_view type, std::string_view value) {
    const std::string name = "a" + std::string(type);
    app.Post("/data_attributes",
             R"({"name":")" + name + R"(","model":"company","data_type":")" + std::string(type) + "\"}");
    return app
        .Post("/companies", R"({"company_id":"1","custom_attributes":{")" + name + "\":" + std::string(value) + "}}")
        .status();
  };
  EXPECT_EQ(answer("integer", "3"), 200);
  EXPECT_EQ(answer("integer", "3.5"), 400);
  EXPECT_EQ(answer("float", "3.5"), 200);
  EXPECT_EQ(answer("float", "\"3.5\""), 400);
  EXPECT_EQ(answer("boolean", "true"), 200);
  EXPECT_EQ(answer("boolean", "1"), 400);
  EXPECT_EQ(answer("date", "1571672154"), 200);
  EXPECT_EQ(answer("date", "\"2019-10-21\""), 400);
}

TEST(SandboxAttributesTest, AListTakesItsOptionsOnly) {
  TestApp app;
  const std::string start = R"({"name":"size class","model":"company","data_type":"options","options":[{"value":"S"})";
  EXPECT_EQ(app.Post("/data_attributes", start + "]}").status(), 400);
  EXPECT_EQ(app.Post("/data_attributes", start + R"(,{"value":"L"}]})").status(), 200);
  EXPECT_EQ(app.Post("/companies", R"({"company_id":"1","custom_attributes":{"size class":"S"}})").status(), 200);
  EXPECT_EQ(app.Post("/companies", R"({"company_id":"1","custom_attributes":{"size class":"M"}})").status(), 400);
}

TEST(SandboxAttributesTest, NewAttributesAreRefusedInIntercomsWords) {
  TestApp app;
  const auto message = [&](std::string_view name, std::string_view model, std::string_view type) {
    return app
        .Post("/data_attributes", R"({"name":")" + std::string(name) + R"(","model":")" + std::string(model) +
                                      R"(","data_type":")" + std::string(type) + "\"}")
        .ErrorMessage();
  };
  EXPECT_EQ(message("title", "company", "string"),
            "You already have 'title' in your people data. To save this as new company data, use a different name.");
  EXPECT_EQ(message("!nv@l!d n@me", "company", "string"),
            "Your name for this attribute must only contain alphanumeric characters, currency symbols, and hyphens");
  EXPECT_EQ(message("ring", "company", "mithril"), "Data Type isn't an option");
  EXPECT_EQ(message("ring", "orc", "string"), "The Data Attribute model field must be either contact or company");
}

TEST(SandboxAttributesTest, AnArchivedAttributeIsHiddenAndItsValuesAreIgnored) {
  TestApp app;
  const std::string id = std::to_string(FindNamed(app.Get("/data_attributes"), "title")->at("id").as_int64());
  EXPECT_TRUE(app.Put("/data_attributes/" + id, R"({"archived":true})")["archived"].as_bool());
  EXPECT_EQ(FindNamed(app.Get("/data_attributes"), "title"), nullptr);
  EXPECT_NE(FindNamed(app.Get("/data_attributes?include_archived=true"), "title"), nullptr);
  const Seen contact = app.Post("/contacts", WithTitle("a@b.c", "\"Boss\""));
  EXPECT_EQ(contact.status(), 200);
  EXPECT_TRUE(contact["custom_attributes"].as_object().empty());
}

TEST(SandboxAttributesTest, AWorkspaceHasAtMost250CustomAttributes) {
  TestApp app;
  int made = 1;  // title
  const auto make = [&] {
    return app.Post("/data_attributes",
                    R"({"name":"a)" + std::to_string(made) + R"(","model":"contact","data_type":"string"})");
  };
  for (; made < 250; ++made) ASSERT_EQ(make().status(), 200);
  EXPECT_EQ(make().ErrorCode(), "custom_data_limit_reached");
}

}  // namespace
}  // namespace rowcall::sandbox
