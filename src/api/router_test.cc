#include "api/router.h"

#include <gtest/gtest.h>

#include "api/sign_in.h"

namespace rowcall::api {
namespace {

std::string PatternAt(std::string_view method, std::string_view path) {
  const RouteMatch match = FindRoute(method, path);
  return match.route == nullptr ? "" : std::string(match.route->pattern);
}

TEST(RouterTest, APathIsFoundWithAndWithoutItsHub) {
  EXPECT_EQ(PatternAt("GET", "/elements/api-v2/objects"), "/objects");
  const RouteMatch match = FindRoute("GET", "/elements/api-v2/hubs/marketing/bulk/12/status");
  ASSERT_NE(match.route, nullptr);
  EXPECT_EQ(match.route->pattern, "/bulk/{id}/status");
  EXPECT_EQ(match.hub, "marketing");
  EXPECT_EQ(match.values.at("id"), "12");
}

TEST(RouterTest, AFixedSegmentWinsOverAParameter) {
  EXPECT_EQ(PatternAt("GET", "/elements/api-v2/bulk/jobs"), "/bulk/jobs");
  EXPECT_EQ(PatternAt("GET", "/elements/api-v2/bulk/12"), "/bulk/{id}");
}

TEST(RouterTest, HealthAndDescriptionAreAtTheRootTooAndNothingElseIs) {
  EXPECT_EQ(PatternAt("GET", "/healthz"), "/healthz");
  EXPECT_EQ(PatternAt("GET", "/openapi.json"), "/openapi.json");
  EXPECT_EQ(PatternAt("GET", "/elements/api-v2/healthz"), "/healthz");
  EXPECT_EQ(PatternAt("GET", "/objects"), "");
}

TEST(RouterTest, WhatIsNoPathHasNoMethods) {
  for (const std::string_view path :
       {"/", "/elements/api-v2", "/elements/api-v2x/objects", "/elements/api-v2/objects/",
        "/elements/api-v2/hubs/marketing", "/elements/api-v2/hubs//objects", "/elements/api-v2/bulk//status", ""}) {
    EXPECT_EQ(FindRoute("GET", path).allow, "") << path;
  }
}

TEST(RouterTest, AWrongMethodIsToldTheRightOnes) {
  const RouteMatch match = FindRoute("POST", "/elements/api-v2/instances/3");
  EXPECT_EQ(match.route, nullptr);
  EXPECT_EQ(match.allow, "GET, HEAD, PATCH, DELETE");
}

TEST(RouterTest, HeadIsAnsweredWhereGetIs) {
  EXPECT_EQ(PatternAt("HEAD", "/elements/api-v2/objects"), "/objects");
  EXPECT_EQ(PatternAt("HEAD", "/elements/api-v2/bulk/12/cancel"), "");
}

TEST(AuthorizationTest, TheWordsMayComeInAnyOrderAndCase) {
  const auto credentials = ParseAuthorization("ORGANIZATION o ,user  u,Element e=");
  ASSERT_TRUE(credentials);
  EXPECT_EQ(credentials->element->Reveal(), "e=");
  EXPECT_EQ(credentials->user->Reveal(), "u");
  EXPECT_EQ(credentials->organization->Reveal(), "o");
}

TEST(AuthorizationTest, AnythingElseIsRefusedWithoutQuotingIt) {
  for (const std::string_view header :
       {"", "Bearer canary", "Element canary, Element canary", "Element", "Element canary,"}) {
    const auto credentials = ParseAuthorization(header);
    ASSERT_FALSE(credentials) << header;
    EXPECT_EQ(credentials.error().kind, ErrorKind::unauthenticated);
    EXPECT_EQ(credentials.error().message.find("canary"), std::string::npos);
  }
}

}  // namespace
}  // namespace rowcall::api
