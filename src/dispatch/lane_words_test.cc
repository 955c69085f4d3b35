#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "dispatch/lane.h"
#include "dispatch/probe.h"

namespace rowcall::dispatch {
namespace {

/// Refuses everything, and repeats what it was sent to sign in.
class EchoingService final : public net::HttpClient {
 public:
  async::Task<net::Exchange> Send(const net::HttpRequest& request) override {
    const std::string words = "Not good: " + std::string(request.headers.Find("Authorization").value_or("nothing"));
    if (before_it_answers) before_it_answers();
    net::Exchange exchange;
    exchange.delivery = net::Delivery::answered;
    exchange.answer.status = 401;
    std::string id = words;
    std::ranges::replace(id, ' ', '_');
    exchange.answer.headers.Add("X-Request-Id", id);
    exchange.answer.body = R"({"code":")" + words + R"(","message":")" + words + "\"}";
    ++calls;
    co_return exchange;
  }

  int calls = 0;
  std::function<void()> before_it_answers;
};

/// What is kept of the words of a service that repeats what it was sent.
class LaneWordsTest : public testing::Test {
 protected:
  LaneWordsTest() {
    connector_->title = "Demo";
    connector_->base_url = "https://api.demo.test";
    connector_->test.path = "/me";
    connector_->bearer_setting = "token";
    connector_->error_code = "code";
    connector_->error_message = "message";
  }

  static model::Instance Holding(const char* token) {
    model::Instance instance;
    instance.secrets.emplace("token", Secret(std::string(token)));
    return instance;
  }

  async::Loop loop_;
  FakeClock clock_;
  async::FakeTimers timers_{clock_};
  std::shared_ptr<connector::Connector> connector_ = std::make_shared<connector::Connector>();
};

TEST_F(LaneWordsTest, WhatTheServiceRepeatsOfASecretIsTakenOutOfTheReason) {
  EchoingService echo;
  Lane lane(timers_, echo, connector_, Holding("canary-token"));
  const StopToken stop;
  const model::Reason reason = *async::RunToEnd(loop_, lane.Test(stop)).verdict.reason;
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

TEST_F(LaneWordsTest, ASecretThatIsReplacedWhileTheServiceAnswersIsTakenOutToo) {
  EchoingService echo;
  Lane lane(timers_, echo, connector_, Holding("canary-old"));
  echo.before_it_answers = [&] { lane.Replace(Holding("canary-new")); };
  const StopToken stop;
  const model::Reason reason = *async::RunToEnd(loop_, lane.Test(stop)).verdict.reason;
  EXPECT_EQ(reason.service_message, "Not good: Bearer [secret]");
}

TEST_F(LaneWordsTest, WithoutTheSecretThatSignsInNothingIsSent) {
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

TEST_F(LaneWordsTest, WhyItWaitsHasThoseOfTheTestAloneUnlessPersonalDataIsShown) {
  EchoingService echo;
  model::Instance instance = Holding("canary-token");
  Lane lane(timers_, echo, connector_, instance);
  const StopToken stop;
  RateShare whole;
  const connector::CallTemplate of_row;
  async::RunToEnd(loop_, lane.Call(of_row, {}, "", stop, whole));
  EXPECT_EQ(lane.wait_reason(), "sign-in refused: Demo answered 401.");
  async::RunToEnd(loop_, lane.Test(stop));
  EXPECT_EQ(lane.wait_reason(), "sign-in refused: Demo answered 401: Not good: Bearer [secret]");
  instance.configuration["reasons.personal"] = "show";
  lane.Replace(instance);
  async::RunToEnd(loop_, lane.Call(of_row, {}, "", stop, whole));
  EXPECT_EQ(lane.wait_reason(), "sign-in refused: Demo answered 401: Not good: Bearer [secret]");
}

}  // namespace
}  // namespace rowcall::dispatch
