#include "dispatch/concurrency.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <queue>
#include <random>
#include <string>
#include <vector>

namespace rowcall::dispatch {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// A service that works on some calls at once and lets the others wait, and a caller that always has one more.
class Bench {
 public:
  Bench(Concurrency& concurrency, int at_once, Duration latency) : latency(latency), concurrency_(concurrency) {
    WorkOnAtOnce(at_once);
  }

  /// What happens in that time.
  struct Seen {
    double per_second = 0;
    double seconds_each = 0;  ///< A call takes, the wait at the service counted.
    int refused = 0;
    int fewest = 0, most = 0;  ///< That may be in flight.
  };
  Seen Run(Duration time) {
    const MonoTime end = clock_.MonotonicNow() + time;
    Seen seen;
    seen.fewest = seen.most = concurrency_.limit();
    int answered = 0;
    Duration sum{};
    while (clock_.MonotonicNow() < end) {
      while (static_cast<int>(under_way_.size()) < concurrency_.limit()) Send();
      const Call call = under_way_.top();
      under_way_.pop();
      clock_.Advance(call.end - clock_.MonotonicNow());
      Note(call);
      seen.refused += call.is_refused ? 1 : 0;
      if (!call.is_refused) ++answered, sum += call.end - call.sent_at;
      seen.fewest = std::min(seen.fewest, concurrency_.limit());
      seen.most = std::max(seen.most, concurrency_.limit());
    }
    seen.per_second = answered / std::chrono::duration<double>(time).count();
    seen.seconds_each = std::chrono::duration<double>(sum).count() / answered;
    return seen;
  }
  void WorkOnAtOnce(int calls) {
    free_at_ = {};
    for (int worker = 0; worker < calls; ++worker) free_at_.push(clock_.MonotonicNow());
  }

  Duration latency;
  double unevenness = 0;  ///< Standard deviation of the latency's logarithm.
  int refuses_above = 100'000;
  double ambiguous = 0;  ///< Share of calls.

 private:
  struct Call {
    MonoTime end, sent_at;
    int in_flight = 0;
    bool is_refused = false;
    bool operator>(const Call& other) const { return end > other.end; }
  };
  using Times = std::priority_queue<MonoTime, std::vector<MonoTime>, std::greater<>>;

  void Send() {
    const MonoTime now = clock_.MonotonicNow();
    Call call{now + latency / 10, now, static_cast<int>(under_way_.size()) + 1};
    call.is_refused = call.in_flight > refuses_above;
    if (!call.is_refused) {
      const MonoTime begins = std::max(now, free_at_.top());
      const double factor = std::exp(unevenness * std::normal_distribution<>()(random_));
      const auto takes = std::chrono::duration_cast<Duration>(latency * factor);
      call.end = begins + takes;
      free_at_.pop();
      free_at_.push(call.end);
    }
    under_way_.push(call);
    concurrency_.Sent(now);
  }
  void Note(const Call& call) {
    const MonoTime now = clock_.MonotonicNow();
    if (call.is_refused) {
      concurrency_.Refused(call.sent_at, now);
    } else if (std::uniform_real_distribution<>(0, 1)(random_) < ambiguous) {
      concurrency_.Ambiguous(call.sent_at, now);
    } else {
      concurrency_.Answered(call.sent_at, call.in_flight, now - call.sent_at, now);
    }
  }

  Concurrency& concurrency_;
  FakeClock clock_;
  Times free_at_;  ///< Of each of its workers.
  std::priority_queue<Call, std::vector<Call>, std::greater<>> under_way_;
  std::mt19937_64 random_{1};
};

double Best(int at_once, Duration latency) { return at_once / std::chrono::duration<double>(latency).count(); }

TEST(ConcurrencyTest, TheKneeIsFoundWithinAFewRoundTrips) {
  for (const int knee : {8, 40, 190}) {
    for (const Duration latency : {milliseconds(5), milliseconds(100), milliseconds(2000)}) {
      SCOPED_TRACE(std::to_string(knee) + " at once, " + std::to_string(latency.count() / 1'000'000) + " ms");
      Concurrency concurrency(16, 200);
      Bench bench(concurrency, knee, latency);
      bench.Run(latency * 6);
      const Bench::Seen seen = bench.Run(latency * 120);
      EXPECT_GE(seen.per_second, 0.97 * Best(knee, latency));
    }
  }
}

TEST(ConcurrencyTest, BeyondTheKneeCallsWaitForHalfOfTheirTimeAtMost) {
  for (const int knee : {20, 60}) {
    Concurrency concurrency(16, 1000);
    Bench bench(concurrency, knee, milliseconds(100));
    bench.Run(seconds(40));
    const Bench::Seen seen = bench.Run(seconds(70));
    EXPECT_GE(seen.per_second, 0.98 * Best(knee, milliseconds(100))) << knee;
    EXPECT_LE(seen.seconds_each, 0.1 * 1.6) << knee;
    EXPECT_LE(concurrency.limit(), knee * 1.6) << knee;
  }
}

TEST(ConcurrencyTest, TheLimitDoublesEachRoundTripUntilCallsWait) {
  Concurrency concurrency(16, 200);
  Bench bench(concurrency, 1000, milliseconds(100));
  bench.Run(milliseconds(50));
  for (const int expected : {32, 64, 128, 200, 200}) {
    bench.Run(milliseconds(100));
    EXPECT_EQ(concurrency.limit(), expected);
  }
}

TEST(ConcurrencyTest, AServiceWhoseAnswersAreUnevenIsUsedWhole) {
  for (const double unevenness : {0.3, 0.6}) {
    Concurrency concurrency(16, 200);
    Bench bench(concurrency, 80, milliseconds(100));
    bench.unevenness = unevenness;
    bench.Run(seconds(2));
    const double mean = std::exp(unevenness * unevenness / 2);
    const Bench::Seen seen = bench.Run(seconds(100));
    EXPECT_GE(seen.per_second, 0.95 * Best(80, milliseconds(100)) / mean) << unevenness;
    EXPECT_LE(concurrency.limit(), 160) << unevenness;
  }
}

TEST(ConcurrencyTest, ALatencyThatHasGrownForGoodIsMeasuredAndNotTakenForAQueue) {
  Concurrency concurrency(16, 200);
  Bench bench(concurrency, 100, milliseconds(50));
  bench.Run(seconds(10));
  bench.latency = milliseconds(150);
  bench.Run(seconds(35));
  EXPECT_GE(bench.Run(seconds(40)).per_second, 0.97 * Best(100, milliseconds(150)));
}

TEST(ConcurrencyTest, AServiceThatHasGrownIsUsedWhole) {
  Concurrency concurrency(16, 200);
  Bench bench(concurrency, 40, milliseconds(100));
  bench.Run(seconds(10));
  bench.WorkOnAtOnce(160);
  bench.Run(seconds(5));
  EXPECT_GE(bench.Run(seconds(40)).per_second, 0.97 * Best(160, milliseconds(100)));
}

TEST(ConcurrencyTest, RefusalsTeachALimitAndStayRare) {
  Concurrency concurrency(16, 200);
  Bench bench(concurrency, 1000, milliseconds(100));
  bench.refuses_above = 60;
  bench.Run(seconds(10));
  const Bench::Seen seen = bench.Run(seconds(100));
  EXPECT_LE(seen.most, 80);
  EXPECT_GE(seen.per_second, 0.7 * Best(60, milliseconds(100)));
  EXPECT_LE(seen.refused, 0.005 * seen.per_second * 100);
}

TEST(ConcurrencyTest, OneCutForTheCallsOfOneRoundTrip) {
  Concurrency concurrency(100, 100);
  const MonoTime sent{seconds(1)};
  const MonoTime now = sent + milliseconds(100);
  for (int call = 0; call < 100; ++call) concurrency.Refused(sent, now);
  EXPECT_EQ(concurrency.limit(), 70);
  concurrency.Refused(now, now + milliseconds(100));
  EXPECT_EQ(concurrency.limit(), 49);
}

TEST(ConcurrencyTest, AFewAnswersThatSayNothingChangeNothing) {
  Concurrency concurrency(16, 200);
  Bench bench(concurrency, 100, milliseconds(100));
  bench.ambiguous = 0.01;
  bench.Run(seconds(10));
  EXPECT_GE(bench.Run(seconds(40)).per_second, 0.9 * Best(100, milliseconds(100)));
}

TEST(ConcurrencyTest, ManyAnswersThatSayNothingBringItToAQuarterOfTheFirst) {
  Concurrency concurrency(16, 200);
  Bench bench(concurrency, 1000, milliseconds(100));
  bench.Run(seconds(2));
  bench.ambiguous = 0.5;
  bench.Run(seconds(10));
  EXPECT_EQ(bench.Run(seconds(10)).most, 4);
  bench.ambiguous = 0;
  bench.Run(seconds(40));
  EXPECT_GE(concurrency.limit(), 16);
}

TEST(ConcurrencyTest, SlowAnswersAloneLeaveWhatItBeganWith) {
  Concurrency concurrency(32, 200);
  Bench bench(concurrency, 2, milliseconds(100));
  bench.Run(seconds(25));
  EXPECT_EQ(concurrency.limit(), 32);
}

TEST(ConcurrencyTest, AfterASlowBeginningTheLatencyIsMeasuredSoon) {
  Concurrency concurrency(32, 200);
  Bench bench(concurrency, 1000, milliseconds(50));
  bench.Run(milliseconds(60));
  bench.latency = milliseconds(2);
  bench.WorkOnAtOnce(10);
  bench.Run(seconds(2));
  EXPECT_EQ(concurrency.limit(), 200);
  bench.Run(seconds(25));
  EXPECT_EQ(concurrency.limit(), 32);
}

TEST(ConcurrencyTest, WithFirstAndMostEqualItStays) {
  for (const int fixed : {1, 64}) {
    Concurrency concurrency(fixed, fixed);
    Bench bench(concurrency, 10, milliseconds(100));
    const Bench::Seen seen = bench.Run(seconds(100));
    EXPECT_EQ(seen.fewest, fixed);
    EXPECT_EQ(seen.most, fixed);
  }
}

TEST(ConcurrencyTest, WhatIsNotUsedDoesNotGrow) {
  Concurrency concurrency(16, 200);
  MonoTime now{seconds(1)};
  for (int call = 0; call < 1000; ++call) {
    now += milliseconds(10);
    concurrency.Sent(now - milliseconds(10));
    concurrency.Answered(now - milliseconds(10), 1, milliseconds(10), now);
  }
  EXPECT_EQ(concurrency.limit(), 16);
}

}  // namespace
}  // namespace rowcall::dispatch
