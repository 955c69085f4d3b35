#include "sandbox/test_app.h"

namespace rowcall::sandbox {
namespace {

class SandboxSearchTest : public testing::Test {
 protected:
  /// The names found, joined by commas.
  std::string Names(const std::string& query) {
    const Seen seen = app_.Post("/contacts/search", R"({"query":)" + query + "}");
    if (seen.status() != 200) return seen.ErrorCode() + ": " + seen.ErrorMessage();
    std::string names;
    for (const auto& contact : seen["data"].as_array()) {
      if (!names.empty()) names += ',';
      names += contact.at("name").as_string();
    }
    return names;
  }
  std::string Compare(std::string_view field, std::string_view operation, std::string_view value) {
    return Names(Filter(field, operation, value));
  }
  static std::string Filter(std::string_view field, std::string_view operation, std::string_view value) {
    return R"({"field":")" + std::string(field) + R"(","operator":")" + std::string(operation) + R"(","value":)" +
           std::string(value) + "}";
  }
  void MakePeople() {
    app_.MakeContact(R"({"name":"Ann","email":"Ann@Acme.com","custom_attributes":{"title":"Boss"}})");
    app_.MakeContact(R"({"name":"Bob","email":"bob@acme.com","signed_up_at":1577869200})");
    app_.MakeContact(R"({"name":"Cy","role":"lead","phone":"+1"})");
  }

  TestApp app_;
};

TEST_F(SandboxSearchTest, EmailIsComparedWithoutCase) {
  MakePeople();
  EXPECT_EQ(Compare("email", "=", R"("ann@ACME.com")"), "Ann");
  EXPECT_EQ(Compare("email", "$", R"("acme.com")"), "Ann,Bob");
  EXPECT_EQ(Compare("email", "!=", R"("ann@acme.com")"), "Bob,Cy");
  EXPECT_EQ(Compare("email", "=", "null"), "Cy");
}

TEST_F(SandboxSearchTest, TheOperatorsForText) {
  MakePeople();
  EXPECT_EQ(Compare("name", "IN", R"(["Ann","Cy"])"), "Ann,Cy");
  EXPECT_EQ(Compare("name", "NIN", R"(["Ann","Cy"])"), "Bob");
  EXPECT_EQ(Compare("name", "~", R"("n")"), "Ann");
  EXPECT_EQ(Compare("name", "!~", R"("n")"), "Bob,Cy");
  EXPECT_EQ(Compare("name", "^", R"("B")"), "Bob");
  EXPECT_EQ(Compare("role", "=", R"("lead")"), "Cy");
  EXPECT_EQ(Compare("custom_attributes.title", "=", R"("Boss")"), "Ann");
}

TEST_F(SandboxSearchTest, DatesAreComparedByWholeDays) {
  MakePeople();
  EXPECT_EQ(Compare("signed_up_at", "=", "1577836800"), "Bob");
  EXPECT_EQ(Compare("signed_up_at", ">", "1577836800"), "");
  EXPECT_EQ(Compare("signed_up_at", ">", "1577836799"), "Bob");
  EXPECT_EQ(Compare("signed_up_at", "<", "1577923200"), "Bob");
  EXPECT_TRUE(Compare("signed_up_at", ">=", "1577836800").starts_with("parameter_invalid"));
}

TEST_F(SandboxSearchTest, FiltersAreJoinedByAndAndOrOnTwoLevels) {
  MakePeople();
  const std::string ann = Filter("name", "=", R"("Ann")");
  const std::string user = Filter("role", "=", R"("user")");
  const std::string any = R"({"operator":"OR","value":[)" + ann + "," + Filter("name", "=", R"("Cy")") + "]}";
  EXPECT_EQ(Names(any), "Ann,Cy");
  EXPECT_EQ(Names(R"({"operator":"AND","value":[)" + user + "," + any + "]}"), "Ann");
  const std::string deep = R"({"operator":"OR","value":[{"operator":"AND","value":[)" + any + "]}]}";
  EXPECT_TRUE(Names(deep).starts_with("parameter_invalid"));
}

TEST_F(SandboxSearchTest, AGroupHasAtMost15Filters) {
  std::string filters = Filter("name", "=", "\"x\"");
  for (int i = 1; i < 15; ++i) filters += "," + Filter("name", "=", "\"x\"");
  EXPECT_EQ(Names(R"({"operator":"OR","value":[)" + filters + "]}"), "");
  filters += "," + Filter("name", "=", "\"x\"");
  EXPECT_TRUE(Names(R"({"operator":"OR","value":[)" + filters + "]}").starts_with("parameter_invalid"));
}

TEST_F(SandboxSearchTest, UnknownFieldsAndBadSortOrdersAreRefused) {
  EXPECT_TRUE(Compare("shoe", "=", "1").starts_with("parameter_invalid"));
  EXPECT_EQ(app_.Post("/contacts/search", R"({"query":{"field":"name","operator":"=","value":"x"},
      "sort":{"field":"name","order":"desc"}})")
                .ErrorCode(),
            "invalid_sort_order");
}

TEST_F(SandboxSearchTest, PagesFollowTheSortOrder) {
  MakePeople();
  const std::string rest = R"("query":{"field":"name","operator":"!=","value":"x"},
      "sort":{"field":"name","order":"descending"})";
  const Seen first = app_.Post("/contacts/search", R"({"pagination":{"per_page":2},)" + rest + "}");
  EXPECT_EQ(first["data"].at(0).at("name").as_string(), "Cy");
  EXPECT_EQ(first["total_count"].as_int64(), 3);
  const std::string cursor(first["pages"].at("next").at("starting_after").as_string());
  const Seen second =
      app_.Post("/contacts/search", R"({"pagination":{"per_page":2,"starting_after":")" + cursor + "\"}," + rest + "}");
  EXPECT_EQ(second["data"].as_array().size(), 1u);
  EXPECT_EQ(second["data"].at(0).at("name").as_string(), "Ann");
}

TEST_F(SandboxSearchTest, ArchivedContactsAreNotFound) {
  const std::string id = app_.MakeContact(R"({"name":"Ann","email":"a@b.c"})");
  app_.Post("/contacts/" + id + "/archive");
  EXPECT_EQ(Compare("email", "=", R"("a@b.c")"), "");
}

TEST(SandboxSearchLagTest, ANewContactIsFoundOnlyAfterTheLagButReadByKeyAtOnce) {
  TestApp app({.search_lag = std::chrono::seconds(2)});
  app.MakeContact(R"({"email":"a@b.c","external_id":"7"})");
  const auto found = [&] {
    return app.Post("/contacts/search", R"({"query":{"field":"email","operator":"=","value":"a@b.c"}})")["total_count"]
        .as_int64();
  };
  EXPECT_EQ(app.Get("/contacts/find_by_external_id/7").status(), 200);
  EXPECT_EQ(found(), 0);
  app.clock.Advance(std::chrono::milliseconds(1999));
  EXPECT_EQ(found(), 0);
  app.clock.Advance(std::chrono::milliseconds(1));
  EXPECT_EQ(found(), 1);
}

TEST(SandboxSearchLagTest, AChangedContactIsShownAsItWasUntilTheLagIsOver) {
  TestApp app({.search_lag = std::chrono::seconds(2)});
  const std::string id = app.MakeContact(R"({"email":"old@b.c","external_id":"7","name":"Old"})");
  const auto found = [&](const std::string& email) {
    const Seen seen =
        app.Post("/contacts/search", R"({"query":{"field":"email","operator":"=","value":")" + email + "\"}}");
    std::string names;
    for (const auto& contact : seen["data"].as_array()) names += contact.at("name").as_string();
    return names;
  };
  app.clock.Advance(std::chrono::seconds(2));
  app.Put("/contacts/" + id, R"({"email":"new@b.c","name":"New"})");
  app.clock.Advance(std::chrono::seconds(1));
  app.Put("/contacts/" + id, R"({"name":"Newer"})");
  EXPECT_EQ(app.Get("/contacts/" + id).Text("name"), "Newer");
  EXPECT_EQ(found("old@b.c"), "Old");
  app.clock.Advance(std::chrono::seconds(1));
  EXPECT_EQ(found("old@b.c"), "");
  EXPECT_EQ(found("new@b.c"), "New");
  app.Post("/contacts/" + id + "/archive");
  app.clock.Advance(std::chrono::seconds(1));
  EXPECT_EQ(found("new@b.c"), "Newer");
  app.clock.Advance(std::chrono::seconds(1));
  EXPECT_EQ(found("new@b.c"), "");
}

}  // namespace
}  // namespace rowcall::sandbox
