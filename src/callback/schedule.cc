#include "callback/schedule.h"

#include <array>

#include "base/assert.h"

namespace rowcall::callback {

namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::array<Duration, kMaxAttempts> kPauses = {
    seconds(0), seconds(5), minutes(5), minutes(30), hours(2), hours(5), hours(10), hours(14), hours(20), hours(24),
};
constexpr double kSpread = 0.2;

}  // namespace

std::optional<Duration> PauseBefore(int attempt, double luck) {
  ROWCALL_ASSERT(attempt >= 1);
  if (attempt > kMaxAttempts) return std::nullopt;
  const Duration pause = kPauses[static_cast<std::size_t>(attempt - 1)];
  const double factor = 1.0 - kSpread + 2.0 * kSpread * luck;
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double, Duration::period>(pause) * factor);
}

}  // namespace rowcall::callback
