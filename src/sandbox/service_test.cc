#include "sandbox/test_app.h"

namespace rowcall::sandbox {
namespace {

TEST(SandboxAdmissionTest, AnotherTokenIs401WithoutRateHeaders) {
  TestApp app;
  for (const char* authorization : {"", "Bearer wrong", "Basic sandbox-token", "sandbox-token"}) {
    Request request = TestApp::MakeRequest("GET", "/me", {});
    request.authorization = authorization;
    const Seen refused = app.Send(request);
    EXPECT_EQ(refused.status(), 401) << authorization;
    EXPECT_EQ(refused.ErrorCode(), "unauthorized");
    EXPECT_EQ(refused.ErrorMessage(), "Access Token Invalid");
    EXPECT_EQ(refused.Header("X-RateLimit-Limit"), "");
  }
}

TEST(SandboxAdmissionTest, TheErrorEnvelopeBearsTheRequestIdOfTheHeader) {
  TestApp app;
  const Seen refused = app.Get("/contacts/123");
  EXPECT_EQ(refused.Text("type"), "error.list");
  EXPECT_EQ(refused.Text("request_id"), refused.Header("X-Request-Id"));
  EXPECT_EQ(refused.Header("X-Request-Id").size(), 36u);
  EXPECT_NE(app.Get("/me").Header("X-Request-Id"), refused.Header("X-Request-Id"));
}

TEST(SandboxAdmissionTest, Versions214To216AreKnownAndEchoed) {
  TestApp app;
  for (const char* version : {"2.14", "2.15", "2.16"}) {
    Request request = TestApp::MakeRequest("GET", "/me", {});
    request.version = version;
    EXPECT_EQ(app.Send(request).Header("Intercom-Version"), version);
  }
  Request request = TestApp::MakeRequest("GET", "/me", {});
  request.version = "2.13";
  EXPECT_EQ(app.Send(request).status(), 400);
  EXPECT_EQ(app.Send(request).ErrorCode(), "intercom_version_invalid");
  request.version = "";
  EXPECT_EQ(app.Send(request).Header("Intercom-Version"), "2.16");
}

TEST(SandboxAdmissionTest, TheAcceptHeaderMustAllowJson) {
  TestApp app;
  const auto status = [&](const char* accept) {
    Request request = TestApp::MakeRequest("GET", "/me", {});
    request.accept = accept;
    return app.Send(request).status();
  };
  EXPECT_EQ(status("application/json"), 200);
  EXPECT_EQ(status("text/html, */*;q=0.8"), 200);
  EXPECT_EQ(status("text/html"), 406);
  EXPECT_EQ(status(""), 406);
}

TEST(SandboxRateTest, EveryAnswerTellsTheBudgetOfTheWindow) {
  TestApp app({.rate_limit = 2});
  const Seen first = app.Get("/me");
  EXPECT_EQ(first.Header("X-RateLimit-Limit"), "2");
  EXPECT_EQ(first.Header("X-RateLimit-Remaining"), "1");
  EXPECT_EQ(first.Header("X-RateLimit-Reset"), "1767225602");
  EXPECT_EQ(app.Get("/nowhere").Header("X-RateLimit-Remaining"), "0");
}

TEST(SandboxRateTest, PastTheLimitIs429InIntercomsWordsAndNothingIsDone) {
  TestApp app({.rate_limit = 1});
  app.Get("/me");
  const Seen refused = app.Post("/contacts", R"({"email":"a@b.c"})");
  EXPECT_EQ(refused.status(), 429);
  EXPECT_EQ(refused.ErrorCode(), "rate_limit_exceeded");
  EXPECT_EQ(refused.ErrorMessage(), "Exceeded rate limit of 1 in 10_seconds");
  EXPECT_EQ(refused.Header("X-RateLimit-Remaining"), "0");
  EXPECT_TRUE(app.Get("/_sandbox/contacts").body.as_array().empty());
}

TEST(SandboxRateTest, TheWindowRollsExactlyAtTheStampedSecond) {
  TestApp app({.rate_limit = 1});
  EXPECT_EQ(app.Get("/me").Header("X-RateLimit-Reset"), "1767225602");
  app.clock.Advance(std::chrono::milliseconds(1999));
  EXPECT_EQ(app.Get("/me").status(), 429);
  app.clock.Advance(std::chrono::milliseconds(1));
  const Seen next = app.Get("/me");
  EXPECT_EQ(next.status(), 200);
  EXPECT_EQ(next.Header("X-RateLimit-Reset"), "1767225612");
  app.clock.Advance(std::chrono::milliseconds(9999));
  EXPECT_EQ(app.Get("/me").status(), 429);
}

TEST(SandboxRateTest, ResetStampsAre2Modulo10AndAtMostAWindowAway) {
  for (std::int64_t second = 1767225600; second < 1767225625; ++second) {
    const std::int64_t reset = RateWindow::ResetAfter(WallTime(std::chrono::seconds(second)));
    EXPECT_EQ(reset % 10, 2);
    EXPECT_GT(reset, second);
    EXPECT_LE(reset, second + 10);
  }
}

TEST(SandboxRateTest, WithoutALimitThereAreNoRateHeaders) {
  TestApp app({.rate_limit = 0});
  for (int i = 0; i < 5000; ++i) ASSERT_EQ(app.Get("/me").status(), 200);
  EXPECT_EQ(app.Get("/me").Header("X-RateLimit-Limit"), "");
}

TEST(SandboxServiceTest, MeShowsTheWorkspace) {
  TestApp app;
  const Seen me = app.Get("/me");
  EXPECT_EQ(me["app"].at("region").as_string(), "US");
  EXPECT_EQ(me["app"].at("name").as_string(), "Rowcall sandbox");
  EXPECT_FALSE(me["app"].at("id_code").as_string().empty());
}

TEST(SandboxServiceTest, MalformedJsonIs400) {
  TestApp app;
  for (const char* body : {"{", "[]", "\"text\"", "{\"email\":\"\xff\"}"}) {
    EXPECT_EQ(app.Post("/contacts", body).status(), 400) << body;
  }
  EXPECT_EQ(app.Get("/%zz").status(), 400);
}

TEST(SandboxServiceTest, AWrongMethodOrPathIs404) {
  TestApp app;
  EXPECT_EQ(app.Delete("/contacts").status(), 404);
  EXPECT_EQ(app.Put("/companies", "{}").ErrorCode(), "not_found");
  EXPECT_EQ(app.Get("/nowhere").status(), 404);
}

}  // namespace
}  // namespace rowcall::sandbox
