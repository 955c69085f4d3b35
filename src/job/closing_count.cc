// Before a job ends: rows that were sent once more, though no key holds their records, are counted at the service.

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "job/job_runner.h"

namespace rowcall::job {

namespace {

constexpr std::size_t kMostCounted = 1'000;
constexpr std::size_t kMostWarnings = 20;

std::string ExtraOf(RowNumber row, const std::vector<std::string>& ids) {
  return fmt::format(
      "Row {} was sent once more after a search did not find it, and {} stands there now that no row accounts for (id "
      "{}). Look at the service, and archive what is one too many.",
      row, ids.size() == 1 ? "another record" : fmt::format("{} other records", ids.size()), fmt::join(ids, ", "));
}

}  // namespace

void JobRunner::NoteSentAgain(const PendingRow& row) {
  if (sent_again_.size() < kMostCounted || sent_again_.contains(row.mapped.number)) {
    sent_again_[row.mapped.number] = {row.mapped.record, row.vendor_time};
  } else {
    ++uncounted_;
  }
}

/// What is to be said of them. Of rows that an earlier process sent again nothing is known here.
async::Task<Result<std::vector<std::string>>> JobRunner::CountSentAgain() {
  std::vector<std::string> warnings;
  if (sent_again_.empty() || leaving()) co_return warnings;
  const Duration lag = parts_.lane.search_lag();
  const WallTime at = parts_.timers.clock().Now() + std::chrono::duration_cast<WallTime::duration>(lag);
  counting_ =
      fmt::format("all rows have ended; those that were sent once more are counted at the service at {:%H:%M:%S} UTC",
                  std::chrono::floor<std::chrono::seconds>(at));
  co_await parts_.lane.Pause(lag, stop_);
  std::size_t extras = 0;
  for (const auto& [number, row] : sent_again_) {
    std::optional<std::vector<std::string>> ids;
    if (!stopping()) {
      ASSIGN_OR_CO_RETURN(ids, co_await sender_.FindUnheld(row.record, row.vendor_time));
    }
    if (!ids) ++uncounted_;
    if (ids && !ids->empty() && ++extras <= kMostWarnings) warnings.push_back(ExtraOf(number, *ids));
  }
  counting_.clear();
  if (extras > kMostWarnings) {
    warnings.push_back(fmt::format("The same is so of {} more rows.", extras - kMostWarnings));
  }
  if (uncounted_ > 0) {
    warnings.push_back(fmt::format(
        "{} rows were sent once more after a search did not find them, and could not be counted at the service in the "
        "end: a call that took effect very late may have made another record.",
        uncounted_));
  }
  co_return warnings;
}

}  // namespace rowcall::job
