#include "api/test_rig.h"

namespace rowcall::api {
namespace {

class InstancesTest : public testing::Test {
 protected:
  static std::string TokenOnly(std::string_view character) {
    return R"({"element":{"key":"demo"},"configuration":{"token":"a)" + std::string(character) + R"("}})";
  }

  Rig rig_;
};

TEST_F(InstancesTest, CreationShowsTokenAndWebhookSecretOnceAndNeverASecret) {
  const Answered made =
      rig_.Platform("POST", "/instances", Rig::OrderJson(R"(,"event.notification.signature.key":"canary")"));
  ASSERT_EQ(made.status, 200) << made.body;
  EXPECT_FALSE(made.text("token").empty());
  EXPECT_TRUE(made.text("webhookSecret").starts_with("whsec_"));
  const std::string id = std::to_string(made.json().at("id").as_int64());
  for (const Answered& answer :
       {made, rig_.Platform("GET", "/instances"), rig_.Platform("GET", "/instances/" + id),
        rig_.Platform("PATCH", "/instances/" + id, R"({"name":"New"})"), rig_.Platform("DELETE", "/instances/" + id)}) {
    EXPECT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(answer.body.find("good-token"), std::string::npos);
    EXPECT_EQ(answer.body.find("canary"), std::string::npos);
  }
  EXPECT_EQ(rig_.Platform("GET", "/instances/" + id).status, 404);
}

TEST_F(InstancesTest, CredentialsThatTheServiceRefusesMakeNoInstance) {
  const Answered refused =
      rig_.Platform("POST", "/instances", R"({"element":{"key":"demo"},"configuration":{"token":"bad"}})");
  EXPECT_EQ(refused.status, 400);
  EXPECT_NE(refused.text("providerMessage").find("Access Token Invalid"), std::string::npos) << refused.body;
  EXPECT_EQ(rig_.Platform("GET", "/instances").body, "[]");
}

TEST_F(InstancesTest, AServiceThatIsDownIsAGatewayError) {
  rig_.service().GoDown();
  const Answered failed = rig_.Platform("POST", "/instances", Rig::OrderJson());
  EXPECT_EQ(failed.status, 502);
  EXPECT_NE(failed.text("message").find("connection refused"), std::string::npos) << failed.body;
}

TEST_F(InstancesTest, AnAddressOutsideTheConnectorsHostsNeedsTheOperatorsAllowance) {
  const Answered refused =
      rig_.Platform("POST", "/instances", Rig::OrderJson(R"(,"base.url":"http://192.0.2.1:9090")"));
  EXPECT_EQ(refused.status, 400);
  EXPECT_NE(refused.text("hint").find("--allow-egress"), std::string::npos) << refused.body;
  EXPECT_EQ(refused.json().at("errors").at(0).at("pointer"), "/configuration/base.url");
  EXPECT_EQ(rig_.service().calls(), 0);
  rig_.Connect(R"(,"base.url":"http://127.0.0.1:9090")");
  rig_.Connect(R"(,"base.url":"https://api.demo.test/v2")");
  EXPECT_EQ(rig_.Platform("POST", "/instances", Rig::OrderJson(R"(,"base.url":"http://api.demo.test")")).status, 400);
}

TEST_F(InstancesTest, ABaseUrlThatReadersCouldTakeApartDifferentlyIsRefusedBeforeAnyCall) {
  for (const std::string_view url : {"http://127.0.0.1:9090@evil.test/",
                                     "http://user:pass@127.0.0.1:9090",
                                     R"(http://127.0.0.1:9090\\@evil.test)",
                                     "http://127.0.0.1:9090#@evil.test",
                                     "http://127.0.0.1:9090/?x=",
                                     "http://127.0.0.1:0",
                                     "http://127.0.0.1:65536",
                                     "http://127.0.0.1:",
                                     "http://localhost.:9090",
                                     "http://.localhost:9090",
                                     "http://b\u00fccher.test",
                                     "http://\uff11\uff12\uff17.0.0.1",
                                     "http://127.0.0.1\u3002evil.test",
                                     R"(http://127.0.0.1:9090/\t)",
                                     R"(http://127.0.0.1:9090\r\nHost: evil.test)",
                                     "http://127.0.0.1 :9090",
                                     " http://127.0.0.1:9090",
                                     "http://[127.0.0.1]:9090",
                                     "http://[::1%25lo]:9090",
                                     "http://%31%32%37.0.0.1:9090",
                                     "//127.0.0.1:9090",
                                     "127.0.0.1:9090",
                                     "file:///etc/passwd",
                                     "gopher://127.0.0.1:9090/",
                                     "ftp://127.0.0.1/",
                                     "http://"}) {
    const Answered refused =
        rig_.Platform("POST", "/instances", Rig::OrderJson(R"(,"base.url":")" + std::string(url) + "\""));
    EXPECT_EQ(refused.status, 400) << url;
    ASSERT_TRUE(refused.json().as_object().contains("errors")) << refused.body;
    EXPECT_EQ(refused.json().at("errors").at(0).at("pointer"), "/configuration/base.url") << url;
  }
  EXPECT_EQ(rig_.service().calls(), 0);
}

TEST_F(InstancesTest, AnUnknownNameIsAnsweredLikeOneThatMayNotBeCalled) {
  const auto refusal = [&](const std::string& host) {
    const Answered refused =
        rig_.Platform("POST", "/instances", Rig::OrderJson(R"(,"base.url":"http://)" + host + "\""));
    EXPECT_EQ(refused.status, 400);
    std::string text = refused.text("message") + refused.text("hint");
    text.replace(text.find(host), host.size(), "HOST");
    return text;
  };
  const std::string unknown = refusal("no-such-host.invalid:80");
  EXPECT_EQ(unknown, refusal("192.0.2.1:80"));
  EXPECT_EQ(unknown, refusal("8.8.8.8:80"));
  EXPECT_EQ(unknown, refusal("10.0.0.1:80"));
}

TEST_F(InstancesTest, AControlCharacterInASettingIsRefusedBeforeAnyCall) {
  for (const std::string_view key : {"token", "base.url", "region", "event.notification.signature.key"}) {
    for (const std::string_view character : {"\\r\\nX-Evil: y", "\\n", "\\r", "\\t", "\\u0000", "\\u007f"}) {
      const std::string body = R"({"element":{"key":"demo"},"configuration":{"token":"t",")" + std::string(key) +
                               R"(":"a)" + std::string(character) + R"("}})";
      const Answered refused = rig_.Platform("POST", "/instances", key == "token" ? TokenOnly(character) : body);
      EXPECT_EQ(refused.status, 400) << body;
      EXPECT_EQ(refused.json().at("errors").at(0).at("pointer").as_string(), "/configuration/" + std::string(key));
      EXPECT_NE(refused.body.find("control character"), std::string::npos) << refused.body;
    }
  }
  EXPECT_EQ(rig_.service().calls(), 0);
}

TEST_F(InstancesTest, AShareOfTheRateIsANumberAboveZeroAndUpToOne) {
  for (const char* share : {"0", "-1", "1.01", "half", "0.5x", "nan", " 0.5"}) {
    const Answered refused = rig_.Platform(
        "POST", "/instances",
        R"({"element":{"key":"demo"},"configuration":{"token":"t","rate.share":")" + std::string(share) + R"("}})");
    EXPECT_EQ(refused.status, 400) << share;
    EXPECT_EQ(refused.json().at("errors").at(0).at("pointer").as_string(), "/configuration/rate.share") << share;
  }
  EXPECT_EQ(rig_.service().calls(), 0);
}

TEST_F(InstancesTest, EveryFaultOfTheBodyIsNamedAtOnce) {
  const Answered refused =
      rig_.Platform("POST", "/instances",
                    R"({"element":{"key":"demo"},"configuration":{"tokn":"x","bulk.status.completed":"DONE"}})");
  ASSERT_EQ(refused.status, 400);
  std::vector<std::string> pointers;
  for (const auto& fault : refused.json().at("errors").as_array()) {
    pointers.emplace_back(fault.at("pointer").as_string());
  }
  EXPECT_EQ(pointers, (std::vector<std::string>{"/configuration/bulk.status.completed", "/configuration/tokn",
                                                "/configuration/token"}));
  EXPECT_NE(refused.body.find("did you mean \\\"token\\\"?"), std::string::npos) << refused.body;
}

TEST_F(InstancesTest, AMemberThatNobodyKnowsIsRefusedWithItsPointer) {
  const Answered refused = rig_.Platform("POST", "/instances", R"({"element":{"key":"demo"},"tenant_id":"B"})");
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(refused.json().at("errors").at(0).at("pointer"), "/tenant_id");
}

TEST_F(InstancesTest, SettingsOfTheOriginalThatDoNothingAreToldAsIgnored) {
  const Answered made =
      rig_.Platform("POST", "/instances", Rig::OrderJson(R"(,"oauth.api.key":"canary","event.vendor.type":"polling")"));
  ASSERT_EQ(made.status, 200) << made.body;
  EXPECT_EQ(boost::json::serialize(made.json().at("ignored")),
            R"(["configuration.event.vendor.type","configuration.oauth.api.key"])");
  EXPECT_EQ(made.body.find("canary"), std::string::npos);
}

TEST_F(InstancesTest, TheElementMayBeNamedByThePath) {
  EXPECT_EQ(rig_.Platform("POST", "/elements/demo/instances", R"({"name":"n","configuration":{"token":"good-token"}})")
                .status,
            200);
  EXPECT_EQ(rig_.Platform("POST", "/elements/dem/instances", R"({"name":"n"})").status, 404);
  const Answered typo = rig_.Platform("POST", "/instances", R"({"element":{"key":"dmo"},"configuration":{}})");
  EXPECT_EQ(typo.status, 400);
  EXPECT_EQ(typo.text("hint"), "Did you mean \"demo\"?");
}

TEST_F(InstancesTest, AChangeIsMergedTestedAndToldToTheEngine) {
  rig_.Connect(R"(,"region":"US")");
  const std::string path = "/instances/" + std::to_string(rig_.last_instance.value);
  EXPECT_EQ(rig_.Platform("PATCH", path, R"({"configuration":{"token":"bad"}})").status, 400);
  EXPECT_TRUE(rig_.told().changed.empty());
  const int calls = rig_.service().calls();
  const Answered changed = rig_.Platform("PATCH", path, R"({"configuration":{"bulk.status.completed":"COMPLETE"}})");
  EXPECT_EQ(changed.status, 200) << changed.body;
  EXPECT_EQ(boost::json::serialize(changed.json().at("configuration")),
            R"({"bulk.status.completed":"COMPLETE","region":"US"})");
  EXPECT_EQ(rig_.service().calls(), calls);  // nothing that the service looks at
  EXPECT_EQ(rig_.told().changed, std::vector{rig_.last_instance});
  const Answered removed = rig_.Platform("PATCH", path, R"({"configuration":{"region":null}})");
  EXPECT_FALSE(removed.json().at("configuration").as_object().contains("region"));
  EXPECT_EQ(rig_.Platform("PATCH", path, R"({"configuration":{"token":null}})").status, 400);
}

TEST_F(InstancesTest, AChangeOfWhatIsNotThereOrCannotBeChangedIsRefused) {
  rig_.Connect();
  const std::string path = "/instances/" + std::to_string(rig_.last_instance.value);
  for (const std::string_view pointer : {"/tenant_id", "/state", "/id", "/token"}) {
    const std::string body = R"({")" + std::string(pointer.substr(1)) + R"(":"B"})";
    const Answered refused = rig_.Platform("PATCH", path, body);
    EXPECT_EQ(refused.status, 400);
    EXPECT_EQ(refused.json().at("errors").at(0).at("pointer").as_string(), pointer);
  }
}

TEST_F(InstancesTest, ADisabledInstanceCannotSignIn) {
  const std::string token = rig_.Connect();
  EXPECT_EQ(rig_.Element("GET", "/ping", token).status, 200);
  rig_.Platform("PATCH", "/instances/" + std::to_string(rig_.last_instance.value), R"({"disabled":true})");
  EXPECT_EQ(rig_.Element("GET", "/ping", token).status, 401);
}

TEST_F(InstancesTest, UnknownAndMisspeltIdsAreAnsweredTheSame) {
  for (const std::string_view id : {"999", "0", "-1", "x", "99999999999999999999"}) {
    const Answered answer = rig_.Platform("GET", "/instances/" + std::string(id));
    EXPECT_EQ(answer.status, 404);
    EXPECT_EQ(answer.text("message"), "There is no such instance.");
  }
}

TEST_F(InstancesTest, ABodyThatIsNotJsonIsRefused) {
  Sent form{"a=b", "application/x-www-form-urlencoded", {{"Authorization", rig_.platform()}}};
  EXPECT_EQ(rig_.Send("POST", "/elements/api-v2/instances", form).status, 415);
  EXPECT_EQ(rig_.Platform("POST", "/instances", "{").status, 400);
  EXPECT_EQ(rig_.Platform("POST", "/instances", "\"" + std::string(70'000, 'x') + "\"").status, 413);
}

TEST_F(InstancesTest, ElementsTellWhatAnInstanceNeeds) {
  const Answered element = rig_.Platform("GET", "/elements/DEMO/metadata");
  ASSERT_EQ(element.status, 200);
  EXPECT_EQ(element.text("hub"), "marketing");
  EXPECT_EQ(element.json().at("settings").at(0).at("required"), true);
  EXPECT_EQ(rig_.Platform("GET", "/elements").json().as_array().size(), 1u);
  const Answered objects = rig_.Platform("GET", "/elements/demo/objects");
  EXPECT_EQ(objects.json().at(1).at("name"), "person");
  EXPECT_EQ(objects.json().at(1).at("primaryKeyName"), "number");
  EXPECT_EQ(rig_.Platform("GET", "/elements/nope/metadata").status, 404);
}

}  // namespace
}  // namespace rowcall::api
