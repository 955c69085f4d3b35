#pragma once

#include <cstdint>
#include <optional>
#include <utility>

#include "base/clock.h"
#include "model/job.h"

namespace rowcall::model {

/// How fast a job moves, and how long it may take from now on.
struct Estimate {
  double rows_per_second = 0;  ///< Over the last 10 to 20 seconds, or since it began or was resumed.
  std::int64_t rows_expected = 0;  ///< Of the whole file: counted, or told from the part that was read; 0 = not known.
  /// At the faster and at the slower of that rate and the one since its start. Nullopt: not known, or it stands still.
  std::optional<std::pair<Duration, Duration>> left;
};

/// Nullopt for a job that has not begun, is paused, or has ended.
std::optional<Estimate> EstimateOf(const Job& job, WallTime now);

}  // namespace rowcall::model
