#include "wire/time_text.h"

#include <fmt/format.h>

namespace rowcall::wire {

std::string Iso8601(WallTime time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss hours(time - day);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), hours.hours().count(),
                     hours.minutes().count(), hours.seconds().count(), hours.subseconds().count());
}

}  // namespace rowcall::wire
