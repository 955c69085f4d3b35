#pragma once

#include <optional>

#include "base/clock.h"

namespace rowcall::dispatch {

/// How many calls may be in flight at once: as many as a service answers without letting them wait for each other, and
/// half of that beside. A gradient controller, after Envoy's; docs/decisions/2026-11-27-concurrency-by-gradient.md says
/// why. Told of each call; a pure question, nothing waits inside. One loop's thread.
///
/// What a call takes where none waits for another is measured at first, and again now and then with a quarter of the
/// calls. The limit doubles each round trip until calls take longer than that and a half; from then on it follows from
/// what they take. Slow answers alone do not bring it below `first`; refusals, and answers that say nothing, bring it
/// down to a quarter of that.
class Concurrency {
 public:
  /// Begins with `first`, never goes above `most`; a `first` above that counts as `most`. If they are equal, latency
  /// changes nothing.
  Concurrency(int first, int most);

  int limit() const;

  /// A call is sent.
  void Sent(MonoTime now);
  /// One that was sent at `sent_at`, as one of `in_flight` (itself counted), was answered, with whatever verdict.
  /// `latency` is what that took the service.
  void Answered(MonoTime sent_at, int in_flight, Duration latency, MonoTime now);
  /// … was turned away because there were too many calls at once.
  void Refused(MonoTime sent_at, MonoTime now);
  /// … had no definite answer.
  void Ambiguous(MonoTime sent_at, MonoTime now);

 private:
  /// As many calls as may be in flight, whichever are answered next.
  struct Round {
    int answered = 0;
    int ambiguous = 0;
    Duration latencies{};
    double in_flight = 0;  ///< Of each call, summed up.
    int most_in_flight = 0;
  };
  /// Calls that are sent one after the other, to the slowest but a few: the quick ones alone would be too quick.
  struct Measurement {
    MonoTime begun_at{};
    MonoTime last_sent_at{};
    int sent = 0;
    int ended = 0;
    int answered = 0;
    Duration latencies{};
  };

  void Measure(MonoTime sent_at, std::optional<Duration> latency, MonoTime now);
  int CallsToMeasure() const;
  void EndRoundIfDue(MonoTime now);
  void Adapt(const Round& round, MonoTime now);
  void Cut(double to, MonoTime now);

  const int most_;
  const int first_;
  int limit_;
  bool starting_ = true;  ///< Doubling.
  Duration base_{};  ///< Latency where no call waits for another; 0 = not known yet.
  std::optional<Measurement> measurement_ = Measurement();  ///< Under way.
  MonoTime measure_at_{};
  /// Sooner at first: the first calls may have waited for each other, and who has few in flight measures better.
  Duration measure_after_ = std::chrono::seconds(3);
  MonoTime careful_until_{};  ///< Until then, grow by one a round.
  MonoTime cut_at_{};  ///< Calls that were sent before say nothing about the limit since.
  Round round_;
};

}  // namespace rowcall::dispatch
