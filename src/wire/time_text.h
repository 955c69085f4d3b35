#pragma once

#include <cstdint>
#include <string>

#include "base/clock.h"

namespace rowcall::wire {

/// "2026-01-01T00:00:00.000Z"
std::string Iso8601(WallTime time);

/// Milliseconds since 1970, as Open Connectors writes `createdDate`.
inline std::int64_t EpochMs(WallTime time) { return time.time_since_epoch().count(); }
inline WallTime FromEpochMs(std::int64_t ms) { return WallTime(std::chrono::milliseconds(ms)); }

}  // namespace rowcall::wire
