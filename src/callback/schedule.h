#pragma once

#include <optional>

#include "base/clock.h"

namespace rowcall::callback {

/// The Standard Webhooks schedule: 0 s, 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h; in all 75 hours and a half.
inline constexpr int kMaxAttempts = 10;

/// The pause before attempt number `attempt` (the first is 1), spread by ±20 % so that receivers which came back are not
/// met by all notices at once. `luck` in [0, 1). nullopt: that attempt is not made any more.
std::optional<Duration> PauseBefore(int attempt, double luck);

}  // namespace rowcall::callback
