#pragma once

#include <functional>
#include <memory>
#include <string>

#include "async/blocking_pool.h"
#include "async/loop.h"
#include "async/timers.h"
#include "base/result.h"
#include "connector/connector.h"
#include "files/file_store.h"
#include "ledger/catalogue.h"
#include "ledger/ledger.h"
#include "net/http_client.h"

namespace rowcall::job {

/// What the engine works with. All outlive it.
struct EngineParts {
  async::Loop& loop;          ///< All work for all instances runs on this loop.
  async::Timers& timers;      ///< Of that loop.
  async::BlockingPool& pool;
  net::HttpClient& http;      ///< Of that loop.
  ledger::Ledger& ledger;
  ledger::Catalogue& catalogue;
  files::FileStore& files;
  /// Called on the loop after the transaction that ended a job with a callback.
  std::function<void()> callback_is_due;
};

/// Runs jobs to their end. Every job that the ledger knows as unfinished is taken up at Start(); what was in flight when
/// the last process died is in doubt and is resolved first.
class JobEngine {
 public:
  explicit JobEngine(EngineParts parts);
  ~JobEngine();
  JobEngine(const JobEngine&) = delete;
  JobEngine& operator=(const JobEngine&) = delete;

  /// On the engine's loop, once, before anything else. Fails if the ledger cannot be read.
  async::Task<Result<void>> Start();
  /// A job was created in the ledger: run it. Thread-safe.
  void Submit(TenantId tenant, JobId job);
  /// Its cancellation stands in the ledger: let it see so now. Thread-safe.
  void CancelWasRequested(JobId job);
  /// Whether it is paused was changed in the ledger: let it see so now. Thread-safe.
  void PauseWasChanged(JobId job);
  /// The instance's settings changed: jobs that wait for a sign-in try again. Thread-safe.
  void InstanceChanged(InstanceId instance);
  /// Begins no new row, finishes rows in flight for at most `patience`. On the loop.
  async::Task<void> Drain(Duration patience);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace rowcall::job
