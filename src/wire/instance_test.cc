#include "wire/instance.h"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

#include "wire/test_json.h"

namespace rowcall::wire {
namespace {

TEST(InstanceTest, AnAnswerNeverHoldsASecret) {
  model::Instance instance{.id = InstanceId{7}, .tenant = TenantId{1}, .connector = "acme", .name = "Mine"};
  instance.configuration["base.url"] = "http://127.0.0.1:9090";
  instance.secrets["oauth.user.token"] = Secret("SECRET-CANARY");
  const std::string json = InstanceJson(instance, {"acme", "Acme", "marketing"});
  EXPECT_EQ(json.find("SECRET-CANARY"), std::string::npos);
  const auto view = ParseInstance(json);
  ASSERT_TRUE(view);
  EXPECT_EQ(view->id, InstanceId{7});
  EXPECT_EQ(view->hub, "marketing");
  EXPECT_EQ(view->configuration, instance.configuration);
  EXPECT_TRUE(view->token.empty());
  EXPECT_EQ(ParseObject(json).at("secretsSet"), boost::json::parse(R"(["oauth.user.token"])"));
}

TEST(InstanceTest, ASecretThatCannotBeReadMakesItInvalid) {
  model::Instance instance{.id = InstanceId{7}, .tenant = TenantId{1}, .connector = "acme", .name = "Mine"};
  EXPECT_EQ(ParseObject(InstanceJson(instance, {"acme", "Acme", "crm"})).at("valid"), true);
  instance.unreadable["oauth.user.token"] = "it was changed";
  EXPECT_EQ(ParseObject(InstanceJson(instance, {"acme", "Acme", "crm"})).at("valid"), false);
}

TEST(InstanceTest, TokenAndWebhookSecretAreShownRightAfterCreation) {
  const ShownOnce once{Secret("tok"), Secret("whsec_x")};
  const auto view = ParseInstance(InstanceJson({.id = InstanceId{7}}, {"acme", "Acme", "crm"}, {"tags"}, &once));
  ASSERT_TRUE(view);
  EXPECT_EQ(view->token.Reveal(), "tok");
  EXPECT_EQ(view->webhook_secret.Reveal(), "whsec_x");
}

TEST(InstanceTest, AnOrderReadsBack) {
  InstanceOrder order{.connector = "acme", .name = "Mine"};
  order.configuration["oauth.user.token"] = Secret("tok");
  const auto read = ParseInstanceOrder(InstanceOrderJson(order));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->connector, "acme");
  EXPECT_EQ(read->name, "Mine");
  EXPECT_EQ(read->configuration.at("oauth.user.token").Reveal(), "tok");
}

TEST(InstanceTest, ExtrasOfTheOriginalsClientsAreToldAsIgnored) {
  const auto order =
      ParseInstanceOrder(R"({"element":{"key":"acme"},"providerData":{"code":"x"},"tags":["a"],"name":"n"})");
  ASSERT_TRUE(order);
  EXPECT_EQ(order->ignored, (std::vector<std::string>{"providerData", "tags"}));
}

TEST(InstanceTest, EveryFaultOfAnOrderIsNamedWithItsPointer) {
  const auto order =
      ParseInstanceOrder(R"({"element":{"keyy":"acme"},"tenant_id":"B","nam":"x","configuration":{"a/b":{}}})");
  ASSERT_FALSE(order);
  std::vector<std::string> pointers;
  for (const Fault& fault : order.error()) pointers.push_back(fault.pointer);
  EXPECT_EQ(pointers, (std::vector<std::string>{"/element/keyy", "/configuration/a~1b", "/tenant_id", "/nam"}));
  EXPECT_NE(order.error().back().message.find("did you mean \"name\"?"), std::string::npos);
}

TEST(InstanceTest, AChangeHoldsOnlyWhatIsToChange) {
  const auto change = ParseInstanceChange(R"({"configuration":{"a":"1","b":null,"c":15}})");
  ASSERT_TRUE(change);
  EXPECT_FALSE(change->name);
  EXPECT_FALSE(change->disabled);
  EXPECT_EQ(change->configuration.at("a")->Reveal(), "1");
  EXPECT_FALSE(change->configuration.at("b"));
  EXPECT_EQ(change->configuration.at("c")->Reveal(), "15");
}

TEST(InstanceTest, WhatCannotBeChangedIsToldApartFromWhatDoesNotExist) {
  const auto change = ParseInstanceChange(R"({"id":3,"tenant_id":"B"})");
  ASSERT_FALSE(change);
  ASSERT_EQ(change.error().size(), 2u);
  EXPECT_EQ(change.error()[0].message, "\"id\" cannot be changed.");
  EXPECT_EQ(change.error()[1].pointer, "/tenant_id");
}

}  // namespace
}  // namespace rowcall::wire
