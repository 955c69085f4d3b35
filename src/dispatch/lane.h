#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "async/semaphore.h"
#include "async/timers.h"
#include "connector/answer.h"
#include "connector/connector.h"
#include "connector/request.h"
#include "dispatch/circuit.h"
#include "dispatch/concurrency.h"
#include "dispatch/key_locks.h"
#include "dispatch/rate_budget.h"
#include "dispatch/turns.h"
#include "model/instance.h"
#include "net/http_client.h"

namespace rowcall::dispatch {

/// Asked before a wait: must this work be given up now (the job is cancelled, the program ends)? A row that needs no wait
/// is finished all the same.
/// Whoever sets it calls Lane::Wake() next, so that waits see it at once.
struct StopToken {
  bool stopped = false;
};

/// What became of one call. `withdrawn`: it was never sent, because the caller's StopToken said so, or it was a test for
/// which there was no need.
struct Called {
  bool withdrawn = false;
  connector::Verdict verdict;
  std::string body;  ///< Of the answer, if there was one.
  MonoTime deadline{};  ///< When the call would have timed out.
};

/// One instance's way to its service, shared by all its jobs: credentials, rate budget, calls in flight, the service's
/// clock, and the locks on keys. A call waits here for its turn; what was not processed (rate limit, nothing sent) is
/// repeated here, because a repeat is safe. Whatever may have been processed is handed back. While the service gives no
/// definite answers at all (circuit.h), calls wait, and whoever waits asks it by the connection test. One loop's thread.
class Lane {
 public:
  /// References outlive the lane. The instance's settings `late.seconds` and `search.lag.seconds` replace the connector's
  /// `late` and `search_lag`; of the service's limit, its jobs together use the part that `rate.share` says; what reasons
  /// tell of personal data is said by `reasons.personal`.
  Lane(async::Timers& timers, net::HttpClient& http, std::shared_ptr<const connector::Connector> connector,
       model::Instance instance);

  /// New settings: calls that wait for a sign-in, or for the service, go on. While the instance is disabled, or the
  /// secret that signs it in cannot be read, each call is refused here and nothing is sent.
  void Replace(model::Instance instance);
  /// As it stands now; a later Replace() does not change it.
  std::shared_ptr<const model::Instance> instance() const { return {settings_, &settings_->instance}; }
  /// What reasons may tell of the rows' personal data. Only `show` shows it.
  model::Personal personal() const { return settings_->personal; }
  const connector::Connector& connector() const { return *connector_; }
  RateUse UseOfRate() const { return budget_.Use(timers_.clock().MonotonicNow(), vendor_clock_); }

  /// No call is begun that could last beyond this moment, for another process may do the work then. Calls wait until it
  /// is put off. At first there is no such moment.
  void HoldUntil(MonoTime moment);

  /// Makes the call, for a job that keeps to `share`. `body` must outlive it; `path` is filled already.
  async::Task<Called> Call(const connector::CallTemplate& call, const connector::FilledCall& filled,
                           std::string_view body, const StopToken& stop, RateShare& share);
  /// The connection test, for its definite answer and its Date. Writes nothing at the service. While calls wait for the
  /// service, it waits with them and makes none of its own.
  async::Task<Called> Test(const StopToken& stop);

  /// Waits until the service no longer refuses the instance (Replace() was called, or the connection test was answered
  /// well), or `stop`.
  async::Task<void> WaitForSignIn(const StopToken& stop);
  /// Waits for `duration`, or until `stop`.
  async::Task<void> Pause(Duration duration, const StopToken& stop);
  /// Every wait looks at its condition again.
  void Wake();

  /// The service's clock in whole seconds, never ahead of it; 0 before its first answer.
  std::int64_t VendorSeconds() const;
  /// How many definite answers came so far, of any row.
  std::int64_t definite_answers() const { return definite_answers_; }
  /// How many calls may be in flight at once, of all jobs together; it adapts to the service.
  int calls_at_once() const { return concurrency_.limit(); }
  /// Why nothing moves at the moment; "" if it moves. It is kept and shown beside no row: where personal data is hidden,
  /// it has the service's words of the connection test alone.
  const std::string& wait_reason() const { return wait_reason_.empty() ? turns_.wait_reason() : wait_reason_; }
  /// Whether it gives no definite answers at the moment.
  bool is_unavailable() const { return circuit_.is_open(); }
  /// Whether the service refuses the instance at the moment, as far as the last answer tells.
  bool is_refused() const { return refused_; }
  /// When it first did so since a call other than the connection test went well; nullopt = it did not.
  std::optional<MonoTime> refused_since() const { return refused_since_; }

  /// Whether a call with that deadline, of which nothing was heard, may still take effect. The epoch: there was no call.
  bool MayTakeEffect(MonoTime deadline) const {
    return deadline != MonoTime{} && timers_.clock().MonotonicNow() < deadline + late_;
  }
  /// Gives a row's keys back when a call with that deadline can take effect no more, so that a late request cannot lay
  /// old values over newer ones; then calls `released`, if the lane is still there. Also if nobody waits for them yet: a
  /// row of a later window may ask the next moment.
  void ReleaseKeysBehind(MonoTime deadline, KeyLocks::Ticket ticket, std::move_only_function<void()> released);

  /// How long after its deadline a call may still take effect.
  Duration late() const { return late_; }
  /// How long after that a find that lags may not show what it made.
  Duration search_lag() const { return search_lag_; }

  KeyLocks& key_locks() { return *key_locks_; }
  KeyLocks& related_locks() { return related_locks_; }
  async::Timers& timers() { return timers_; }

 private:
  /// The instance, and what each call takes from it.
  struct Settings {
    Settings(const connector::Connector& connector, model::Instance of);
    model::Instance instance;
    Result<net::Url> base;  ///< Its target is what stands before that of a call.
    Result<net::Headers> headers;
    net::Headers headers_with_body;  ///< Once `headers` are there.
    bool is_own_host = false;
    model::Personal personal = model::Personal::hidden;
  };

  std::optional<model::Reason> RefusedHere() const;
  bool HoldOutlastsACall(MonoTime from) const;
  async::Task<bool> WaitForService(const StopToken& stop);
  void NoteAmbiguous();
  void NoteDefinite();
  void SayUnavailable();
  Result<void> Prepare(net::HttpRequest& request, const Settings& settings, const connector::FilledCall& filled,
                       std::string_view body) const;
  bool IsNear(std::int64_t epoch_seconds) const;
  /// What it said about the rate, if anything.
  std::optional<RateReading> Observe(const net::HttpAnswer& answer, MonoTime now);
  void NoteVerdict(const connector::CallTemplate& call, const connector::Verdict& verdict);
  std::string SignInRefused(const connector::CallTemplate& call, const model::Reason& reason) const;
  /// A call: since when, and beside how many (itself counted).
  struct Begun {
    MonoTime at{};
    int in_flight = 0;
  };
  void NoteLoad(const Begun& begun, const net::Exchange& exchange, connector::Meaning meaning,
                const std::optional<RateReading>& rate, MonoTime now);
  /// It was not processed: when it may be made again.
  enum class Again { in_its_turn, after_a_pause };
  async::Task<std::expected<Called, Again>> CallOnce(const connector::CallTemplate& call,
                                                     const connector::FilledCall& filled, std::string_view body);

  async::Timers& timers_;
  net::HttpClient& http_;
  std::shared_ptr<const connector::Connector> connector_;  // owners: the engine's connectors, running jobs, this lane
  std::shared_ptr<const Settings> settings_;  // owners: this lane, calls under way with them, who asked for instance()
  Duration late_{};
  MonoTime held_until_ = MonoTime::max();
  Duration search_lag_{};
  RateBudget budget_;
  VendorClock vendor_clock_;
  Concurrency concurrency_;
  Turns turns_;
  Circuit circuit_;
  std::string last_date_;  ///< The service's Date header, as it came last: the same for a second of answers.
  std::optional<std::int64_t> last_date_seconds_;
  std::shared_ptr<KeyLocks> key_locks_ =
      std::make_shared<KeyLocks>();  // owner: this lane; its alarms look whether it is
  KeyLocks related_locks_;
  std::int64_t definite_answers_ = 0;
  std::string wait_reason_;
  bool refused_ = false;
  std::optional<MonoTime> refused_since_;
  async::Signal changed_;
};

/// The address of a call: the instance's own base address if it names one, else the connector's, then `target`.
Result<net::Url> AddressOf(const connector::Connector& connector, const model::Instance& instance,
                           std::string_view target);
/// Whether that is one of the connector's own hosts, by https on 443. Any other may be sent to only where the operator
/// allowed its address by hand.
bool IsOwnHost(const connector::Connector& connector, const net::Url& url);
/// The connector's headers, sign-in included. Fails with `unavailable` if the secret for it cannot be read.
Result<net::Headers> SignedInHeaders(const connector::Connector& connector, const model::Instance& instance);

}  // namespace rowcall::dispatch
