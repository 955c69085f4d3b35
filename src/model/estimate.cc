#include "model/estimate.h"

#include <algorithm>

namespace rowcall::model {

namespace {

/// A file whose rows are of one length at its beginning may have others further on.
constexpr double kUncertain = 0.05;

double Seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

double RateSince(const Milestone& from, const Job& job, WallTime now) {
  const double seconds = Seconds(now - from.at);
  return seconds <= 0 ? 0 : static_cast<double>(job.counts.Total() - from.rows) / seconds;
}

Duration TimeFor(double rows, double rate) {
  constexpr double kMostSeconds = 1e9;  // thirty years: longer means as much
  return std::chrono::duration_cast<Duration>(
      std::chrono::duration<double>(std::min(std::max(rows, 0.0) / rate, kMostSeconds)));
}

std::int64_t RowsExpected(const Job& job) {
  if (job.all_rows_read) return job.rows_in_file;
  if (job.bytes_read <= 0 || job.is_compressed) return 0;
  const double share = static_cast<double>(job.order.file.size_bytes) / static_cast<double>(job.bytes_read);
  return std::max(job.rows_in_file, static_cast<std::int64_t>(static_cast<double>(job.rows_in_file) * share));
}

}  // namespace

std::optional<Estimate> EstimateOf(const Job& job, WallTime now) {
  if (job.status != JobStatus::running || job.paused_by != PausedBy::nobody) return std::nullopt;
  Estimate estimate;
  const double recent = RateSince(job.paced_from, job, now);
  const double overall = RateSince({job.started_at, 0}, job, now);
  estimate.rows_per_second = std::max(recent, 0.0);  // a clock that was set back makes no sense of it
  estimate.rows_expected = RowsExpected(job);
  if (estimate.rows_expected == 0 || recent <= 0 || overall <= 0) return estimate;
  const double left = static_cast<double>(estimate.rows_expected - job.counts.Total());
  const double around = job.all_rows_read ? 0 : kUncertain;
  estimate.left = {TimeFor(left * (1 - around), std::max(recent, overall)),
                   TimeFor(left * (1 + around), std::min(recent, overall))};
  return estimate;
}

}  // namespace rowcall::model
