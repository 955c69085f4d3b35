#pragma once

#include <functional>
#include <memory>
#include <string>

#include "async/blocking_pool.h"
#include "async/loop.h"
#include "async/timers.h"
#include "base/result.h"
#include "connector/connector.h"
#include "dispatch/rate_budget.h"
#include "files/file_store.h"
#include "ledger/catalogue.h"
#include "ledger/ledger.h"
#include "net/http_client.h"

namespace rowcall::job {

/// Times of the lease under which an instance's jobs are run. Its holder trusts it for a while from the last renewal that
/// it asked for; others take it when it has seen no renewal for longer, each by its own clock.
struct LeaseTimes {
  Duration lasts = std::chrono::seconds(20);
  Duration renewed_every = std::chrono::seconds(4);
  /// No call to the service is begun that could last to within this of its end.
  Duration spare = std::chrono::seconds(2);
  Duration free_after = std::chrono::seconds(25);
};
static_assert(LeaseTimes().lasts - LeaseTimes().renewed_every - LeaseTimes().spare > connector::kLongestDeadline);

/// What the engine works with. All outlive it.
struct EngineParts {
  async::Loop& loop;  ///< All work for all instances runs on this loop.
  async::Timers& timers;  ///< Of that loop.
  async::BlockingPool& pool;
  net::HttpClient& http;  ///< Of that loop.
  ledger::Ledger& ledger;
  ledger::Catalogue& catalogue;
  files::FileStore& files;
  /// Called on the loop after the transaction that ended a job with a callback.
  std::function<void()> callback_is_due;
  LeaseTimes lease = {};
};

/// Runs jobs to their end. Every job that the ledger knows as unfinished is taken up at Start(), and those of an instance
/// when its lease comes from another process, or anew when its work was given up here; what was in flight when the last process died is in doubt and is resolved
/// first.
///
/// It works for an instance under a lease, which it takes with the first job and renews while there are any. If the lease
/// runs out (the process stood still) or is taken by another, all that is in memory of these jobs is given up; they begin
/// anew under a new lease, as in a new process.
class JobEngine {
 public:
  explicit JobEngine(EngineParts parts);
  ~JobEngine();
  JobEngine(const JobEngine&) = delete;
  JobEngine& operator=(const JobEngine&) = delete;

  /// On the engine's loop, once, before anything else, in the one process that may use the ledger's folder: takes every
  /// lease. Fails if the ledger cannot be used.
  async::Task<Result<void>> Start();
  /// A job was created in the ledger: run it. Thread-safe.
  void Submit(TenantId tenant, JobId job);
  /// Its cancellation stands in the ledger: let it see so now. Thread-safe.
  void CancelWasRequested(JobId job);
  /// Whether it is paused was changed in the ledger: let it see so now. Thread-safe.
  void PauseWasChanged(JobId job);
  /// The instance's settings changed: jobs that wait for a sign-in try again. Thread-safe.
  void InstanceChanged(InstanceId instance);
  /// Of all instances that it worked for. On any loop.
  async::Task<dispatch::RateUse> UseOfRate();
  /// Begins no new row, finishes rows in flight for at most `patience`. On the loop.
  async::Task<void> Drain(Duration patience);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace rowcall::job
