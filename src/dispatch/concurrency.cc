#include "dispatch/concurrency.h"

#include <algorithm>
#include <utility>

namespace rowcall::dispatch {

namespace {

constexpr int kFewest = 8;  ///< Calls in a round or a measurement.
/// What a call may take longer, for the service's own unevenness: half of it, and what our loop itself may be late.
constexpr int kToleratedPart = 2;
constexpr Duration kToleratedTime = std::chrono::microseconds(500);
/// One answer that takes longer than so many others counts as so many.
constexpr int kOutlier = 4;
/// The part of the calls that goes on while the latency is measured, and below which nothing cuts the first limit.
constexpr int kFew = 4;
/// Measuring costs the time of two round trips of most calls: less than two in a hundred.
constexpr Duration kMeasureEvery = std::chrono::seconds(30);
constexpr int kMeasureEveryRoundTrips = 100;
/// One in so many measured calls is not waited for.
constexpr int kOneLeftOutIn = 8;
constexpr Duration kCareful = std::chrono::seconds(30);
constexpr double kCutAfterRefusal = 0.7;
constexpr double kCutAfterAmbiguous = 0.5;
/// Of a round's calls, so many ambiguous ones are a sign of too much load; fewer happen to any service.
constexpr int kOneAmbiguousIn = 10;

}  // namespace

Concurrency::Concurrency(int first, int most) : most_(most), first_(std::min(first, most)), limit_(first_) {}

int Concurrency::limit() const {
  const bool holds_back = measurement_ && base_ > Duration(0);
  return holds_back ? std::max(1, limit_ / kFew) : limit_;
}

void Concurrency::Sent(MonoTime now) {
  if (!measurement_ || now <= measurement_->begun_at || measurement_->sent == CallsToMeasure()) return;
  ++measurement_->sent;
  measurement_->last_sent_at = now;
}

void Concurrency::Answered(MonoTime sent_at, int in_flight, Duration latency, MonoTime now) {
  if (sent_at < cut_at_) return;
  if (base_ > Duration(0)) latency = std::min(latency, base_ * kOutlier);
  round_.latencies += latency;
  round_.in_flight += in_flight;
  round_.most_in_flight = std::max(round_.most_in_flight, in_flight);
  ++round_.answered;
  if (measurement_) Measure(sent_at, latency, now);
  EndRoundIfDue(now);
}

void Concurrency::Refused(MonoTime sent_at, MonoTime now) {
  if (sent_at >= cut_at_) Cut(kCutAfterRefusal, now);
}

void Concurrency::Ambiguous(MonoTime sent_at, MonoTime now) {
  if (sent_at < cut_at_) return;
  ++round_.ambiguous;
  if (measurement_) Measure(sent_at, std::nullopt, now);
  EndRoundIfDue(now);
}

int Concurrency::CallsToMeasure() const { return std::max(limit(), kFewest); }

void Concurrency::Measure(MonoTime sent_at, std::optional<Duration> latency, MonoTime now) {
  Measurement& measurement = *measurement_;
  if (sent_at <= measurement.begun_at || sent_at > measurement.last_sent_at) return;
  ++measurement.ended;
  if (latency) measurement.latencies += *latency, ++measurement.answered;
  const int calls = CallsToMeasure();
  if (measurement.ended < calls - calls / kOneLeftOutIn || measurement.answered == 0) return;
  if (base_ > Duration(0)) round_ = {};  // few were in flight
  base_ = std::max(measurement.latencies / measurement.answered, Duration(1));
  measurement_.reset();
  measure_at_ = now + std::max(measure_after_, base_ * kMeasureEveryRoundTrips);
  measure_after_ = std::min(measure_after_ * 2, kMeasureEvery);
}

void Concurrency::EndRoundIfDue(MonoTime now) {
  const int ended = round_.answered + round_.ambiguous;
  if (ended < std::max(limit(), kFewest)) return;
  const Round round = std::exchange(round_, {});
  if (round.ambiguous * kOneAmbiguousIn >= ended) {
    Cut(kCutAfterAmbiguous, now);
  } else if (!measurement_) {
    Adapt(round, now);
  }
}

void Concurrency::Adapt(const Round& round, MonoTime now) {
  if (round.most_in_flight < limit_ - limit_ / kFew) return;  // it is not the limit that holds them
  const Duration mean = std::max(round.latencies / round.answered, Duration(1));
  const Duration tolerated = base_ + base_ / kToleratedPart + kToleratedTime;
  starting_ = starting_ && mean <= tolerated;
  if (starting_) {
    limit_ = std::min(limit_ * 2, most_);
  } else {
    // At the service's own pace, as this round shows it, so many calls are under way within the tolerated time.
    const double fits =
        round.in_flight / round.answered * static_cast<double>(tolerated.count()) / static_cast<double>(mean.count());
    const int step_up = now < careful_until_ ? limit_ + 1 : limit_ * 2;
    const int wanted = std::clamp(static_cast<int>(fits) + 1, limit_ / 2, step_up);
    limit_ = std::clamp(wanted, std::min(limit_, first_), most_);
  }
  if (now >= measure_at_ && first_ < most_) measurement_ = Measurement{.begun_at = now};
}

void Concurrency::Cut(double to, MonoTime now) {
  limit_ = std::max(std::max(1, first_ / kFew), static_cast<int>(limit_ * to));
  starting_ = false;
  if (measurement_) measurement_ = base_ > Duration(0) ? std::nullopt : std::optional(Measurement{.begun_at = now});
  careful_until_ = now + kCareful;
  cut_at_ = now;
  round_ = {};
}

}  // namespace rowcall::dispatch
