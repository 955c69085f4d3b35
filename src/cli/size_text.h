#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"

namespace rowcall::cli {

/// Bytes: "500MiB", "10GiB", "64KiB", "1TiB", or a number without a unit. At least one. Fails with `invalid`.
Result<std::uint64_t> ParseSize(std::string_view text);

}  // namespace rowcall::cli
