#include "api/test_rig.h"

namespace rowcall::api {
namespace {

class CallsTest : public testing::Test {
 protected:
  Answered With(const std::string& authorization, const std::string& path = "/elements/api-v2/ping") {
    return rig_.Send("GET", path, {"", "", {{"Authorization", authorization}}});
  }

  Rig rig_;
};

TEST_F(CallsTest, EveryAnswerIsNamedAndNotStoredAnywhere) {
  const std::string token = rig_.Connect();
  for (const Answered& answer :
       {rig_.Send("GET", "/healthz"), rig_.Send("GET", "/nothing"), rig_.Element("GET", "/objects", token),
        rig_.Send("GET", "/elements/api-v2/objects")}) {
    EXPECT_EQ(answer.header("Elements-Request-Id").size(), 24u);
    EXPECT_EQ(answer.header("X-Request-Id"), answer.header("Elements-Request-Id"));
    EXPECT_EQ(answer.header("Cache-Control"), "no-store");
    EXPECT_EQ(answer.header("X-Content-Type-Options"), "nosniff");
    EXPECT_EQ(answer.header("Referrer-Policy"), "no-referrer");
    EXPECT_NE(answer.header("Content-Security-Policy").find("frame-ancestors 'none'"), std::string::npos);
  }
}

TEST_F(CallsTest, AProblemTellsTypeMessageAndTheRequestIdOfItsHeader) {
  const Answered answer = rig_.Send("GET", "/nothing");
  EXPECT_EQ(answer.status, 404);
  EXPECT_EQ(answer.header("Content-Type"), "application/problem+json");
  EXPECT_EQ(answer.text("type"), "urn:rowcall:problem:not_found");
  EXPECT_EQ(answer.text("message"), "There is nothing at \"/nothing\".");
  EXPECT_EQ(answer.text("requestId"), answer.header("Elements-Request-Id"));
}

TEST_F(CallsTest, ARequestIdThatTheClientGivesNamesTheCall) {
  const Answered answer = rig_.Send("GET", "/nothing", {"", "", {{"X-Request-Id", "its-own.1"}}});
  EXPECT_EQ(answer.text("requestId"), "its-own.1");
  EXPECT_EQ(answer.header("X-Request-Id"), "its-own.1");
  EXPECT_EQ(answer.header("Elements-Request-Id"), "its-own.1");
  EXPECT_EQ(rig_.Send("GET", "/nothing", {"", "", {{"X-Request-Id", "not <usable>"}}}).text("requestId").size(), 24u);
}

TEST_F(CallsTest, ElementUserAndOrganizationMustBelongTogether) {
  const std::string token = rig_.Connect();
  const std::string element = "Element " + token, user = "User " + rig_.user();
  const std::string organization = "Organization " + rig_.organization();
  EXPECT_EQ(With(element + ", " + user).status, 200);
  EXPECT_EQ(With(user + ", " + organization + ", " + element).status, 200);
  for (const std::string& wrong : {element, user, element + "x, " + user, element + ", " + user + "x",
                                   element + ", " + user + ", Organization nope", user + ", " + organization}) {
    const Answered answer = With(wrong);
    EXPECT_EQ(answer.status, 401) << wrong;
    EXPECT_EQ(answer.header("WWW-Authenticate"), "Element realm=\"rowcall\"");
  }
}

TEST_F(CallsTest, PlatformCallsNeedUserAndOrganization) {
  EXPECT_EQ(With(rig_.platform(), "/elements/api-v2/instances").status, 200);
  EXPECT_EQ(With("User " + rig_.user(), "/elements/api-v2/instances").status, 401);
  EXPECT_EQ(rig_.Send("GET", "/elements/api-v2/instances").status, 401);
}

TEST_F(CallsTest, AWrongHubIsToldTheRightOne) {
  const std::string token = rig_.Connect();
  EXPECT_EQ(rig_.Element("GET", "/hubs/Marketing/objects", token).status, 200);
  const Answered wrong = rig_.Element("GET", "/hubs/crm/objects", token);
  EXPECT_EQ(wrong.status, 404);
  EXPECT_NE(wrong.text("hint").find("\"marketing\""), std::string::npos) << wrong.body;
  EXPECT_EQ(rig_.Platform("GET", "/hubs/crm/instances").status, 404);
  EXPECT_EQ(rig_.Platform("GET", "/hubs/marketing/instances").status, 200);
}

TEST_F(CallsTest, AWrongMethodIsAnsweredWithThoseAllowed) {
  const Answered answer = rig_.Send("DELETE", "/healthz");
  EXPECT_EQ(answer.status, 405);
  EXPECT_EQ(answer.header("Allow"), "GET, HEAD");
}

TEST_F(CallsTest, HeadIsAnsweredLikeGetWithoutBody) {
  const Answered head = rig_.Send("HEAD", "/healthz");
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.body, "");
}

TEST_F(CallsTest, WhoDoesNotAcceptJsonIsToldSo) {
  EXPECT_EQ(rig_.Send("GET", "/healthz", {"", "", {{"Accept", "text/csv"}}}).status, 406);
  EXPECT_EQ(rig_.Send("GET", "/healthz", {"", "", {{"Accept", "text/csv, application/*;q=0.1"}}}).status, 200);
}

TEST_F(CallsTest, PingNamesTheConnector) {
  EXPECT_EQ(rig_.Element("GET", "/ping", rig_.Connect()).text("endpoint"), "demo");
}

TEST_F(CallsTest, ObjectsAreListedByName) {
  EXPECT_EQ(rig_.Element("GET", "/hubs/marketing/objects", rig_.Connect()).body, R"(["club","person"])");
}

TEST_F(CallsTest, MetadataHasTheWorkspacesOwnFields) {
  const std::string token = rig_.Connect();
  const Answered all = rig_.Element("GET", "/objects/People/metadata", token);
  ASSERT_EQ(all.status, 200) << all.body;
  EXPECT_NE(all.body.find(R"("vendorPath":"mail")"), std::string::npos);
  EXPECT_NE(all.body.find(R"("vendorPath":"own.shoe")"), std::string::npos) << all.body;
  const Answered own = rig_.Element("GET", "/objects/person/metadata?customFieldsOnly=true", token);
  EXPECT_EQ(own.json().at("fields").as_array().size(), 1u);
  EXPECT_EQ(rig_.Element("GET", "/objects/persn/metadata", token).status, 404);
  rig_.service().GoDown();
  EXPECT_EQ(rig_.Element("GET", "/objects/person/metadata", token).status, 502);
}

TEST_F(CallsTest, TheDescriptionIsServedAsJson) {
  EXPECT_EQ(rig_.Send("GET", "/openapi.json").text("openapi"), "3.1.0");
}

TEST_F(CallsTest, BytesThatAreNoTextAreNotQuotedBack) {
  const Answered answer = rig_.Send("GET", "/%ff%00%1b");
  EXPECT_EQ(answer.text("message"), "There is nothing at \"/???\".");
}

TEST_F(CallsTest, TheServerIsReadyWhenItsLedgerCanBeWritten) {
  EXPECT_EQ(rig_.Send("GET", "/readyz").status, 200);
  EXPECT_EQ(rig_.Send("GET", "/readyz").text("status"), "ready");
}

}  // namespace
}  // namespace rowcall::api
