#pragma once

#include "base/clock.h"

namespace rowcall::dispatch {

/// Opens when a service has given no definite answer to kOpensAfter calls in a row: then no row is sent until it has
/// answered a probe, so that an outage costs a wait and few doubts. Probes come at growing intervals, one at a time. A
/// pure question: nothing waits inside. One loop's thread.
class Circuit {
 public:
  static constexpr int kOpensAfter = 20;
  static constexpr Duration kFirstPause = std::chrono::seconds(1);
  static constexpr Duration kLongestPause = std::chrono::seconds(30);

  /// A call had no definite answer.
  void Ambiguous(MonoTime now);
  /// A call was answered: the service is there.
  void Definite();

  bool is_open() const { return is_open_; }
  /// When the next probe is due; MonoTime::max() while one is under way. Of an open one.
  MonoTime probe_at() const { return probe_at_; }
  void BeginProbe() { probe_at_ = MonoTime::max(); }
  void EndProbe(MonoTime now);

 private:
  int in_a_row_ = 0;
  bool is_open_ = false;
  Duration pause_{};
  MonoTime probe_at_{};
};

}  // namespace rowcall::dispatch
