// Jobs beside each other: of one instance they take turns, of two they do not touch each other. And how many rows go at
// once.

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "async/semaphore.h"
#include "job/test_engine.h"

namespace rowcall::job {
namespace {

class FairTurnsTest : public JobEngineTest {
 protected:
  static std::string People(const std::string& who, int rows) {
    std::string csv = "mail,name\n";
    for (int row = 0; row < rows; ++row) csv += fmt::format("{}{}@toy.test,{}\n", who, row, who);
    return csv;
  }

  async::Task<void> CountCall(const net::HttpRequest& request) {
    if (request.method == "POST") {
      const bool is_small = request.body.find("small") != std::string_view::npos;
      if (is_small) ++small_calls_;
      if (!is_small && small_calls_ > 0 && small_calls_ < kSmallRows) ++calls_meanwhile_;
    }
    co_await process_->timers->SleepFor(std::chrono::microseconds(100));
  }

  async::Task<void> CountAtOnce(const net::HttpRequest&) {
    most_at_once_ = std::max(most_at_once_, ++at_once_);
    co_await process_->timers->SleepFor(std::chrono::milliseconds(2));
    --at_once_;
  }

  async::Task<void> HoldSlowHost(const net::HttpRequest& request) {
    while (request.url.host == "slow.toy.test" && is_held_) {
      ++held_calls_;
      co_await released_.Wait();
    }
  }

  static constexpr int kSmallRows = 100;
  int small_calls_ = 0;
  int calls_meanwhile_ = 0;
  int at_once_ = 0;
  int most_at_once_ = 0;
  bool is_held_ = true;
  int held_calls_ = 0;
  async::Signal released_;
};

TEST_F(FairTurnsTest, AHugeJobDelaysASmallOneByNoMoreThanItsTurn) {
  service_.before = [this](const net::HttpRequest& request) { return CountCall(request); };
  for (const char* who : {"huge", "vast"}) process_->engine->Submit(TenantId{1}, NewJob(People(who, 5000)));
  const model::Job small = Run(NewJob(People("small", kSmallRows)));
  EXPECT_EQ(small.counts[model::OutcomeKind::created], kSmallRows);
  // Both have their turn before each of its calls, and a few when it has no row ready.
  EXPECT_GT(calls_meanwhile_, kSmallRows);
  EXPECT_LE(calls_meanwhile_, 2 * (kSmallRows + 8));
}

TEST_F(FairTurnsTest, AsManyRowsGoAtOnceAsTheServiceBears) {
  service_.before = [this](const net::HttpRequest& request) { return CountAtOnce(request); };
  EXPECT_EQ(Run(NewJob(People("some", 400))).counts[model::OutcomeKind::created], 400);
  EXPECT_EQ(most_at_once_, 8);
}

TEST_F(FairTurnsTest, AnInstanceWhoseServiceDoesNotAnswerHoldsUpNoOther) {
  service_.before = [this](const net::HttpRequest& request) { return HoldSlowHost(request); };
  model::Instance slow;
  slow.tenant = TenantId{1};
  slow.connector = "toy";
  slow.secrets["token"] = Secret("secret");
  slow.configuration["base.url"] = "https://slow.toy.test";
  const model::Instance quick = std::exchange(instance_, catalogue_->CreateInstance(std::move(slow))->instance);
  const JobId held = NewJob(People("held", 500));
  process_->engine->Submit(TenantId{1}, held);
  instance_ = quick;
  const model::Job done = Run(NewJob(People("quick", 500)));
  EXPECT_EQ(done.status, model::JobStatus::completed);
  EXPECT_EQ(done.counts[model::OutcomeKind::created], 500);
  EXPECT_GT(held_calls_, 0);
  is_held_ = false;
  released_.NotifyAll();
  EXPECT_EQ(Wait(UntilFinal(held)).counts[model::OutcomeKind::created], 500);
}

}  // namespace
}  // namespace rowcall::job
