#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "async/task.h"
#include "async/timers.h"
#include "dispatch/concurrency.h"
#include "dispatch/rate_budget.h"

namespace rowcall::dispatch {

/// Whoever is to stop does not wait so long.
inline constexpr Duration kLongWait = std::chrono::seconds(1);

/// How a wait reason says a time: "12:00:05 UTC".
std::string ClockTime(WallTime time);

/// Whose call goes out next. The calls of a job wait in their order, and the jobs take turns, one call each: beside a job
/// of a million rows another waits for one call of it before each of its own. A turn comes when one more call may be in
/// flight and the rate lets it go, and is counted at both in that moment: what waits holds nothing. One loop's thread.
class Turns {
 public:
  /// References outlive this object.
  Turns(async::Timers& timers, RateBudget& budget, const VendorClock& clock, const Concurrency& concurrency)
      : timers_(timers), budget_(budget), clock_(clock), concurrency_(concurrency) {}
  ~Turns() { timers_.Cancel(alarm_); }
  Turns(const Turns&) = delete;
  Turns& operator=(const Turns&) = delete;

  /// Takes a turn for a call of the job with this share, if there is one now. A share stands for its job, and outlives
  /// its calls.
  bool TryTake(RateShare& of);
  /// Waits for one. False: none was taken, and it was LookAgain() that ended the wait.
  async::Task<bool> Take(RateShare& of);
  /// Takes one past all who wait, and whatever the rate is.
  void TakeUnasked() { ++in_flight_; }
  /// The call has ended.
  void GiveBack();
  /// Everyone who waits is asked to look whether to go on waiting.
  void LookAgain();

  int in_flight() const { return in_flight_; }
  /// How long the rate keeps a call of this job waiting, from now.
  Duration RateWait(RateShare& of);
  /// Why all jobs wait for the rate, be it for each call; "" if they do not.
  const std::string& wait_reason() const { return wait_reason_; }

 private:
  struct Waiter {
    std::move_only_function<void()> resume;
    bool* has_turn = nullptr;  ///< In the waiting frame.
  };
  struct Line {
    RateShare* of = nullptr;
    std::deque<Waiter> waiters;
  };
  using Lines = std::map<std::uint64_t, Line>;  ///< By the job's place among those that ever waited here.

  bool HasRoom() const { return in_flight_ < concurrency_.limit(); }
  MonoTime Now() const { return timers_.clock().MonotonicNow(); }
  std::int64_t WorkOfWaiting(MonoTime now) const;
  Duration RateWait(RateShare& of, MonoTime now);
  void GiveTurns();
  Duration GiveOne(MonoTime now);
  Duration WaitForBudget(MonoTime now);
  Duration WaitForShare(RateShare& share, MonoTime now);
  void TakeFor(RateShare& share, MonoTime now);
  std::string RateReason(std::string_view what, int permille, Duration wait) const;

  async::Timers& timers_;
  RateBudget& budget_;
  const VendorClock& clock_;
  const Concurrency& concurrency_;
  int in_flight_ = 0;
  Lines lines_;  ///< None is empty.
  std::uint64_t places_ = 0;
  std::uint64_t last_ = 0;  ///< The place of the job whose turn it was last.
  async::Timers::AlarmId alarm_ = 0;
  std::string wait_reason_;
};

}  // namespace rowcall::dispatch
