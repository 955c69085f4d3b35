#include "dispatch/rate_budget.h"

#include <algorithm>
#include <utility>

namespace rowcall::dispatch {

namespace {

/// What is known of the service's clock is up to a second old.
constexpr Duration kUnsure = std::chrono::seconds(1);
/// Whoever let time pass makes the calls of so much of it at once.
constexpr Duration kMostCatchUp = std::chrono::milliseconds(100);

}  // namespace

void VendorClock::Observe(MonoTime now, std::int64_t date_epoch_seconds) {
  const std::chrono::nanoseconds offset = std::chrono::seconds(date_epoch_seconds) - now.time_since_epoch();
  offset_ = offset_ ? std::max(*offset_, offset) : offset;
}

std::optional<WallTime> VendorClock::Now(MonoTime now) const {
  if (!offset_) return std::nullopt;
  return WallTime(std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch() + *offset_));
}

std::int64_t PartOf(std::int64_t limit, int permille) { return std::max<std::int64_t>(1, limit * permille / 1000); }

Duration RateBudget::Until(std::int64_t window_end, MonoTime now, const VendorClock& clock) const {
  const auto vendor_now = clock.Now(now);
  if (!vendor_now) return window_;
  const auto passed = std::chrono::duration_cast<Duration>(vendor_now->time_since_epoch());
  return std::max<Duration>(std::chrono::seconds(window_end) - passed, std::chrono::milliseconds(1));
}

std::int64_t RateBudget::WindowEnd(MonoTime now, const VendorClock& clock) const {
  const auto vendor_now = clock.Now(now);
  if (!vendor_now) return reset_;
  const Duration over = vendor_now->time_since_epoch() - std::chrono::seconds(reset_);
  if (over < Duration(0)) return reset_;
  const auto windows = 1 + over / window_;
  return reset_ + windows * std::chrono::duration_cast<std::chrono::seconds>(window_).count();
}

void Pace::Spend(MonoTime now, std::int64_t left, Duration time) {
  const Duration sure = time - kUnsure;
  const Duration interval = sure > Duration(0) ? sure / left : Duration(0);
  next_ = std::clamp(next_, now - kMostCatchUp, now) + interval;  // who did not wait need not make up for it
}

Duration RateBudget::WaitFor(MonoTime now, const VendorClock& clock, std::int64_t work) {
  if (now < blocked_until_) return blocked_until_ - now;
  if (limit_ == 0) return Duration(0);
  if (const std::int64_t end = WindowEnd(now, clock); end != reset_) {
    reset_ = end;
    left_ = limit_;
    spent_ = 0;
  }
  if (Left() <= 0) return Until(reset_, now, clock);
  return Pace::IsFor(work, Left(), PartOf(limit_, permille_)) ? pace_.WaitFor(now) : Duration(0);
}

RateUse RateBudget::Use(MonoTime now, const VendorClock& clock) const {
  const bool is_of_this_window = limit_ > 0 && WindowEnd(now, clock) == reset_;
  return {limit_, is_of_this_window ? limit_ - std::max<std::int64_t>(left_, 0) : 0};
}

void RateBudget::Spend(MonoTime now, const VendorClock& clock) {
  if (limit_ == 0) return;
  if (clock.Now(now)) pace_.Spend(now, std::max<std::int64_t>(1, Left()), Until(reset_, now, clock));
  --left_;
  ++spent_;
}

void RateBudget::Observe(const RateReading& reading) {
  limit_ = reading.limit;
  if (reading.reset > reset_) {
    reset_ = reading.reset;
    left_ = reading.remaining;
    spent_ = 0;
  } else if (reading.reset == reset_) {
    left_ = std::min(left_, reading.remaining);
  }
}

void RateBudget::Refused(MonoTime now, Duration at_least) {
  left_ = 0;
  blocked_until_ = std::max(blocked_until_, now + at_least);
}

std::int64_t RateShare::Left(MonoTime now, const RateBudget& budget, const VendorClock& clock) const {
  const std::int64_t spent = budget.WindowEnd(now, clock) == window_end_ ? spent_ : 0;
  return PartOf(budget.limit(), permille_) - spent;
}

std::int64_t RateShare::WorkNow(MonoTime now, const RateBudget& budget, const VendorClock& clock) const {
  if (permille_ >= 1000 || budget.limit() == 0) return work_;
  return std::min(work_, Left(now, budget, clock));
}

Duration RateShare::WaitFor(MonoTime now, const RateBudget& budget, const VendorClock& clock) const {
  if (permille_ >= 1000 || budget.limit() == 0) return Duration(0);
  const std::int64_t left = Left(now, budget, clock);
  if (left <= 0) return budget.Until(budget.WindowEnd(now, clock), now, clock);
  return Pace::IsFor(work_, left, PartOf(budget.limit(), permille_)) ? pace_.WaitFor(now) : Duration(0);
}

void RateShare::Spend(MonoTime now, const RateBudget& budget, const VendorClock& clock) {
  if (work_ > 0) --work_;
  if (permille_ >= 1000 || budget.limit() == 0) return;
  const std::int64_t end = budget.WindowEnd(now, clock);
  if (std::exchange(window_end_, end) != end) spent_ = 0;
  const std::int64_t left = std::max<std::int64_t>(1, Left(now, budget, clock));
  if (clock.Now(now)) pace_.Spend(now, left, budget.Until(end, now, clock));
  ++spent_;
}

}  // namespace rowcall::dispatch
