#include "dispatch/rate_budget.h"

#include <gtest/gtest.h>

#include <numeric>
#include <vector>

namespace rowcall::dispatch {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr MonoTime kNow{seconds(100)};
constexpr std::int64_t kEpoch = 1'767'225'600;

/// As Turns does it: asks, and makes the call if it may.
Duration Take(RateBudget& budget, MonoTime now, const VendorClock& clock, std::int64_t work = 1) {
  const Duration wait = budget.WaitFor(now, clock, work);
  if (wait == Duration(0)) budget.Spend(now, clock);
  return wait;
}

Duration Take(RateShare& share, MonoTime now, const RateBudget& budget, const VendorClock& clock) {
  const Duration wait = share.WaitFor(now, budget, clock);
  if (wait == Duration(0)) share.Spend(now, budget, clock);
  return wait;
}

TEST(VendorClockTest, TheFastestOfItsReadingsIsKept) {
  VendorClock clock;
  EXPECT_FALSE(clock.Now(kNow));
  clock.Observe(kNow, kEpoch);
  clock.Observe(kNow + milliseconds(300), kEpoch + 1);  // the second began in between
  clock.Observe(kNow + milliseconds(900), kEpoch + 1);
  EXPECT_EQ(clock.Now(kNow + milliseconds(300)), WallTime(milliseconds((kEpoch + 1) * 1000)));
}

TEST(RateBudgetTest, WithoutALimitNothingWaits) {
  RateBudget budget(seconds(10));
  const VendorClock clock;
  EXPECT_EQ(Take(budget, kNow, clock), Duration(0));
}

TEST(RateBudgetTest, ASpentWindowWaitsForItsEndOnTheServicesClock) {
  RateBudget budget(seconds(10));
  VendorClock clock;
  clock.Observe(kNow, kEpoch);
  budget.Observe({.limit = 2, .remaining = 1, .reset = kEpoch + 4});
  EXPECT_EQ(Take(budget, kNow, clock), Duration(0));
  EXPECT_EQ(Take(budget, kNow, clock), seconds(4));
}

TEST(RateBudgetTest, ANewWindowHasTheWholeLimit) {
  RateBudget budget(seconds(10));
  VendorClock clock;
  clock.Observe(kNow, kEpoch);
  budget.Observe({.limit = 2, .remaining = 0, .reset = kEpoch + 4});
  EXPECT_EQ(Take(budget, kNow + seconds(4), clock), Duration(0));
  EXPECT_EQ(Take(budget, kNow + seconds(4), clock), Duration(0));
  EXPECT_EQ(Take(budget, kNow + seconds(4), clock), seconds(10));
}

TEST(RateBudgetTest, WhatOthersUseIsSeenInRemaining) {
  RateBudget budget(seconds(10));
  VendorClock clock;
  clock.Observe(kNow, kEpoch);
  budget.Observe({.limit = 100, .remaining = 50, .reset = kEpoch + 4});
  budget.Observe({.limit = 100, .remaining = 0, .reset = kEpoch + 4});
  EXPECT_EQ(Take(budget, kNow, clock), seconds(4));
}

TEST(RateBudgetTest, AnAnswerOfAnOlderWindowChangesNothing) {
  RateBudget budget(seconds(10));
  VendorClock clock;
  clock.Observe(kNow, kEpoch);
  budget.Observe({.limit = 100, .remaining = 100, .reset = kEpoch + 14});
  budget.Observe({.limit = 100, .remaining = 0, .reset = kEpoch + 4});
  EXPECT_EQ(Take(budget, kNow, clock), Duration(0));
}

TEST(RateBudgetTest, ARefusalBlocksForAsLongAsItSays) {
  RateBudget budget(seconds(10));
  VendorClock clock;
  clock.Observe(kNow, kEpoch);
  budget.Observe({.limit = 100, .remaining = 100, .reset = kEpoch + 4});
  budget.Refused(kNow, seconds(7));
  EXPECT_EQ(Take(budget, kNow, clock), seconds(7));
}

TEST(RateBudgetTest, AnInstancesShareIsAllThatItUsesOfAWindow) {
  RateBudget budget(seconds(10));
  VendorClock clock;
  clock.Observe(kNow, kEpoch);
  budget.SetShare(250);
  budget.Observe({.limit = 8, .remaining = 8, .reset = kEpoch + 4});
  for (int window = 0; window < 3; ++window) {
    const MonoTime at = kNow + seconds(10) * window;
    EXPECT_EQ(Take(budget, at, clock), Duration(0));
    EXPECT_EQ(Take(budget, at, clock), Duration(0));
    EXPECT_EQ(Take(budget, at, clock), seconds(4));
  }
}

TEST(RateBudgetTest, TheSmallestShareIsOneCall) {
  EXPECT_EQ(PartOf(83, 1), 1);
  EXPECT_EQ(PartOf(1666, 500), 833);
  EXPECT_EQ(PartOf(1666, 1000), 1666);
}

/// How many calls go out in each of so many seconds.
std::vector<int> CallsPerSecond(RateBudget& budget, RateShare& share, const VendorClock& clock, int for_seconds) {
  std::vector<int> calls;
  for (int second = 0; second < for_seconds; ++second) {
    calls.push_back(0);
    for (MonoTime now = kNow + seconds(second); now < kNow + seconds(second + 1); now += milliseconds(1)) {
      const auto may = [&] {
        const std::int64_t work = share.WorkNow(now, budget, clock);
        return budget.WaitFor(now, clock, work) == Duration(0) && share.WaitFor(now, budget, clock) == Duration(0);
      };
      for (; may(); ++calls.back()) {
        budget.Spend(now, clock);
        share.Spend(now, budget, clock);
      }
    }
  }
  return calls;
}

/// At the beginning of a window of 10 s that admits 900 calls.
class PaceTest : public testing::Test {
 protected:
  PaceTest() {
    clock_.Observe(kNow, kEpoch);
    budget_.Observe({.limit = 900, .remaining = 900, .reset = kEpoch + 10});
  }

  RateBudget budget_{seconds(10)};
  VendorClock clock_;
};

TEST_F(PaceTest, MoreWorkThanAWindowAdmitsIsSpreadOverIt) {
  RateShare share;
  share.SetWork(10'000);
  const std::vector<int> calls = CallsPerSecond(budget_, share, clock_, 20);
  for (const int window : {0, 10}) {
    const auto begin = calls.begin() + window;
    EXPECT_EQ(std::accumulate(begin, begin + 10, 0), 900);
    for (int second = 0; second < 9; ++second) EXPECT_NEAR(*(begin + second), 100, 15) << window + second;
  }
}

TEST_F(PaceTest, TheLastWindowsGoAtFullSpeedSoThatTheLoadEndsAsSoonAsItCan) {
  for (const std::int64_t work : {900, 1100}) {
    RateBudget budget(seconds(10));
    VendorClock clock;
    clock.Observe(kNow, kEpoch);
    budget.Observe({.limit = 900, .remaining = 900, .reset = kEpoch + 10});
    RateShare share;
    share.SetWork(work);
    EXPECT_EQ(CallsPerSecond(budget, share, clock, 1).front(), 900);
  }
}

TEST_F(PaceTest, CallsThatWentOutAtOnceAreNotPaidForByLaterOnes) {
  for (int call = 0; call < 600; ++call) EXPECT_EQ(Take(budget_, kNow, clock_), Duration(0));
  RateShare share;
  share.SetWork(10'000);
  for (const int calls : CallsPerSecond(budget_, share, clock_, 8)) EXPECT_NEAR(calls, 300 / 9, 3);
}

TEST_F(PaceTest, WhatOthersUseSlowsItDown) {
  RateShare share;
  share.SetWork(10'000);
  CallsPerSecond(budget_, share, clock_, 1);
  budget_.Observe({.limit = 900, .remaining = 80, .reset = kEpoch + 10});
  const std::vector<int> calls = CallsPerSecond(budget_, share, clock_, 9);
  for (std::size_t second = 1; second < 9; ++second) EXPECT_NEAR(calls[second], 10, 2) << second;
}

TEST_F(PaceTest, AJobsPartIsSpreadToo) {
  RateShare share(100);
  share.SetWork(10'000);
  const std::vector<int> calls = CallsPerSecond(budget_, share, clock_, 10);
  EXPECT_EQ(std::accumulate(calls.begin(), calls.end(), 0), 90);
  for (int second = 0; second < 9; ++second) EXPECT_NEAR(calls[static_cast<std::size_t>(second)], 10, 2) << second;
}

TEST_F(PaceTest, WithoutTheServicesClockNothingIsSpread) {
  RateBudget budget(seconds(10));
  const VendorClock clock;
  budget.Observe({.limit = 900, .remaining = 900, .reset = kEpoch + 10});
  RateShare share;
  share.SetWork(10'000);
  EXPECT_EQ(CallsPerSecond(budget, share, clock, 1).front(), 900);
}

TEST(RateShareTest, AJobKeepsToItsPartOfEachWindowAndLeavesTheRest) {
  RateBudget budget(seconds(10));
  VendorClock clock;
  clock.Observe(kNow, kEpoch);
  budget.Observe({.limit = 10, .remaining = 10, .reset = kEpoch + 4});
  RateShare small(200);
  RateShare whole;
  for (int window = 0; window < 3; ++window) {
    const MonoTime at = kNow + seconds(10) * window;
    EXPECT_EQ(Take(small, at, budget, clock), Duration(0));
    EXPECT_EQ(Take(small, at, budget, clock), Duration(0));
    EXPECT_EQ(Take(small, at, budget, clock), seconds(4));
    EXPECT_EQ(Take(whole, at, budget, clock), Duration(0));
  }
}

TEST(RateShareTest, WithoutALimitThereIsNothingToShare) {
  RateShare small(1);
  for (int call = 0; call < 5; ++call)
    EXPECT_EQ(Take(small, kNow, RateBudget(seconds(10)), VendorClock()), Duration(0));
}

}  // namespace
}  // namespace rowcall::dispatch
