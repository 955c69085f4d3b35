#include "dispatch/rate_budget.h"

#include <gtest/gtest.h>

namespace rowcall::dispatch {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr MonoTime kNow{seconds(100)};
constexpr std::int64_t kEpoch = 1'767'225'600;

/// As Turns does it: asks, and makes the call if it may.
Duration Take(RateBudget& budget, MonoTime now, const VendorClock& clock) {
  const Duration wait = budget.WaitFor(now, clock);
  if (wait == Duration(0)) budget.Spend();
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
