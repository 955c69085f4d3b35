#pragma once

#include <memory>
#include <optional>

#include "async/loop.h"
#include "async/timers.h"
#include "files/file_store.h"
#include "ledger/ledger.h"

namespace rowcall::retention {

/// How long what is known of a job is kept behind its end; nullopt = until somebody asks for its purge.
struct Keep {
  std::optional<Duration> rows = std::chrono::days(7);     ///< And its file.
  std::optional<Duration> counts = std::chrono::days(90);  ///< And the job itself. At least as long as the rows.
};

/// Outcomes that are taken away in one transaction.
inline constexpr std::size_t kRowsInSlice = 1'000;

/// Purges jobs whose time has come by the wall clock, or whose purge was begun in the ledger (Ledger::BeginPurge): first
/// the file, then the rows in slices, then all that was said of them. Between two slices it rests at least as long as the
/// last one took, so that half of the ledger's writer is left to the others. What a crash breaks off is gone on with.
class Purger {
 public:
  /// All outlive it; used on `loop`.
  Purger(async::Loop& loop, async::Timers& timers, ledger::Ledger& ledger, files::FileStore& files, Keep keep);
  ~Purger();
  Purger(const Purger&) = delete;
  Purger& operator=(const Purger&) = delete;

  /// Begins, with what an earlier process left. On the loop, once.
  void Start();
  /// A purge was begun: look now. On the loop.
  void Wake();
  /// Begins no further slice and waits for the one under way. On the loop.
  async::Task<void> Stop();

 private:
  struct State;
  std::shared_ptr<State> state_;  // owners: this object and its running task
};

}  // namespace rowcall::retention
