#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace rowcall::mapping {

/// Seconds since 1970 UTC, from such seconds (9 to 11 digits), from an ISO 8601 date ("2024-01-31": midnight UTC) or a
/// date and time ("2024-01-31T12:30:00+02:00"; without a zone it is UTC; fractions are cut). nullopt for anything else,
/// and for what could mean two things, such as "31/01/2024", "20240131" or milliseconds.
std::optional<std::int64_t> ParseEpochSeconds(std::string_view text);

}  // namespace rowcall::mapping
