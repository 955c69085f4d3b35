#include "dispatch/rate_budget.h"

#include <algorithm>

namespace rowcall::dispatch {

void VendorClock::Observe(MonoTime now, std::int64_t date_epoch_seconds) {
  const std::chrono::nanoseconds offset = std::chrono::seconds(date_epoch_seconds) - now.time_since_epoch();
  offset_ = offset_ ? std::max(*offset_, offset) : offset;
}

std::optional<WallTime> VendorClock::Now(MonoTime now) const {
  if (!offset_) return std::nullopt;
  return WallTime(std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch() + *offset_));
}

Duration RateBudget::UntilReset(MonoTime now, const VendorClock& clock) const {
  const auto vendor_now = clock.Now(now);
  if (!vendor_now) return window_;
  return std::chrono::seconds(reset_) - std::chrono::duration_cast<Duration>(vendor_now->time_since_epoch());
}

Duration RateBudget::Take(MonoTime now, const VendorClock& clock) {
  if (now < blocked_until_) return blocked_until_ - now;
  if (limit_ == 0) return Duration(0);
  const Duration until_reset = UntilReset(now, clock);
  if (until_reset <= Duration(0)) {
    const auto windows = 1 + (-until_reset) / window_;
    reset_ += windows * std::chrono::duration_cast<std::chrono::seconds>(window_).count();
    left_ = limit_;
  }
  if (left_ > 0) {
    --left_;
    return Duration(0);
  }
  return std::max(until_reset, Duration(std::chrono::milliseconds(1)));
}

void RateBudget::Observe(const RateReading& reading) {
  limit_ = reading.limit;
  if (reading.reset > reset_) {
    reset_ = reading.reset;
    left_ = reading.remaining;
  } else if (reading.reset == reset_) {
    left_ = std::min(left_, reading.remaining);
  }
}

void RateBudget::Refused(MonoTime now, Duration at_least) {
  left_ = 0;
  blocked_until_ = std::max(blocked_until_, now + at_least);
}

}  // namespace rowcall::dispatch
