#include "sandbox/rate_window.h"

namespace rowcall::sandbox {

namespace {

constexpr std::int64_t kPhase = 2;

}  // namespace

std::int64_t RateWindow::ResetAfter(WallTime now) {
  const std::int64_t second = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
  return (second - kPhase) / kLength * kLength + kPhase + kLength;
}

RateWindow::Ticket RateWindow::Take(WallTime now) {
  const std::int64_t reset_s = ResetAfter(now);
  if (reset_s != reset_s_) {
    reset_s_ = reset_s;
    used_ = 0;
  }
  if (limit_ == 0) return {true, 0, reset_s_};
  if (used_ == limit_) return {false, 0, reset_s_};
  ++used_;
  return {true, limit_ - used_, reset_s_};
}

}  // namespace rowcall::sandbox
