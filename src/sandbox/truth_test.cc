#include "sandbox/test_app.h"

namespace rowcall::sandbox {
namespace {

TEST(SandboxTruthTest, ContactsComeWithTheirWholeCompaniesAndWhatBecameOfThem) {
  TestApp app;
  const std::string ann = app.MakeContact(R"({"email":"ann@b.c"})");
  const std::string bob = app.MakeContact(R"({"email":"bob@b.c"})");
  const std::string acme = app.MakeCompany(R"({"company_id":"c1","name":"Acme","website":"http://acme"})");
  app.Post("/contacts/" + ann + "/companies", R"({"id":")" + acme + "\"}");
  app.Post("/contacts/" + bob + "/archive");
  const Seen contacts = app.Get("/_sandbox/contacts");
  ASSERT_EQ(contacts.body.as_array().size(), 2u);
  EXPECT_EQ(contacts.body.at(0).at("companies").at("data").at(0).at("website").as_string(), "http://acme");
  EXPECT_FALSE(contacts.body.at(0).at("archived").as_bool());
  EXPECT_TRUE(contacts.body.at(1).at("archived").as_bool());
  EXPECT_FALSE(contacts.body.at(1).at("deleted").as_bool());
}

TEST(SandboxTruthTest, CompaniesAreShownEvenWithoutPeople) {
  TestApp app;
  const std::string id = app.MakeCompany(R"({"company_id":"c1"})");
  app.MakeCompany(R"({"company_id":"c2"})");
  app.Delete("/companies/" + id);
  const Seen companies = app.Get("/_sandbox/companies");
  ASSERT_EQ(companies.body.as_array().size(), 2u);
  EXPECT_TRUE(companies.body.at(0).at("deleted").as_bool());
  EXPECT_FALSE(companies.body.at(1).at("deleted").as_bool());
}

TEST(SandboxTruthTest, AnArrayLongerThanOnePieceIsWhole) {
  TestApp app({.rate_limit = 0});
  for (int i = 0; i < 500; ++i) app.MakeContact(R"({"external_id":")" + std::to_string(i) + "\"}");
  EXPECT_EQ(app.Get("/_sandbox/contacts").body.as_array().size(), 500u);
}

TEST(SandboxTruthTest, ANoticeIsKeptByteForByte) {
  TestApp app;
  app.Post("/_sandbox/callback", R"({"id": "1" })");
  const Seen callbacks = app.Get("/_sandbox/callbacks");
  ASSERT_EQ(callbacks.body.as_array().size(), 1u);
  EXPECT_EQ(callbacks.body.at(0).at("body_base64").as_string(), "eyJpZCI6ICIxIiB9");
}

TEST(SandboxTruthTest, RequestsAreCountedByStatusAndOperation) {
  TestApp app({.rate_limit = 3});
  app.Post("/contacts", R"({"email":"a@b.c"})");
  app.Post("/contacts", R"({"email":"a@b.c"})");
  app.Get("/contacts/123");
  app.Get("/me");
  const Seen requests = app.Get("/_sandbox/requests");
  EXPECT_EQ(requests["total"].as_int64(), 4);
  EXPECT_EQ(requests["by_status"], boost::json::parse(R"({"200":1,"404":1,"409":1,"429":1})"));
  EXPECT_EQ(requests["by_operation"], boost::json::parse(R"({"POST /contacts":2,"GET /contacts/{id}":1,"GET /me":1})"));
  EXPECT_EQ(requests["window"], boost::json::parse(R"({"length_s":10,"next_reset":1767225602})"));
}

TEST(SandboxTruthTest, AnUnansweredRequestCountsAsNone) {
  TestApp app({}, R"([{"do":"reset_after","first":1}])");
  app.Post("/contacts", R"({"email":"a@b.c"})");
  EXPECT_EQ(app.Get("/_sandbox/requests")["by_status"].at("none").as_int64(), 1);
}

TEST(SandboxTruthTest, TheLogTellsWhatTookEffectInOrder) {
  TestApp app({}, R"([{"operation":"POST /contacts","do":"reset_after","nth":[1]}])");
  app.Post("/contacts", R"({"email":"a@b.c"})");
  app.Post("/contacts", R"({"email":"a@b.c"})");
  app.Get("/me");
  const std::string company = app.MakeCompany(R"({"company_id":"c1","name":"Acme"})");
  const Seen log = app.Get("/_sandbox/log?after=0");
  ASSERT_EQ(log["log"].as_array().size(), 3u);
  EXPECT_EQ(log["log"].at(0).at("operation").as_string(), "POST /contacts");
  EXPECT_EQ(log["log"].at(0).at("status").as_int64(), 200);
  EXPECT_EQ(log["log"].at(0).at("fault").as_string(), "reset_after");
  EXPECT_EQ(log["log"].at(1).at("status").as_int64(), 409);
  EXPECT_EQ(log["log"].at(1).at("key").as_string(), "a@b.c");
  EXPECT_EQ(log["log"].at(2).at("key").as_string(), "c1");
  EXPECT_EQ(log["log"].at(2).at("id").as_string(), company);
  EXPECT_EQ(app.Get("/_sandbox/log?after=2")["log"].as_array().size(), 1u);
}

TEST(SandboxTruthTest, TheLogKeepsTheLastHundredThousand) {
  RequestLog log;
  for (std::size_t i = 0; i < RequestLog::kKept + 5; ++i) log.Add({});
  EXPECT_TRUE(log.Show(RequestLog::kKept + 4).starts_with(R"({"first":6,"last":100005,"log":[{"sequence":100005,)"));
}

TEST(SandboxTruthTest, ResetGoesBackToTheStart) {
  TestApp app({.rate_limit = 1}, R"([{"do":"status","status":500,"first":1}])");
  EXPECT_EQ(app.Get("/me").status(), 500);
  EXPECT_EQ(app.Post("/_sandbox/reset").status(), 200);
  EXPECT_EQ(app.Get("/_sandbox/requests")["total"].as_int64(), 0);
  EXPECT_EQ(app.Get("/me").status(), 500);
}

TEST(SandboxTruthTest, ATokenThatIsReplacedIsRefusedFromThenOn) {
  TestApp app;
  EXPECT_EQ(app.Get("/me").status(), 200);
  EXPECT_EQ(app.Post("/_sandbox/token", R"({"token":"another"})").status(), 200);
  EXPECT_EQ(app.Get("/me").status(), 401);
  Request request = TestApp::MakeRequest("GET", "/me", {});
  request.authorization = "Bearer another";
  EXPECT_EQ(app.Send(request).status(), 200);
  for (const char* body : {"", "{}", R"({"token":""})", R"({"token":1})"}) {
    EXPECT_EQ(app.Post("/_sandbox/token", body).status(), 400) << body;
  }
  app.Post("/_sandbox/reset");
  EXPECT_EQ(app.Get("/me").status(), 200);
}

TEST(SandboxTruthTest, ThePastMayHoldWhatTheApiRefuses) {
  TestApp app;
  const Seen ids = app.Post("/_sandbox/contacts", R"([{"email":"a@b.c"},{"email":"a@b.c","archived":true}])");
  ASSERT_EQ(ids.body.as_array().size(), 2u);
  EXPECT_EQ(app.Get("/contacts/" + std::string(ids.body.at(0).as_string())).status(), 200);
  EXPECT_EQ(app.Get("/contacts/" + std::string(ids.body.at(1).as_string())).status(), 404);
  EXPECT_EQ(app.Post("/_sandbox/contacts", R"([{"email":"x@b.c"},{"owner_id":"1"}])").status(), 400);
  EXPECT_EQ(app.Get("/_sandbox/contacts").body.as_array().size(), 2u);
}

TEST(SandboxTruthTest, ItNeedsNoTokenAndCostsNoRate) {
  TestApp app({.rate_limit = 1});
  Request request = TestApp::MakeRequest("GET", "/_sandbox/requests", {});
  request.authorization = request.accept = "";
  EXPECT_EQ(app.Send(request).status(), 200);
  EXPECT_EQ(app.Get("/me").Header("X-RateLimit-Remaining"), "0");
  EXPECT_EQ(app.Get("/_sandbox/nothing").status(), 404);
}

}  // namespace
}  // namespace rowcall::sandbox
