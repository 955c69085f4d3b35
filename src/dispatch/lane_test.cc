#include "dispatch/lane.h"

#include <gtest/gtest.h>

#include <algorithm>

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

/// Answers from a list, then always with its last.
class ScriptedService final : public net::HttpClient {
 public:
  async::Task<net::Exchange> Send(const net::HttpRequest&) override {
    net::Exchange exchange;
    exchange.delivery = net::Delivery::answered;
    exchange.answer = answers.at(std::min(calls++, answers.size() - 1));
    co_return exchange;
  }

  std::vector<net::HttpAnswer> answers;
  std::size_t calls = 0;
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

  /// Makes calls until one is answered 200; says how long they had to wait, at most two hours, to the minute.
  async::Task<Duration> TimeOfTwoCalls(Lane& lane) {
    StopToken stop;
    bool done = false;
    loop_.Spawn(CallTwice(lane, stop, done));
    Duration waited{};
    for (; !done && waited < std::chrono::hours(2); co_await Turn()) {
      if (timers_.empty()) continue;
      timers_.Advance(std::chrono::minutes(1));
      waited += std::chrono::minutes(1);
    }
    stop.stopped = true;
    lane.Wake();
    while (!done) co_await Turn();
    co_return waited;
  }
  async::Task<void> CallTwice(Lane& lane, const StopToken& stop, bool& done) {
    told_ = (co_await lane.Test(stop)).verdict.meaning;
    co_await lane.Test(stop);
    done = true;
  }
  static async::Task<void> Turn() {
    auto resume_at_once = [](auto resume) { resume(); };
    co_await async::Suspend(std::move(resume_at_once));
  }

  Duration WaitBehind(net::HttpAnswer first) {
    scripted_.answers = {std::move(first), {200, {}, R"({"id":"me"})"}};
    scripted_.calls = 0;
    connector_->max_in_flight = 1;
    connector_->rate = {.limit_header = "X-Limit",
                        .remaining_header = "X-Left",
                        .reset_header = "X-Reset",
                        .window = std::chrono::seconds(10)};
    Lane lane(timers_, scripted_, connector_, {});
    const Duration waited = async::RunToEnd(loop_, TimeOfTwoCalls(lane));
    believed_ = lane.VendorSeconds();
    return waited;
  }

  async::Loop loop_;
  FakeClock clock_;
  async::FakeTimers timers_{clock_};
  SilentService service_;
  ScriptedService scripted_;
  std::int64_t believed_ = 0;  ///< The service's clock, as the lane understood it.
  connector::Meaning told_{};  ///< To the first of two callers.
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

TEST_F(LaneTest, ACallThatIsRefusedForItselfDoesNotHideThatTheSignInIs) {
  scripted_.answers = {{401, {}, "{}"}, {400, {}, "{}"}};
  Lane lane(timers_, scripted_, connector_, {});
  const StopToken stop;
  async::RunToEnd(loop_, lane.Test(stop));
  EXPECT_EQ(async::RunToEnd(loop_, lane.Test(stop)).verdict.meaning, connector::Meaning::no);
  EXPECT_TRUE(lane.wait_reason().starts_with("sign-in refused")) << lane.wait_reason();
}

TEST_F(LaneTest, ARefusedCallIsMadeAgainWhenTheServiceSays) {
  const Duration waited = WaitBehind({429, {{"Retry-After", "600"}}, ""});
  EXPECT_GE(waited, std::chrono::minutes(10));
  EXPECT_LE(waited, std::chrono::minutes(11));
}

TEST_F(LaneTest, ARefusalForTheRateIsNoAnswerSoThatItCostsNoAttempt) {
  WaitBehind({429, {}, ""});
  EXPECT_EQ(told_, connector::Meaning::yes);
  EXPECT_EQ(scripted_.calls, 3u);
}

TEST_F(LaneTest, NoHeaderOfTheServiceMakesUsWaitLongerThanAnHour) {
  const std::pair<std::string, std::string> date{"Date", "Thu, 01 Jan 2026 00:00:00 GMT"};
  const std::vector<net::HttpAnswer> answers = {
      {429, {{"Retry-After", "100000000"}}, ""},
      {429, {{"Retry-After", "9223372036854775807"}}, ""},
      {429, {{"Retry-After", "-9223372036854775808"}}, ""},
      {200, {date, {"X-Limit", "1"}, {"X-Left", "0"}, {"X-Reset", "4102444799"}}, "{}"},
      {200, {date, {"X-Limit", "1"}, {"X-Left", "0"}, {"X-Reset", "9223372036854775807"}}, "{}"},
      {200, {date, {"X-Limit", "1"}, {"X-Left", "0"}, {"X-Reset", "-9223372036854775808"}}, "{}"},
      {200, {{"X-Limit", "1"}, {"X-Left", "0"}, {"X-Reset", "4102444799"}}, "{}"},
      {200, {date, {"X-Limit", "-1"}, {"X-Left", "-1"}, {"X-Reset", "1767225601"}}, "{}"},
  };
  for (const net::HttpAnswer& answer : answers) {
    EXPECT_LE(WaitBehind(answer), std::chrono::minutes(61)) << answer.headers.all().back().second;
  }
}

TEST_F(LaneTest, ADateOutsideThisCenturyIsNotBelieved) {
  for (const char* date : {"Fri, 31 Dec 9999 23:59:59 GMT", "Sat, 01 Jan 2250 00:00:00 GMT",
                           "Thu, 01 Jan 1970 00:00:00 GMT", "Mon, 01 Jan 0001 00:00:00 GMT"}) {
    WaitBehind({200, {{"Date", date}}, "{}"});
    EXPECT_EQ(believed_, 0) << date;
  }
  WaitBehind({200, {{"Date", "Thu, 01 Jan 2026 00:00:00 GMT"}}, "{}"});
  EXPECT_EQ(believed_, 1'767'225'600);
}

/// Gives no definite answer while it is away, and counts who asks.
class FlakyService final : public net::HttpClient {
 public:
  async::Task<net::Exchange> Send(const net::HttpRequest& request) override {
    ++(request.method == "GET" ? tests : rows);
    net::Exchange exchange;
    exchange.delivery = away ? net::Delivery::maybe_sent : net::Delivery::answered;
    exchange.answer = {200, {}, R"({"id":"1"})"};
    co_return exchange;
  }

  bool away = true;
  int tests = 0;
  int rows = 0;
};

class OutageTest : public LaneTest {
 protected:
  OutageTest() {
    row_.method = "POST";
    row_.path = "/people";
  }

  async::Task<void> SendRow(Lane& lane, const StopToken& stop) {
    const connector::FilledCall filled{row_.method, row_.path, ""};
    const Called called = co_await lane.Call(row_, filled, "", stop, share_);
    ++(called.withdrawn ? withdrawn_ : called.verdict.meaning == connector::Meaning::stop ? refused_ : ended_);
  }
  void Begin(Lane& lane, int rows, const StopToken& stop) {
    for (int row = 0; row < rows; ++row) loop_.Spawn(SendRow(lane, stop));
    Settle();
  }
  void Advance(Duration by) {
    timers_.Advance(by);
    Settle();
  }
  /// Everything that can go on now has gone on.
  void Settle() {
    for (int turn = 0; turn < 50; ++turn) async::RunToEnd(loop_, OneTurn());
  }
  async::Task<bool> OneTurn() {
    co_await Turn();
    co_return true;
  }

  FlakyService flaky_;
  connector::CallTemplate row_;
  StopToken stop_;
  RateShare share_;
  int ended_ = 0;
  int withdrawn_ = 0;
  int refused_ = 0;
};

TEST_F(OutageTest, AfterTwentyAmbiguousAnswersNoRowIsSentUntilATestIsAnswered) {
  Lane lane(timers_, flaky_, connector_, {});
  Begin(lane, 25, stop_);
  EXPECT_EQ(flaky_.rows, 20);
  EXPECT_EQ(ended_, 20);
  EXPECT_TRUE(lane.wait_reason().starts_with("paused: vendor unavailable")) << lane.wait_reason();
  for (int second = 0; second < 600; ++second) Advance(std::chrono::seconds(1));
  EXPECT_EQ(flaky_.rows, 20);
  EXPECT_GE(flaky_.tests, 15);
  EXPECT_LE(flaky_.tests, 25);  // at growing intervals, one for all who wait
  flaky_.away = false;
  Advance(std::chrono::seconds(30));
  EXPECT_EQ(flaky_.rows, 25);
  EXPECT_EQ(ended_, 25);
  EXPECT_EQ(lane.wait_reason(), "");
}

TEST_F(OutageTest, WhoIsStoppedWaitsForTheServiceNoLonger) {
  Lane lane(timers_, flaky_, connector_, {});
  Begin(lane, 25, stop_);
  stop_.stopped = true;
  lane.Wake();
  Settle();
  EXPECT_EQ(ended_, 20);
  EXPECT_EQ(withdrawn_, 5);
  EXPECT_EQ(flaky_.rows, 20);
}

TEST_F(OutageTest, WhoWaitsForTheServiceHoldsUpNobodyElsesCancel) {
  connector_->max_in_flight = 2;
  Lane lane(timers_, flaky_, connector_, {});
  Begin(lane, 25, stop_);
  StopToken other;
  Begin(lane, 5, other);
  other.stopped = true;
  lane.Wake();
  Settle();
  EXPECT_EQ(withdrawn_, 5);
  flaky_.away = false;
  Advance(std::chrono::seconds(2));
  EXPECT_EQ(ended_, 25);
}

TEST_F(OutageTest, NoCallIsBegunThatCouldLastBeyondTheHold) {
  flaky_.away = false;
  connector_->deadline = std::chrono::seconds(10);
  Lane lane(timers_, flaky_, connector_, {});
  lane.HoldUntil(clock_.MonotonicNow() + std::chrono::milliseconds(10'001));
  Begin(lane, 1, stop_);
  EXPECT_EQ(flaky_.rows, 1);
  Advance(std::chrono::milliseconds(1));
  Begin(lane, 2, stop_);
  EXPECT_EQ(flaky_.rows, 1);
  lane.HoldUntil(clock_.MonotonicNow() + std::chrono::seconds(20));
  Settle();
  EXPECT_EQ(flaky_.rows, 3);
  Advance(std::chrono::seconds(11));
  Begin(lane, 2, stop_);
  stop_.stopped = true;
  lane.Wake();
  Settle();
  EXPECT_EQ(flaky_.rows, 3);
  EXPECT_EQ(withdrawn_, 2);
}

TEST_F(OutageTest, AnInstanceThatIsDisabledMeanwhileIsNotCalled) {
  Lane lane(timers_, flaky_, connector_, {});
  Begin(lane, 25, stop_);
  model::Instance disabled;
  disabled.disabled = true;
  lane.Replace(disabled);
  Settle();
  EXPECT_EQ(refused_, 5);
  EXPECT_EQ(lane.wait_reason(), "the instance is disabled");
  const int tests = flaky_.tests;
  for (int second = 0; second < 100; ++second) Advance(std::chrono::seconds(1));
  EXPECT_EQ(flaky_.tests, tests);
  EXPECT_EQ(flaky_.rows, 20);
}

/// Notes what it is sent, and answers when it is told to.
class PatientService final : public net::HttpClient {
 public:
  async::Task<net::Exchange> Send(const net::HttpRequest& request) override {
    sent.push_back(request.url.target);
    while (answers_left == 0) co_await may_answer.Wait();
    --answers_left;
    net::Exchange exchange;
    exchange.delivery = net::Delivery::answered;
    exchange.answer = {status, headers, R"({"id":"1"})"};
    exchange.connected_at = connected_at;
    co_return exchange;
  }

  void Answer(int calls) {
    answers_left += calls;
    may_answer.NotifyAll();
  }

  std::vector<std::string> sent;
  int status = 200;
  net::Headers headers;
  MonoTime connected_at{};
  int answers_left = 0;
  async::Signal may_answer;
};

/// Several jobs of one instance.
class TurnsTest : public OutageTest {
 protected:
  TurnsTest() {
    connector_->max_in_flight = 4;
    connector_->rate = {.limit_header = "X-Limit",
                        .remaining_header = "X-Left",
                        .reset_header = "X-Reset",
                        .window = std::chrono::seconds(10)};
  }

  struct JobOfTest {
    std::string name;
    RateShare share{};
    StopToken stop{};
    int ended = 0;
    int withdrawn = 0;
  };

  async::Task<void> CallFor(Lane& lane, JobOfTest& job) {
    const connector::FilledCall filled{row_.method, "/" + job.name, ""};
    const Called called = co_await lane.Call(row_, filled, "", job.stop, job.share);
    ++(called.withdrawn ? job.withdrawn : job.ended);
  }
  void Begin(Lane& lane, JobOfTest& job, int calls) {
    for (int call = 0; call < calls; ++call) loop_.Spawn(CallFor(lane, job));
    Settle();
  }
  /// Answers so many calls, one by one.
  void Answer(int calls) {
    for (int call = 0; call < calls; ++call) {
      patient_.Answer(1);
      Settle();
    }
  }
  auto SentOf(const JobOfTest& job) const { return std::ranges::count(patient_.sent, "/" + job.name); }

  PatientService patient_;
};

TEST_F(TurnsTest, JobsTakeTurnsHoweverManyCallsTheyHaveWaiting) {
  Lane lane(timers_, patient_, connector_, {});
  JobOfTest huge{"huge"};
  JobOfTest small{"small"};
  Begin(lane, huge, 100);
  Begin(lane, small, 3);
  patient_.sent.clear();
  Answer(6);
  const std::vector<std::string> in_turns = {"/small", "/huge", "/small", "/huge", "/small", "/huge"};
  EXPECT_TRUE(std::ranges::is_permutation(patient_.sent, in_turns));
  for (std::size_t call = 1; call < patient_.sent.size(); ++call) {
    EXPECT_NE(patient_.sent[call - 1], patient_.sent[call]) << call;
  }
}

TEST_F(TurnsTest, WithinTheRateJobsTakeTurnsToo) {
  const std::string now = "Thu, 01 Jan 2026 00:00:00 GMT";
  patient_.headers = {{"Date", now}, {"X-Limit", "40"}, {"X-Left", "0"}, {"X-Reset", "1767225605"}};
  Lane lane(timers_, patient_, connector_, {});
  JobOfTest huge{"huge"};
  JobOfTest small{"small"};
  Begin(lane, huge, 100);
  Answer(4);
  Begin(lane, small, 10);
  EXPECT_EQ(SentOf(huge), 4);
  EXPECT_EQ(SentOf(small), 0);
  patient_.headers = {};
  Advance(std::chrono::seconds(6));
  Answer(20);
  EXPECT_EQ(SentOf(small), 10);
  EXPECT_LE(SentOf(huge), 4 + 10 + 4);
}

TEST_F(TurnsTest, ACallThatWaitsForTheRateHoldsUpNoOtherThatNeedNot) {
  const std::string now = "Thu, 01 Jan 2026 00:00:00 GMT";
  patient_.headers = {{"Date", now}, {"X-Limit", "40"}, {"X-Left", "39"}, {"X-Reset", "1767225605"}};
  Lane lane(timers_, patient_, connector_, {});
  JobOfTest small_share{"part", RateShare(100)};
  JobOfTest whole{"whole"};
  Begin(lane, whole, 1);
  Answer(1);
  Begin(lane, small_share, 20);
  Answer(4);
  EXPECT_EQ(SentOf(small_share), 4);
  EXPECT_TRUE(small_share.share.wait_reason().starts_with("this job's share")) << small_share.share.wait_reason();
  Begin(lane, whole, 20);
  Answer(20);
  EXPECT_EQ(whole.ended, 21);
  EXPECT_EQ(small_share.ended, 4);
}

TEST_F(TurnsTest, WhoIsStoppedDoesNotWaitForAWindow) {
  const std::string now = "Thu, 01 Jan 2026 00:00:00 GMT";
  patient_.headers = {{"Date", now}, {"X-Limit", "40"}, {"X-Left", "0"}, {"X-Reset", "1767225605"}};
  Lane lane(timers_, patient_, connector_, {});
  JobOfTest job{"job"};
  JobOfTest other{"other"};
  Begin(lane, job, 10);
  Begin(lane, other, 2);
  Answer(4);
  EXPECT_TRUE(lane.wait_reason().starts_with("rate limit of the service")) << lane.wait_reason();
  job.stop.stopped = true;
  lane.Wake();
  Settle();
  EXPECT_EQ(job.withdrawn, 6);
  EXPECT_EQ(other.withdrawn, 0);
}

/// A service that takes 100 ms for each call, however many there are.
class LoadTest : public TurnsTest {
 protected:
  LoadTest() {
    connector_->first_in_flight = 4;
    connector_->max_in_flight = 16;
  }
  void RoundTrips(int count) {
    for (int round = 0; round < count; ++round) {
      Advance(std::chrono::milliseconds(100));
      patient_.Answer(static_cast<int>(patient_.sent.size()) - answered_);
      answered_ = static_cast<int>(patient_.sent.size());
      Settle();
    }
  }
  int InFlight() const { return static_cast<int>(patient_.sent.size()) - answered_; }

  int answered_ = 0;
  JobOfTest job_{"job"};
};

TEST_F(LoadTest, MoreCallsAreInFlightWhereTheServiceBearsThem) {
  Lane lane(timers_, patient_, connector_, {});
  Begin(lane, job_, 200);
  EXPECT_EQ(InFlight(), 4);
  RoundTrips(8);
  EXPECT_EQ(InFlight(), 16);
}

TEST_F(LoadTest, TheWaitForAWindowIsNoLatency) {
  const std::string now = "Thu, 01 Jan 2026 00:00:00 GMT";
  patient_.headers = {{"Date", now}, {"X-Limit", "8"}, {"X-Left", "4"}, {"X-Reset", "1767225605"}};
  Lane lane(timers_, patient_, connector_, {});
  Begin(lane, job_, 300);
  RoundTrips(3);
  EXPECT_EQ(InFlight(), 0);
  patient_.headers = {{"X-Limit", "1000"}, {"X-Left", "1000"}, {"X-Reset", "1767225616"}};
  Advance(std::chrono::seconds(6));
  RoundTrips(8);
  EXPECT_EQ(InFlight(), 16);
}

TEST_F(LoadTest, TheTimeToOpenAConnectionIsNoLatency) {
  Lane lane(timers_, patient_, connector_, {});
  Begin(lane, job_, 200);
  for (int round = 0; round < 8; ++round) {
    Advance(std::chrono::milliseconds(100 * round));
    patient_.connected_at = clock_.MonotonicNow();
    RoundTrips(1);
  }
  EXPECT_EQ(InFlight(), 16);
}

TEST_F(LoadTest, ARefusalLowersTheCallsInFlightUnlessItIsForTheRate) {
  for (const bool for_the_rate : {true, false}) {
    Lane lane(timers_, patient_, connector_, {});
    Begin(lane, job_, 200);
    RoundTrips(8);
    patient_.status = 429;
    if (for_the_rate) patient_.headers = {{"X-Limit", "99"}, {"X-Left", "0"}, {"X-Reset", "1767225700"}};
    RoundTrips(1);
    EXPECT_EQ(lane.calls_at_once(), for_the_rate ? 16 : 11);
    patient_.status = 200;
    patient_.headers = {};
    job_.stop.stopped = true;
    lane.Wake();
    RoundTrips(40);
    job_.stop.stopped = false;
  }
}

}  // namespace
}  // namespace rowcall::dispatch
