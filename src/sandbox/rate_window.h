#pragma once

#include <cstdint>

#include "base/clock.h"

namespace rowcall::sandbox {

/// Intercom's rate limit: a budget per fixed window of 10 seconds. Windows end at the seconds that are 2 modulo 10, on
/// the wall clock, exactly.
class RateWindow {
 public:
  static constexpr std::int64_t kLength = 10;

  /// `limit` requests per window; 0 = no limit.
  explicit RateWindow(std::int64_t limit) : limit_(limit) {}

  struct Ticket {
    bool allowed = true;
    std::int64_t remaining = 0;
    std::int64_t reset_s = 0;  ///< When the window ends, in epoch seconds.
  };
  /// Spends one request, if there is one left. A refused request costs nothing.
  Ticket Take(WallTime now);
  std::int64_t limit() const { return limit_; }
  /// The end of the window in which `now` lies.
  static std::int64_t ResetAfter(WallTime now);

 private:
  std::int64_t limit_;
  std::int64_t used_ = 0;
  std::int64_t reset_s_ = 0;
};

}  // namespace rowcall::sandbox
