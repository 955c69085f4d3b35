#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "base/clock.h"

namespace rowcall::dispatch {

/// The service's clock, as far as its Date headers tell. Date has whole seconds, so a single reading is up to a second
/// slow; the fastest of many is kept. Never ahead of the service's own clock.
class VendorClock {
 public:
  void Observe(MonoTime now, std::int64_t date_epoch_seconds);
  /// Nullopt before the first observation.
  std::optional<WallTime> Now(MonoTime now) const;

 private:
  std::optional<std::chrono::nanoseconds> offset_;  ///< service time since 1970 − monotonic time
};

/// How much of the services' limits is used, in the windows that are open now.
struct RateUse {
  std::int64_t limit = 0;  ///< Calls in a window, of all services together that told a limit.
  std::int64_t used = 0;   ///< Of these, by anybody, as far as answers told.
};

/// What a rate-limited answer said, as the connector's headers give it.
struct RateReading {
  std::int64_t limit = 0;      ///< Calls per window.
  std::int64_t remaining = 0;
  std::int64_t reset = 0;      ///< End of the window, epoch seconds on the service's clock.
};

/// The calls that `permille` thousandths of a limit allow: at least one.
std::int64_t PartOf(std::int64_t limit, int permille);

/// Spreads the calls of a window over its time, but for its last second: the service's clock is not known better. One
/// loop's thread.
class Pace {
 public:
  /// Whether so many calls left of a window are too few for that work, by a quarter of all that a window has: how much
  /// work there is, is an estimate. Otherwise they go out at once: the load ends in this window, or early in the next.
  static bool IsFor(std::int64_t work, std::int64_t left, std::int64_t all) { return work > left + all / 4; }

  /// Until the next call may go out.
  Duration WaitFor(MonoTime now) const { return std::max(Duration(0), next_ - now); }
  /// One goes out, the first of `left` in the `time` to the window's end.
  void Spend(MonoTime now, std::int64_t left, Duration time);

 private:
  MonoTime next_{};
};

/// One budget of calls in fixed windows, read from the service's own headers and never assumed. A pure question:
/// WaitFor() says how long to wait, and nothing waits inside. One loop's thread.
class RateBudget {
 public:
  explicit RateBudget(Duration window) : window_(window) {}

  /// Of each window, use so many thousandths of the limit at most.
  void SetShare(int permille) { permille_ = permille; }
  int permille() const { return permille_; }

  /// Zero: a call may be made now. Otherwise ask again after that time. `work`: so many calls at least are still to be
  /// made, this one counted, as far as known.
  Duration WaitFor(MonoTime now, const VendorClock& clock, std::int64_t work);
  /// Counts one that WaitFor() let go.
  void Spend(MonoTime now, const VendorClock& clock);
  /// An answer came with these headers.
  void Observe(const RateReading& reading);
  /// The service refused a call for the rate: nothing more until the window ends (or for `at_least`).
  void Refused(MonoTime now, Duration at_least);

  Duration window() const { return window_; }
  std::int64_t limit() const { return limit_; }  ///< Calls in a window; 0 = no limit known.
  RateUse Use(MonoTime now, const VendorClock& clock) const;
  /// The end of the window that is open now, epoch seconds on the service's clock. Only where a limit is known.
  std::int64_t WindowEnd(MonoTime now, const VendorClock& clock) const;
  /// From now until then, at least a millisecond.
  Duration Until(std::int64_t window_end, MonoTime now, const VendorClock& clock) const;

 private:
  /// Of this window, that we may use.
  std::int64_t Left() const { return std::min(left_, PartOf(limit_, permille_) - spent_); }

  Duration window_;
  int permille_ = 1000;
  std::int64_t limit_ = 0;
  std::int64_t left_ = 0;  ///< In this window, whoever uses them.
  std::int64_t spent_ = 0;  ///< In this window, by us.
  std::int64_t reset_ = 0;
  Pace pace_;
  MonoTime blocked_until_{};
};

/// One job's part of its instance's budget: of each window it makes at most so many calls. One loop's thread.
class RateShare {
 public:
  explicit RateShare(int permille = 1000) : permille_(permille) {}

  /// Zero: as far as this part goes a call may be made now. Otherwise ask again after that time.
  Duration WaitFor(MonoTime now, const RateBudget& budget, const VendorClock& clock) const;
  /// Counts one that is made now.
  void Spend(MonoTime now, const RateBudget& budget, const VendorClock& clock);

  int permille() const { return permille_; }
  /// Among the jobs that wait for turns, from 1; 0 = it never waited. Kept by Turns.
  std::uint64_t place() const { return place_; }
  void TakePlace(std::uint64_t place) { place_ = place; }
  /// The job has so many rows still to send, at least. Each call that is counted takes one off.
  void SetWork(std::int64_t rows) { work_ = rows; }
  /// Of these, what its part lets it do in this window.
  std::int64_t WorkNow(MonoTime now, const RateBudget& budget, const VendorClock& clock) const;
  /// Why calls wait for this part, as SayWaiting() has it; "" if they do not.
  const std::string& wait_reason() const { return wait_reason_; }
  void SayWaiting(std::string why) { wait_reason_ = std::move(why); }

 private:
  /// Of this window. Where the job has but a part, and a limit is known.
  std::int64_t Left(MonoTime now, const RateBudget& budget, const VendorClock& clock) const;

  int permille_;
  std::uint64_t place_ = 0;
  std::int64_t work_ = 0;
  std::int64_t window_end_ = 0;
  std::int64_t spent_ = 0;
  Pace pace_;
  std::string wait_reason_;
};

}  // namespace rowcall::dispatch
