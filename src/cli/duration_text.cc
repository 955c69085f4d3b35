#include "cli/duration_text.h"

#include <charconv>
#include <cmath>
#include <string>

namespace rowcall::cli {

namespace {

constexpr double kLongest = 1e9;  // seconds

/// In seconds; 0 if there is no such unit.
double UnitNamed(std::string_view name) {
  if (name == "ms") return 0.001;
  if (name == "s") return 1;
  if (name == "m") return 60;
  if (name == "h") return 3'600;
  if (name == "d") return 86'400;
  return 0;
}

}  // namespace

Result<Duration> ParseDuration(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  const bool zero = error == std::errc() && unit.empty() && number == 0;
  const double seconds = number * UnitNamed(unit);
  if (zero) return Duration(0);
  if (error != std::errc() || UnitNamed(unit) == 0 || !(seconds >= 0) || seconds > kLongest) {
    return Fail(ErrorKind::invalid, "\"" + std::string(text) + "\" is not a time",
                "Write a number and a unit: 50ms, 2s, 3m, 1h, 7d.");
  }
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
}

}  // namespace rowcall::cli
