#include "sandbox/faults.h"

#include "sandbox/test_app.h"

namespace rowcall::sandbox {
namespace {

std::string Struck(Faults& faults, int requests) {
  std::string struck;
  for (int i = 0; i < requests; ++i) struck += faults.Next("POST /contacts", "/contacts", "{}") == nullptr ? '.' : 'x';
  return struck;
}

std::string StruckBy(std::string_view rule, int requests) {
  Faults faults(1);
  faults.SetRules(ParseFaultScript(rule).value());
  return Struck(faults, requests);
}

std::string Message(std::string_view script) { return ParseFaultScript(script).error().message; }

TEST(SandboxFaultsTest, ARuleStrikesWhenItsTriggerSays) {
  EXPECT_EQ(StruckBy(R"([{"do":"reset_before","every":3}])", 7), "..x..x.");
  EXPECT_EQ(StruckBy(R"([{"do":"reset_before","nth":[1,4]}])", 6), "x..x..");
  EXPECT_EQ(StruckBy(R"([{"do":"reset_before","first":2}])", 4), "xx..");
  EXPECT_EQ(StruckBy(R"([{"do":"reset_before","probability":1}])", 3), "xxx");
  EXPECT_EQ(StruckBy(R"([{"do":"reset_before","probability":0}])", 3), "...");
}

TEST(SandboxFaultsTest, ProbabilityFollowsTheSeed) {
  const auto run = [](std::uint64_t seed) {
    Faults faults(seed);
    faults.SetRules(ParseFaultScript(R"([{"do":"late","probability":0.3}])").value());
    return Struck(faults, 1000);
  };
  EXPECT_EQ(run(5), run(5));
  EXPECT_NE(run(5), run(6));
  const auto struck = std::ranges::count(run(5), 'x');
  EXPECT_GT(struck, 240);
  EXPECT_LT(struck, 360);
}

TEST(SandboxFaultsTest, ARuleCountsOnlyTheRequestsItIsAbout) {
  Faults faults(1);
  faults.SetRules(
      ParseFaultScript(R"([{"operation":"POST /contacts","contains":"ann","do":"late","nth":[2]}])").value());
  EXPECT_EQ(faults.Next("GET /contacts", "/contacts", "ann"), nullptr);
  EXPECT_EQ(faults.Next("POST /contacts", "/contacts", "bob"), nullptr);
  EXPECT_EQ(faults.Next("POST /contacts", "/contacts", "ann"), nullptr);
  EXPECT_NE(faults.Next("POST /contacts", "/contacts", "ann"), nullptr);
}

TEST(SandboxFaultsTest, AFaultyScriptIsRefusedWithItsPlace) {
  EXPECT_TRUE(Message("{").starts_with("the fault script is not JSON"));
  EXPECT_EQ(
      Message(R"([{"do":"late","first":1},{"do":"late"}])"),
      "rule 2 of the fault script: exactly one of \"every\", \"probability\", \"nth\" and \"first\" must be there");
  EXPECT_EQ(Message(R"([{"do":"lat","first":1}])"), "rule 1 of the fault script: there is no fault \"lat\"");
  EXPECT_EQ(ParseFaultScript(R"([{"do":"lat","first":1}])").error().hint, "Did you mean \"late\"?");
  EXPECT_EQ(Message(R"([{"operation":"POST /contact","do":"late","first":1}])"),
            "rule 1 of the fault script: there is no operation \"POST /contact\"");
}

class SandboxFaultEffectTest : public testing::Test {
 protected:
  /// What a POST /contacts gets that this fault strikes.
  Seen Post(const std::string& fault) {
    app_.Post("/_sandbox/reset");
    EXPECT_EQ(app_.Post("/_sandbox/faults", R"([{"operation":"POST /contacts","nth":[1],)" + fault + "}]").status(),
              200);
    return app_.Post("/contacts", R"({"email":"a@b.c"})");
  }
  std::size_t Contacts() { return app_.Get("/_sandbox/contacts").body.as_array().size(); }

  TestApp app_;
};

TEST_F(SandboxFaultEffectTest, ResetsComeBeforeOrAfterTheCommit) {
  EXPECT_EQ(Post(R"("do":"reset_before")").reply.action, Reply::Action::cut);
  EXPECT_EQ(Contacts(), 0u);
  EXPECT_EQ(Post(R"("do":"reset_after")").reply.action, Reply::Action::cut);
  EXPECT_EQ(Contacts(), 1u);
}

TEST_F(SandboxFaultEffectTest, AStatusIsAnsweredWithOrWithoutTheCommit) {
  const Seen before = Post(R"("do":"status","status":500)");
  EXPECT_EQ(before.status(), 500);
  EXPECT_EQ(before.ErrorCode(), "server_error");
  EXPECT_EQ(Contacts(), 0u);
  EXPECT_EQ(Post(R"("do":"status","status":503,"after_commit":true)").status(), 503);
  EXPECT_EQ(Contacts(), 1u);
}

TEST_F(SandboxFaultEffectTest, AStatusAsksForPatienceIfTheRuleSaysSo) {
  EXPECT_EQ(Post(R"("do":"status","status":503,"retry_after":2)").Header("Retry-After"), "2");
  EXPECT_EQ(Post(R"("do":"status","status":503)").Header("Retry-After"), "");
}

TEST_F(SandboxFaultEffectTest, AWholeAnswerMaySayThatItIsAWebPage) {
  const Seen mistyped = Post(R"("do":"wrong_type")");
  EXPECT_EQ(mistyped.status(), 200);
  EXPECT_EQ(mistyped.Header("Content-Type"), "text/html");
  EXPECT_EQ(mistyped.Text("email"), "a@b.c");
  EXPECT_EQ(Contacts(), 1u);
}

TEST_F(SandboxFaultEffectTest, SpoiltBodiesComeWith200) {
  const Seen garbage = Post(R"("do":"garbage","after_commit":true)");
  EXPECT_EQ(garbage.status(), 200);
  EXPECT_TRUE(garbage.body.is_null());
  EXPECT_EQ(Contacts(), 1u);
  const Seen page = Post(R"("do":"html_200")");
  EXPECT_EQ(page.Header("Content-Type"), "text/html");
  EXPECT_EQ(Contacts(), 0u);
  const Seen cut = Post(R"("do":"cut_json")");
  EXPECT_EQ(cut.status(), 200);
  EXPECT_TRUE(cut.reply.body.starts_with("{\"type\":\"contact\""));
  EXPECT_TRUE(cut.body.is_null());
  EXPECT_EQ(Contacts(), 1u);
}

TEST_F(SandboxFaultEffectTest, ATimeoutComesAfterTheCommit) {
  const Seen held = Post(R"("do":"timeout_after")");
  EXPECT_EQ(held.reply.action, Reply::Action::hold);
  EXPECT_GE(held.reply.wait, std::chrono::minutes(1));
  EXPECT_EQ(Contacts(), 1u);
}

TEST_F(SandboxFaultEffectTest, ALateRequestTakesEffectAfterTheConnectionIsCut) {
  const Seen late = Post(R"("do":"late")");
  EXPECT_EQ(late.reply.action, Reply::Action::cut_then_run);
  EXPECT_LT(late.reply.wait, std::chrono::seconds(1));
  EXPECT_EQ(Contacts(), 0u);
  app_.service().RunLate(TestApp::MakeRequest("POST", "/contacts", R"({"email":"a@b.c"})"));
  EXPECT_EQ(Contacts(), 1u);
}

TEST_F(SandboxFaultEffectTest, TheScriptShowsHowOftenItStruck) {
  Post(R"("do":"reset_after")");
  app_.Post("/contacts", R"({"email":"b@b.c"})");
  const Seen faults = app_.Get("/_sandbox/faults");
  EXPECT_EQ(faults.body.at(0).at("seen").as_int64(), 2);
  EXPECT_EQ(faults.body.at(0).at("struck").as_int64(), 1);
}

}  // namespace
}  // namespace rowcall::sandbox
