#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "ledger/ledger.h"
#include "ledger/sqlite.h"
#include "ledger/sqlite_ledger.h"
#include "model/job.h"

namespace rowcall::ledger {

/// What changes of a job while it runs: the row of table `progress`, and what is known of the tables around it.
struct Progress {
  TenantId tenant;
  JobId job;
  InstanceId instance;
  model::JobStatus status = model::JobStatus::created;
  bool cancel_requested = false;
  model::PausedBy paused_by = model::PausedBy::nobody;
  RowNumber hold_after = 0;
  std::string wait_reason;
  std::string error;
  std::optional<WallTime> started_at;
  std::optional<WallTime> finished_at;
  RowPlace next{1, 0};
  std::int64_t rows_read = 0;
  bool all_rows_read = false;
  model::OutcomeCounts counts;
  model::Milestone paced_from, next_pace;  ///< The second takes the place of the first when it is old enough.
  // So that the hot path asks no table that is empty.
  bool has_waiting = false;
  bool has_doubt = false;

  bool changed = false;  ///< Differs from the table; written by Transaction::Flush.

  /// Its rate is told from now on alone.
  void PaceFrom(WallTime now) { paced_from = next_pace = {now, counts.Total()}; }
};

/// What a write sees while it runs in a group's transaction. Lives as long as that transaction. A write checks first,
/// then changes tables, and changes a Progress last.
class Transaction {
 public:
  /// `holder`: whose leases are taken here.
  Transaction(Database& db, const Clock& clock, std::string_view holder) : db_(db), clock_(clock), holder_(holder) {}
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  Database& db() { return db_; }
  WallTime now() const { return clock_.Now(); }
  /// What the writes have brought so far; it counts once the group is committed.
  Committed& changes() { return changes_; }

  /// The progress of a job that may be written under this lease. Fails with `fenced`, `not_found`, `conflict` (the job
  /// is final) or `internal` (it is another instance's job). The pointer is valid for the whole transaction.
  Result<Progress*> Writable(const Lease& lease, JobId job);
  /// Without a lease: whatever the job's state. `not_found` if that tenant has no such job.
  Result<Progress*> ProgressOf(TenantId tenant, JobId job);

  /// Takes the instance's lease anew and returns its epoch.
  Result<std::int64_t> RaiseEpoch(TenantId tenant, InstanceId instance);
  Result<std::vector<Lease>> RaiseEveryEpoch();
  Result<void> Renew(const Lease& lease);
  /// The next number of the ledger's one sequence.
  Result<std::int64_t> NextId();
  /// Behind the commit the write-ahead log is moved into the database and cut to nothing; `emptied` then tells whether
  /// that could be done. It must outlive the group.
  void EmptyLogBehind(bool& emptied) { log_emptied_.push_back(&emptied); }
  const std::vector<bool*>& log_emptied() const { return log_emptied_; }
  /// Writes every changed progress.
  Result<void> Flush();

 private:
  Result<void> CheckLease(const Lease& lease);
  template <typename... Of>
  Result<void> CountTakeovers(const char* sql, Of... of);
  Result<Progress*> Load(TenantId tenant, JobId job);
  void Pace(Progress& progress) const;
  Result<void> Write(const Progress& progress);

  Database& db_;
  const Clock& clock_;
  const std::string_view holder_;
  std::map<std::pair<TenantId, InstanceId>, std::int64_t> epochs_;
  std::map<std::pair<TenantId, JobId>, Progress> progress_;
  Committed changes_;
  std::vector<bool*> log_emptied_;
};

}  // namespace rowcall::ledger
