#include "ledger/transaction.h"

#include <utility>

#include "base/assert.h"

namespace rowcall::ledger {

namespace {

constexpr const char* kLoadProgress = R"sql(
SELECT p.status, p.cancel_requested, p.wait_reason, p.error, p.started_at, p.finished_at, p.next_row,
       p.next_offset, p.rows_read, p.all_rows_read, p.created, p.updated, p.unchanged, p.skipped, p.rejected, p.failed,
       p.cancelled, p.unresolved, p.incomplete, p.warned, j.instance, p.paused_by, p.hold_after, p.pace_at, p.pace_rows,
       p.next_pace_at, p.next_pace_rows,
       EXISTS (SELECT 1 FROM waiting WHERE tenant = p.tenant AND job = p.job),
       EXISTS (SELECT 1 FROM doubt WHERE tenant = p.tenant AND job = p.job)
FROM progress p JOIN job j ON j.tenant = p.tenant AND j.id = p.job
WHERE p.tenant = ?1 AND p.job = ?2)sql";

constexpr const char* kWriteProgress = R"sql(
UPDATE progress SET revision = revision + 1, status = ?3, cancel_requested = ?4, wait_reason = ?5, error = ?6,
       started_at = ?7, finished_at = ?8, next_row = ?9, next_offset = ?10, rows_read = ?11, all_rows_read = ?12,
       created = ?13, updated = ?14, unchanged = ?15, skipped = ?16, rejected = ?17, failed = ?18, cancelled = ?19,
       unresolved = ?20, incomplete = ?21, warned = ?22, paused_by = ?23, hold_after = ?24, pace_at = ?25,
       pace_rows = ?26, next_pace_at = ?27, next_pace_rows = ?28
WHERE tenant = ?1 AND job = ?2)sql";

std::optional<WallTime> OptionalTime(const Query& query, int column) {
  return query.IsNull(column) ? std::nullopt : std::optional(query.Time(column));
}

}  // namespace

Result<void> Transaction::CheckLease(const Lease& lease) {
  const std::pair key(lease.tenant, lease.instance);
  auto known = epochs_.find(key);
  if (known == epochs_.end()) {
    Query query = db_.Use("SELECT epoch FROM lease WHERE tenant = ?1 AND instance = ?2", lease.tenant, lease.instance);
    ASSIGN_OR_RETURN(const bool found, query.Next());
    known = epochs_.emplace(key, found ? query.Int(0) : 0).first;
  }
  if (known->second == lease.epoch) return {};
  return Fail(ErrorKind::fenced, "instance " + std::to_string(lease.instance.value) + ": the lease of epoch " +
                                     std::to_string(lease.epoch) + " was taken over by epoch " +
                                     std::to_string(known->second));
}

Result<std::int64_t> Transaction::RaiseEpoch(TenantId tenant, InstanceId instance) {
  RETURN_IF_ERROR(CountTakeovers(
      "SELECT count(*) FROM lease WHERE holder NOT IN ('', ?1) AND tenant = ?2 AND instance = ?3", tenant, instance));
  Query query = db_.Use(
      "INSERT INTO lease (tenant, instance, epoch, holder) VALUES (?1, ?2, 1, ?3) ON CONFLICT (tenant, instance) "
      "DO UPDATE SET epoch = epoch + 1, holder = excluded.holder RETURNING epoch",
      tenant, instance, holder_);
  ASSIGN_OR_RETURN(const bool found, query.Next());
  ROWCALL_ASSERT(found);
  epochs_[{tenant, instance}] = query.Int(0);
  return query.Int(0);
}

Result<std::vector<Lease>> Transaction::RaiseEveryEpoch() {
  RETURN_IF_ERROR(CountTakeovers("SELECT count(*) FROM lease WHERE holder NOT IN ('', ?1)"));
  epochs_.clear();
  Query query = db_.Use("UPDATE lease SET epoch = epoch + 1, holder = ?1 RETURNING tenant, instance, epoch", holder_);
  std::vector<Lease> leases;
  for (;;) {
    ASSIGN_OR_RETURN(const bool found, query.Next());
    if (!found) return leases;
    leases.push_back({TenantId(query.Int(0)), InstanceId(query.Int(1)), query.Int(2)});
  }
}

template <typename... Of>
Result<void> Transaction::CountTakeovers(const char* sql, Of... of) {
  Query query = db_.Use(sql, holder_, of...);
  ASSIGN_OR_RETURN(const bool found, query.Next());
  ROWCALL_ASSERT(found);
  changes_.leases_taken_over += query.Int(0);
  return {};
}

Result<void> Transaction::Renew(const Lease& lease) {
  RETURN_IF_ERROR(CheckLease(lease));
  return db_
      .Use("UPDATE lease SET renewals = renewals + 1 WHERE tenant = ?1 AND instance = ?2", lease.tenant, lease.instance)
      .Run();
}

Result<std::int64_t> Transaction::NextId() {
  Query query = db_.Use("UPDATE sequence SET next = next + 1 RETURNING next - 1");
  ASSIGN_OR_RETURN(const bool found, query.Next());
  ROWCALL_ASSERT(found);
  return query.Int(0);
}

Result<Progress*> Transaction::Load(TenantId tenant, JobId job) {
  const std::pair key(tenant, job);
  if (const auto known = progress_.find(key); known != progress_.end()) return &known->second;
  Query query = db_.Use(kLoadProgress, tenant, job);
  ASSIGN_OR_RETURN(const bool found, query.Next());
  if (!found) return Fail(ErrorKind::not_found, "there is no job " + std::to_string(job.value));
  Progress loaded;
  loaded.tenant = tenant;
  loaded.job = job;
  const auto status = model::JobStatusNamed(query.Text(0));
  if (!status) return Fail(ErrorKind::corrupt, db_.path() + ": job " + std::to_string(job.value) + " has no status");
  loaded.status = *status;
  loaded.cancel_requested = query.Flag(1);
  loaded.wait_reason = query.Text(2);
  loaded.error = query.Text(3);
  loaded.started_at = OptionalTime(query, 4);
  loaded.finished_at = OptionalTime(query, 5);
  loaded.next = {query.Int(6), query.Int(7)};
  loaded.rows_read = query.Int(8);
  loaded.all_rows_read = query.Flag(9);
  int column = 10;
  for (const model::OutcomeKind kind : model::kAllOutcomes) loaded.counts[kind] = query.Int(column++);
  loaded.counts.incomplete = query.Int(18);
  loaded.counts.warnings = query.Int(19);
  loaded.instance = InstanceId(query.Int(20));
  loaded.paused_by = model::PausedByNamed(query.Text(21)).value_or(model::PausedBy::nobody);
  loaded.hold_after = query.Int(22);
  loaded.paced_from = {query.Time(23), query.Int(24)};
  loaded.next_pace = {query.Time(25), query.Int(26)};
  loaded.has_waiting = query.Flag(27);
  loaded.has_doubt = query.Flag(28);
  return &progress_.emplace(key, std::move(loaded)).first->second;
}

Result<Progress*> Transaction::Writable(const Lease& lease, JobId job) {
  RETURN_IF_ERROR(CheckLease(lease));
  ASSIGN_OR_RETURN(Progress * progress, Load(lease.tenant, job));
  const auto name = [&] { return "job " + std::to_string(job.value); };
  if (progress->instance != lease.instance) {
    return Fail(ErrorKind::internal, name() + " does not belong to the lease's instance");
  }
  if (model::IsFinal(progress->status)) {
    return Fail(ErrorKind::conflict, name() + " has ended: " + std::string(model::Name(progress->status)));
  }
  return progress;
}

Result<Progress*> Transaction::ProgressOf(TenantId tenant, JobId job) { return Load(tenant, job); }

Result<void> Transaction::Flush() {
  for (auto& [key, progress] : progress_) {
    if (!progress.changed) continue;
    Pace(progress);
    RETURN_IF_ERROR(Write(progress));
    progress.changed = false;
  }
  return {};
}

void Transaction::Pace(Progress& progress) const {
  constexpr auto kBetweenPaces = std::chrono::seconds(10);
  const auto since = now() - progress.next_pace.at;
  if (since < std::chrono::seconds(0)) return progress.PaceFrom(now());  // the clock was set back
  if (since < kBetweenPaces) return;
  progress.paced_from = std::exchange(progress.next_pace, {now(), progress.counts.Total()});
}

Result<void> Transaction::Write(const Progress& progress) {
  using enum model::OutcomeKind;
  const model::OutcomeCounts& counts = progress.counts;
  Query query = db_.Use(kWriteProgress, progress.tenant, progress.job, model::Name(progress.status),
                        progress.cancel_requested, progress.wait_reason, progress.error, progress.started_at,
                        progress.finished_at, progress.next.row, progress.next.byte_offset, progress.rows_read,
                        progress.all_rows_read, counts[created], counts[updated], counts[unchanged], counts[skipped],
                        counts[rejected], counts[failed], counts[cancelled], counts[unresolved], counts.incomplete,
                        counts.warnings, model::Name(progress.paused_by), progress.hold_after, progress.paced_from.at,
                        progress.paced_from.rows, progress.next_pace.at, progress.next_pace.rows);
  return query.Run();
}

}  // namespace rowcall::ledger
