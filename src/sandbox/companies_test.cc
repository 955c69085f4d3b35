#include "sandbox/test_app.h"

namespace rowcall::sandbox {
namespace {

TEST(SandboxCompaniesTest, PostCreatesThenUpdatesByCompanyId) {
  TestApp app;
  const Seen made = app.Post("/companies", R"({"company_id":"c1","name":"Acme","website":"no address at all",
      "size":"100","plan":"Pro","industry":"Anvils"})");
  EXPECT_EQ(made.status(), 200);
  EXPECT_EQ(made.Text("website"), "no address at all");
  EXPECT_EQ(made["size"].as_int64(), 100);
  EXPECT_EQ(made["plan"].at("name").as_string(), "Pro");
  EXPECT_EQ(made["monthly_spend"].as_int64(), 0);
  const Seen again = app.Post("/companies", R"({"company_id":"c1","name":"Acme Inc"})");
  EXPECT_EQ(again.Text("id"), made.Text("id"));
  EXPECT_EQ(again.Text("name"), "Acme Inc");
  EXPECT_EQ(again.Text("website"), "no address at all");
}

TEST(SandboxCompaniesTest, AnUnknownTopLevelFieldIs400BadRequest) {
  TestApp app;
  const Seen refused = app.Post("/companies", R"({"company_id":"c1","test":"invalid"})");
  EXPECT_EQ(refused.status(), 400);
  EXPECT_EQ(refused.ErrorCode(), "bad_request");
  EXPECT_EQ(refused.ErrorMessage(), "bad 'test' parameter");
  EXPECT_TRUE(app.Get("/_sandbox/companies").body.as_array().empty());
}

TEST(SandboxCompaniesTest, PutGoesByIntercomsIdAndCannotChangeTheCompanyId) {
  TestApp app;
  const std::string id = app.MakeCompany(R"({"company_id":"c1","name":"Acme"})");
  EXPECT_EQ(app.Put("/companies/" + id, R"({"name":"New"})").Text("name"), "New");
  EXPECT_EQ(app.Put("/companies/" + id, R"({"company_id":"c2"})").ErrorMessage(), "bad 'company_id' parameter");
  EXPECT_EQ(app.Put("/companies/c1", R"({"name":"New"})").ErrorCode(), "company_not_found");
}

TEST(SandboxCompaniesTest, MonthlySpendIsCutToAWholeNumberAndHasAMaximum) {
  TestApp app;
  EXPECT_EQ(app.Post("/companies", R"({"company_id":"c1","monthly_spend":155.98})")["monthly_spend"].as_int64(), 155);
  EXPECT_EQ(app.Post("/companies", R"({"company_id":"c1","monthly_spend":2147483647})").status(), 200);
  EXPECT_EQ(app.Post("/companies", R"({"company_id":"c1","monthly_spend":2147483648})").status(), 400);
}

TEST(SandboxCompaniesTest, CompaniesAreFoundByNameAsAListOrAsOneObject) {
  const std::string body = R"({"company_id":"c1","name":"Acme & Sons"})";
  TestApp lists;
  const std::string id = lists.MakeCompany(body);
  const Seen list = lists.Get("/companies?name=Acme+%26%20Sons");
  EXPECT_EQ(list.Text("type"), "list");
  EXPECT_EQ(list["total_count"].as_int64(), 1);
  EXPECT_EQ(list["data"].at(0).at("id").as_string(), id);
  EXPECT_EQ(lists.Get("/companies?company_id=c1")["data"].at(0).at("id").as_string(), id);
  TestApp ones({.company_find_list = false});
  ones.MakeCompany(body);
  EXPECT_EQ(ones.Get("/companies?name=Acme%20%26%20Sons").Text("company_id"), "c1");
}

TEST(SandboxCompaniesTest, ACompanyThatIsNotThereIs404WhereverItIsSought) {
  TestApp app;
  for (const char* path : {"/companies?name=Acme", "/companies?company_id=c1", "/companies/c1"}) {
    const Seen refused = app.Get(path);
    EXPECT_EQ(refused.status(), 404) << path;
    EXPECT_EQ(refused.ErrorCode(), "company_not_found");
    EXPECT_EQ(refused.ErrorMessage(), "Company Not Found");
  }
}

TEST(SandboxCompaniesTest, SeveralCompaniesMayHaveOneNameAndARenamedOneIsFoundByItsNewName) {
  TestApp app;
  const std::string id = app.MakeCompany(R"({"company_id":"c1","name":"Acme"})");
  app.MakeCompany(R"({"company_id":"c2","name":"Acme"})");
  EXPECT_EQ(app.Get("/companies?name=Acme")["total_count"].as_int64(), 2);
  app.Put("/companies/" + id, R"({"name":"Other"})");
  EXPECT_EQ(app.Get("/companies?name=Acme")["total_count"].as_int64(), 1);
  EXPECT_EQ(app.Get("/companies?name=Other")["total_count"].as_int64(), 1);
}

TEST(SandboxCompaniesTest, ADeletedCompanyLeavesItsPeopleAndFreesItsCompanyId) {
  TestApp app;
  const std::string contact = "/contacts/" + app.MakeContact(R"({"email":"a@b.c"})");
  const std::string id = app.MakeCompany(R"({"company_id":"c1","name":"Acme"})");
  app.Post(contact + "/companies", R"({"id":")" + id + "\"}");
  const Seen deleted = app.Delete("/companies/" + id);
  EXPECT_EQ(deleted.Text("object"), "company");
  EXPECT_TRUE(deleted["deleted"].as_bool());
  EXPECT_EQ(app.Get(contact)["companies"].at("total_count").as_int64(), 0);
  EXPECT_EQ(app.Get("/companies?name=Acme").status(), 404);
  EXPECT_NE(app.MakeCompany(R"({"company_id":"c1"})"), id);
}

TEST(SandboxAttachTest, AnAttachedCompanyShowsOnTheContactAndAgainChangesNothing) {
  TestApp app;
  const std::string contact = "/contacts/" + app.MakeContact(R"({"email":"a@b.c"})");
  const std::string id = app.MakeCompany(R"({"company_id":"c1","name":"Acme"})");
  const std::string body = R"({"id":")" + id + "\"}";
  EXPECT_EQ(app.Post(contact + "/companies", body).Text("company_id"), "c1");
  EXPECT_EQ(app.Post(contact + "/companies", body)["user_count"].as_int64(), 1);
  const auto companies = app.Get(contact)["companies"];
  EXPECT_EQ(companies.at("total_count").as_int64(), 1);
  EXPECT_EQ(companies.at("data").at(0).at("id").as_string(), id);
  EXPECT_EQ(app.Get(contact + "/companies")["data"].at(0).at("name").as_string(), "Acme");
}

TEST(SandboxAttachTest, WhatIsMissingIsNamed) {
  TestApp app;
  const std::string contact = "/contacts/" + app.MakeContact(R"({"email":"a@b.c"})");
  const std::string id = app.MakeCompany(R"({"company_id":"c1"})");
  EXPECT_EQ(app.Post(contact + "/companies", "{}").ErrorCode(), "parameter_not_found");
  EXPECT_EQ(app.Post(contact + "/companies", "{}").ErrorMessage(), "company not specified");
  EXPECT_EQ(app.Post(contact + "/companies", R"({"id":"123"})").ErrorCode(), "company_not_found");
  EXPECT_EQ(app.Post("/contacts/123/companies", R"({"id":")" + id + "\"}").ErrorMessage(), "User Not Found");
}

TEST(SandboxAttachTest, ADetachedCompanyIsGoneAndCannotBeDetachedAgain) {
  TestApp app;
  const std::string contact = "/contacts/" + app.MakeContact(R"({"email":"a@b.c"})");
  const std::string id = app.MakeCompany(R"({"company_id":"c1"})");
  app.Post(contact + "/companies", R"({"id":")" + id + "\"}");
  EXPECT_EQ(app.Delete(contact + "/companies/" + id)["user_count"].as_int64(), 0);
  EXPECT_EQ(app.Delete(contact + "/companies/" + id).status(), 404);
}

TEST(SandboxAttachTest, AContactShowsTenCompaniesAndHasAtMostAThousand) {
  TestApp app({.rate_limit = 0});
  const std::string contact = "/contacts/" + app.MakeContact(R"({"email":"a@b.c"})");
  const auto attach = [&](int number) {
    const std::string id = app.MakeCompany(R"({"company_id":")" + std::to_string(number) + "\"}");
    return app.Post(contact + "/companies", R"({"id":")" + id + "\"}");
  };
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(attach(i).status(), 200);
  EXPECT_EQ(attach(1000).ErrorCode(), "contact_company_limit_exceeded");
  const auto companies = app.Get(contact)["companies"];
  EXPECT_EQ(companies.at("data").as_array().size(), 10u);
  EXPECT_TRUE(companies.at("has_more").as_bool());
}

TEST(SandboxCompanyListTest, CompaniesWithoutLivePeopleStayInvisible) {
  TestApp app;
  const std::string contact = "/contacts/" + app.MakeContact(R"({"email":"a@b.c"})");
  const std::string id = app.MakeCompany(R"({"company_id":"c1"})");
  EXPECT_EQ(app.Post("/companies/list")["total_count"].as_int64(), 0);
  app.Post(contact + "/companies", R"({"id":")" + id + "\"}");
  EXPECT_EQ(app.Post("/companies/list?page=1&per_page=5")["total_count"].as_int64(), 1);
  app.Post(contact + "/archive");
  EXPECT_EQ(app.Post("/companies/list")["total_count"].as_int64(), 0);
  EXPECT_EQ(app.Post("/companies/list?page=101&per_page=100").status(), 400);
}

}  // namespace
}  // namespace rowcall::sandbox
