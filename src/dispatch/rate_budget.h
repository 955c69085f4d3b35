#pragma once

#include <cstdint>
#include <optional>

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

/// What a rate-limited answer said, as the connector's headers give it.
struct RateReading {
  std::int64_t limit = 0;      ///< Calls per window.
  std::int64_t remaining = 0;
  std::int64_t reset = 0;      ///< End of the window, epoch seconds on the service's clock.
};

/// One budget of calls in fixed windows, read from the service's own headers and never assumed. A pure question: Take()
/// says how long to wait, and nothing waits inside. One loop's thread.
class RateBudget {
 public:
  explicit RateBudget(Duration window) : window_(window) {}

  /// Zero: a call may be made now, and is counted. Otherwise ask again after that time.
  Duration Take(MonoTime now, const VendorClock& clock);
  /// An answer came with these headers.
  void Observe(const RateReading& reading);
  /// The service refused a call for the rate: nothing more until the window ends (or for `at_least`).
  void Refused(MonoTime now, Duration at_least);

  std::int64_t limit() const { return limit_; }

 private:
  Duration UntilReset(MonoTime now, const VendorClock& clock) const;

  Duration window_;
  std::int64_t limit_ = 0;  ///< 0 = no limit known.
  std::int64_t left_ = 0;
  std::int64_t reset_ = 0;
  MonoTime blocked_until_{};
};

}  // namespace rowcall::dispatch
