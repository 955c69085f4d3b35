#pragma once

#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace rowcall::cli {

/// "50ms", "2s", "1.5s", "3m", "1h", "7d"; "0" needs no unit. Fails with `invalid`.
Result<Duration> ParseDuration(std::string_view text);

}  // namespace rowcall::cli
