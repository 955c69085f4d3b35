#include "dispatch/lane.h"

#include <gtest/gtest.h>

#include "dispatch/probe.h"

namespace rowcall::dispatch {
namespace {

/// Takes every request and answers none.
class SilentService final : public net::HttpClient {
 public:
  async::Task<net::Exchange> Send(const net::HttpRequest& request) override {
    sent.push_back({request.url.Origin(), request.only_allowed_by_hand});
    net::Exchange exchange;
    exchange.delivery = net::Delivery::maybe_sent;
    co_return exchange;
  }

  std::vector<std::pair<std::string, bool>> sent;
};

/// Refuses everything, and repeats what it was sent to sign in.
class EchoingService final : public net::HttpClient {
 public:
  async::Task<net::Exchange> Send(const net::HttpRequest& request) override {
    const std::string words = "Not good: " + std::string(request.headers.Find("Authorization").value_or("nothing"));
    if (before_it_answers) before_it_answers();
    net::Exchange exchange;
    exchange.delivery = net::Delivery::answered;
    exchange.answer.status = 401;
    exchange.answer.headers.Add("X-Request-Id", words);
    exchange.answer.body = R"({"code":")" + words + R"(","message":")" + words + "\"}";
    ++calls;
    co_return exchange;
  }

  int calls = 0;
  std::function<void()> before_it_answers;
};

class LaneTest : public testing::Test {
 protected:
  LaneTest() {
    connector_->hosts = {"api.demo.test", "api.eu.demo.test"};
    connector_->base_url = "https://api.demo.test";
    connector_->base_url_setting = "base.url";
    connector_->test.method = "GET";
    connector_->test.path = "/me";
    connector_->bearer_setting = "token";
    connector_->error_code = "code";
    connector_->error_message = "message";
  }

  /// Whether what goes to that base address, from jobs and from connection tests, needs an allowance by hand.
  bool NeedsAllowance(const std::string& base) {
    model::Instance instance;
    if (!base.empty()) instance.configuration["base.url"] = base;
    service_.sent.clear();
    Lane lane(timers_, service_, connector_, instance);
    const StopToken stop;
    async::RunToEnd(loop_, lane.Test(stop));
    async::RunToEnd(loop_, TestConnection(service_, *connector_, instance));
    EXPECT_EQ(service_.sent.size(), 2u) << base;
    EXPECT_EQ(service_.sent.front(), service_.sent.back()) << base;
    return service_.sent.front().second;
  }

  static model::Instance Holding(const char* token) {
    model::Instance instance;
    instance.secrets.emplace("token", Secret(std::string(token)));
    return instance;
  }

  async::Loop loop_;
  FakeClock clock_;
  async::FakeTimers timers_{clock_};
  SilentService service_;
  std::shared_ptr<connector::Connector> connector_ = std::make_shared<connector::Connector>();
};

TEST_F(LaneTest, TheConnectorsOwnHostsNeedNoAllowance) {
  for (const char* base : {"", "https://api.demo.test", "https://API.eu.demo.test:443/v2/"}) {
    EXPECT_FALSE(NeedsAllowance(base)) << base;
  }
}

TEST_F(LaneTest, AnyOtherAddressIsSentToOnlyIfAllowedByHand) {
  for (const char* base : {"https://other.test", "http://api.demo.test", "https://api.demo.test:8443",
                           "https://api.demo.test.other.test", "http://127.0.0.1:9090"}) {
    EXPECT_TRUE(NeedsAllowance(base)) << base;
  }
}

TEST_F(LaneTest, WhatTheServiceRepeatsOfASecretIsTakenOutOfTheReason) {
  EchoingService echo;
  Lane lane(timers_, echo, connector_, Holding("canary-token"));
  const StopToken stop;
  const model::Reason reason = async::RunToEnd(loop_, lane.Test(stop)).verdict.reason;
  EXPECT_EQ(reason.service_message, "Not good: Bearer [secret]");
  for (const std::string& text : {reason.code, reason.message, reason.service_code, reason.service_request_id}) {
    EXPECT_NE(text.find("[secret]"), std::string::npos) << text;
    EXPECT_EQ(text.find("canary"), std::string::npos) << text;
  }
  EXPECT_EQ(lane.wait_reason().find("canary"), std::string::npos) << lane.wait_reason();
  const auto tested = async::RunToEnd(loop_, TestConnection(echo, *connector_, Holding("canary-token")));
  ASSERT_FALSE(tested);
  EXPECT_EQ(tested.error().message.find("canary"), std::string::npos) << tested.error().message;
  EXPECT_EQ(echo.calls, 2);
}

TEST_F(LaneTest, ASecretThatIsReplacedWhileTheServiceAnswersIsTakenOutToo) {
  EchoingService echo;
  Lane lane(timers_, echo, connector_, Holding("canary-old"));
  echo.before_it_answers = [&] { lane.Replace(Holding("canary-new")); };
  const StopToken stop;
  const model::Reason reason = async::RunToEnd(loop_, lane.Test(stop)).verdict.reason;
  EXPECT_EQ(reason.service_message, "Not good: Bearer [secret]");
}

TEST_F(LaneTest, WithoutTheSecretThatSignsInNothingIsSent) {
  EchoingService echo;
  model::Instance instance;
  instance.unreadable.emplace("token", "the token cannot be opened");
  Lane lane(timers_, echo, connector_, instance);
  const StopToken stop;
  EXPECT_EQ(async::RunToEnd(loop_, lane.Test(stop)).verdict.meaning, connector::Meaning::stop);
  EXPECT_EQ(lane.wait_reason(), "the token cannot be opened");
  const auto tested = async::RunToEnd(loop_, TestConnection(echo, *connector_, instance));
  ASSERT_FALSE(tested);
  EXPECT_EQ(tested.error().message, "the token cannot be opened");
  EXPECT_EQ(echo.calls, 0);
}

}  // namespace
}  // namespace rowcall::dispatch
