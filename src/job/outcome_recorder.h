#pragma once

#include <optional>
#include <vector>

#include "async/loop.h"
#include "async/semaphore.h"
#include "async/task.h"
#include "base/result.h"
#include "dispatch/lane.h"
#include "job/open_windows.h"
#include "ledger/ledger.h"
#include "model/outcome.h"

namespace rowcall::job {

/// A row that has ended: what it leaves, once its outcome is durable.
struct EndedRow {
  model::Outcome outcome;
  WindowId window;  ///< 0 = in none.
  dispatch::KeyLocks::Ticket ticket = 0;  ///< Of its keys; 0 = it holds none.
  std::optional<MonoTime> last_deadline;  ///< Of a call that may still take effect.
};

/// Brings the outcomes of a job's rows to the ledger, many in one write, so that a row pays for no task, no wake-up and no
/// flush of its own. For this those that have come wait up to 5 ms for others, once the last write is done. A row's keys
/// are given back only when its outcome is durable; until then nobody else may write them. One loop's thread.
class OutcomeRecorder {
 public:
  /// References outlive the recorder.
  OutcomeRecorder(async::Loop& loop, ledger::Ledger& ledger, const ledger::Lease& lease, JobId job,
                  dispatch::Lane& lane, OpenWindows& windows);

  void Add(EndedRow row);
  /// Writes what is added, until Close() and all is written. Once, by one task. After an error nothing more is written,
  /// and keys stay locked: nobody may write them before their rows are resolved.
  async::Task<Result<void>> Run();
  /// Waits until all that was added is durable, or never will be. It is written at once.
  async::Task<void> Settle();
  /// Nothing more is added.
  void Close();

 private:
  /// Waits for company for the rows that have come, unless somebody waits for them: in Settle(), or for a key.
  async::Task<void> Gather();
  async::Task<Result<void>> Write(std::vector<EndedRow> rows);
  bool settled() const { return failed_ || (rows_.empty() && !writing_); }

  async::Loop& loop_;
  ledger::Ledger& ledger_;
  const ledger::Lease lease_;
  const JobId job_;
  dispatch::Lane& lane_;
  OpenWindows& windows_;
  std::vector<EndedRow> rows_;
  bool writing_ = false;
  int settling_ = 0;  ///< Tasks in Settle().
  bool failed_ = false;
  bool closed_ = false;
  async::Signal changed_;
};

}  // namespace rowcall::job
