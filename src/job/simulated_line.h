#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "async/timers.h"
#include "job/simulated_scenario.h"
#include "job/simulated_service.h"
#include "job/simulated_trace.h"
#include "net/http_client.h"

namespace rowcall::job {

/// The line between the processes of a simulated world and its service: calls take their time on it, are lost, are
/// carried out without an answer, or when nobody waits for it any more; also when their sender has died meanwhile.
class SimulatedLine {
 public:
  /// References outlive the line; `timers` are the world's, which outlive every process.
  SimulatedLine(Dice& dice, const Scenario& scenario, SimulatedService& service, async::Timers& timers, Trace& trace);

  /// For a process with timers of its own.
  async::Task<net::Exchange> Send(async::Timers& sender, const net::HttpRequest& request);
  /// From now on no call is lost by chance.
  void Calm() { is_calm_ = true; }
  /// How many calls about it had no definite answer, but for those while the service was away.
  int AmbiguousAbout(const std::string& subject) const;

  std::function<void(const SimulatedService::Call&)> sent;  ///< Called at each call.
  std::function<void()> carried_out;  ///< Called behind each call that was.

 private:
  Fate Draw(const SimulatedService::Call& call);
  bool IsAway() const;
  /// When the sender goes on; by then the exchange is as it will be.
  MonoTime Dispatch(const SimulatedService::Call& call, Fate fate, const std::shared_ptr<net::Exchange>& exchange);
  void Plan(MonoTime at, const SimulatedService::Call& call, Fate fate, std::shared_ptr<net::Exchange> exchange);
  net::HttpAnswer Answer(const SimulatedService::Call& call, Fate fate);
  Duration OnTheWay();

  Dice& dice_;
  const Scenario& scenario_;
  SimulatedService& service_;
  async::Timers& timers_;
  Trace& trace_;
  const MonoTime began_;
  bool is_calm_ = false;
  std::map<std::string, int> lost_by_chance_;  ///< By subject.
  std::map<std::string, int> ambiguous_;
};

}  // namespace rowcall::job
