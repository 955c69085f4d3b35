#include "base/assert.h"
#include "ledger/json_text.h"
#include "ledger/reads.h"
#include "ledger/writes.h"

namespace rowcall::ledger {

using model::JobStatus;
using model::PausedBy;

namespace {

constexpr const char* kInsertJob = R"sql(
INSERT INTO job (tenant, id, instance, object, action, match_field, restore_archived, file_key, file_name, file_size,
                 file_sha256, file_format, metadata, ignored_keys, warnings, callback_url, region, mapping,
                 connector_digest, created_at, file_encoding, canary_rows, stop_after,
                 rate_permille, retry_of, retry_root, keep_pre_image, undoes)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23,
        ?24, ?25, ?26, ?27, ?28))sql";

constexpr const char* kStartJob = R"sql(
UPDATE job SET plan = ?3, read_as = ?4, columns_not_loaded = ?5, file_warnings = ?6, is_compressed = ?7
WHERE tenant = ?1 AND id = ?2)sql";

constexpr const char* kInsertProgress = R"sql(
INSERT INTO progress
VALUES (?1, ?2, 'CREATED', 0, '', '', 1, NULL, NULL, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, '', ?3, 0, 0, 0, 0,
        NULL, NULL))sql";

// What a job must not leave behind.
constexpr const char* kCountLoose = R"sql(
SELECT (SELECT count(*) FROM open_window WHERE tenant = ?1 AND job = ?2),
       (SELECT count(*) FROM waiting WHERE tenant = ?1 AND job = ?2),
       (SELECT count(*) FROM doubt WHERE tenant = ?1 AND job = ?2))sql";

Result<void> CheckConservation(Transaction& transaction, const Progress& progress, std::int64_t outcomes) {
  const std::string name = "job " + std::to_string(progress.job.value) + " cannot end: ";
  if (!progress.all_rows_read) return Fail(ErrorKind::internal, name + "its file was not read to the end");
  Query loose = transaction.db().Use(kCountLoose, progress.tenant, progress.job);
  ASSIGN_OR_RETURN(const bool found, loose.Next());
  ROWCALL_ASSERT(found);
  const bool all_accounted = outcomes == progress.rows_read && progress.counts.Total() == progress.rows_read;
  if (all_accounted && loose.Int(0) == 0 && loose.Int(1) == 0 && loose.Int(2) == 0) return {};
  return Fail(ErrorKind::internal, name + std::to_string(progress.rows_read) + " rows in the file, " +
                                       std::to_string(outcomes) + " outcomes, " +
                                       std::to_string(progress.counts.Total()) + " counted, " +
                                       std::to_string(loose.Int(0)) + " open windows, " + std::to_string(loose.Int(1)) +
                                       " rows waiting, " + std::to_string(loose.Int(2)) + " in doubt");
}

Result<Progress*> Unfinished(Transaction& transaction, TenantId tenant, JobId job, const std::string& what) {
  ASSIGN_OR_RETURN(Progress * progress, transaction.ProgressOf(tenant, job));
  if (!model::IsFinal(progress->status)) return progress;
  return Fail(ErrorKind::conflict,
              "job " + std::to_string(job.value) + " has ended: " + std::string(model::Name(progress->status)),
              "A job that has ended cannot be " + what + ".");
}

/// The job as it stands after the change, for who asked for it.
Result<model::Job> Changed(Transaction& transaction, TenantId tenant, JobId job) {
  RETURN_IF_ERROR(transaction.Flush());
  return GetJob(transaction.db(), tenant, job);
}

Result<void> ForgetOldSubmissions(Transaction& transaction) {
  const WallTime kept_since = transaction.now() - kSubmissionsKept;
  return transaction.db().Use("DELETE FROM submission WHERE created_at < ?1", kept_since).Run();
}

/// What has been purged meanwhile cannot be tried again: of its rows some may have been missing already.
Result<void> CheckRowsAreKept(Transaction& transaction, TenantId tenant, JobId job) {
  ASSIGN_OR_RETURN(const bool purged, IsBeingPurged(transaction.db(), tenant, job));
  return purged ? RowsArePurged(job) : Result<void>();
}

/// The job that the submission made before; 0 = none.
Result<JobId> JobOf(Transaction& transaction, const model::JobOrder& order, const Submission& submission) {
  if (submission.key.empty()) return JobId();
  Query query =
      transaction.db().Use("SELECT digest, job FROM submission WHERE tenant = ?1 AND instance = ?2 AND key = ?3",
                           order.tenant, order.instance, submission.key);
  ASSIGN_OR_RETURN(const bool found, query.Next());
  if (!found) return JobId();
  if (query.Text(0) == submission.digest) return JobId(query.Int(1));
  return Fail(ErrorKind::conflict, "the submission's key belongs to job " + std::to_string(query.Int(1)) +
                                       ", which was asked for with other words or another file");
}

}  // namespace

Result<Lease> TakeLease(Transaction& transaction, TenantId tenant, InstanceId instance) {
  ASSIGN_OR_RETURN(const std::int64_t epoch, transaction.RaiseEpoch(tenant, instance));
  return Lease{tenant, instance, epoch};
}

Result<CreatedJob> CreateJob(Transaction& transaction, const model::JobOrder& order, const Submission& submission) {
  RETURN_IF_ERROR(ForgetOldSubmissions(transaction));
  ASSIGN_OR_RETURN(const JobId known, JobOf(transaction, order, submission));
  if (known) return CreatedJob{known, false};
  if (order.retry_root) {
    RETURN_IF_ERROR(CheckRowsAreKept(transaction, order.tenant, order.retry_of));
    ASSIGN_OR_RETURN(const auto retries, RetriesUnder(transaction.db(), order.tenant, order.retry_root));
    if (retries.size() != submission.retries_known) return CreatedJob{retries.back().id, false, true};
  }
  ASSIGN_OR_RETURN(const std::int64_t id, transaction.NextId());
  RETURN_IF_ERROR(transaction.db()
                      .Use(kInsertJob, order.tenant, id, order.instance, order.object, model::Name(order.action),
                           order.match_field, order.restore_archived, order.file.key, order.file.name,
                           order.file.size_bytes, order.file.sha256, model::Name(order.file.format),
                           order.metadata_json, ListToJson(order.ignored_keys), ListToJson(order.warnings),
                           order.callback_url, order.region, order.mapping_json, order.connector_digest,
                           transaction.now(), order.file.encoding ? model::Name(*order.file.encoding) : "",
                           order.canary_rows, order.stop_after, order.rate_permille, order.retry_of, order.retry_root,
                           order.keep_pre_image, order.undoes)
                      .Run());
  RETURN_IF_ERROR(transaction.db().Use(kInsertProgress, order.tenant, id, order.canary_rows).Run());
  if (!submission.key.empty()) {
    RETURN_IF_ERROR(transaction.db()
                        .Use("INSERT INTO submission VALUES (?1, ?2, ?3, ?4, ?5, ?6)", order.tenant, order.instance,
                             submission.key, submission.digest, id, transaction.now())
                        .Run());
  }
  ++transaction.changes().jobs_created;
  return CreatedJob{JobId(id)};
}

Result<model::Job> RequestCancel(Transaction& transaction, TenantId tenant, JobId job) {
  ASSIGN_OR_RETURN(Progress * progress, Unfinished(transaction, tenant, job, "cancelled"));
  if (!progress->cancel_requested) {
    progress->status = JobStatus::cancellation_pending;
    progress->cancel_requested = true;
    progress->paused_by = PausedBy::nobody;
    progress->changed = true;
  }
  return Changed(transaction, tenant, job);
}

Result<model::Job> RequestPause(Transaction& transaction, TenantId tenant, JobId job) {
  ASSIGN_OR_RETURN(Progress * progress, Unfinished(transaction, tenant, job, "paused"));
  if (progress->cancel_requested) {
    return Fail(ErrorKind::conflict, "job " + std::to_string(job.value) + " is being cancelled",
                "Rows that were begun are finished; no other is begun.");
  }
  if (progress->paused_by == PausedBy::nobody) {
    progress->paused_by = PausedBy::user;
    progress->changed = true;
  }
  return Changed(transaction, tenant, job);
}

Result<model::Job> RequestResume(Transaction& transaction, TenantId tenant, JobId job) {
  ASSIGN_OR_RETURN(Progress * progress, Unfinished(transaction, tenant, job, "resumed"));
  if (progress->paused_by != PausedBy::nobody) {
    progress->paused_by = PausedBy::nobody;
    progress->PaceFrom(transaction.now());
    progress->changed = true;
  }
  return Changed(transaction, tenant, job);
}

Result<void> PauseForCanary(Transaction& transaction, const Lease& lease, JobId job) {
  ASSIGN_OR_RETURN(Progress * progress, transaction.Writable(lease, job));
  if (progress->cancel_requested || progress->hold_after == 0) return {};
  progress->paused_by = PausedBy::canary;
  progress->hold_after = 0;
  progress->changed = true;
  return {};
}

Result<void> StartJob(Transaction& transaction, const Lease& lease, JobId job, const JobStart& start) {
  ASSIGN_OR_RETURN(Progress * progress, transaction.Writable(lease, job));
  RETURN_IF_ERROR(transaction.db()
                      .Use(kStartJob, progress->tenant, job, start.plan_json, start.read_as,
                           ListToJson(start.columns_not_loaded), ListToJson(start.file_warnings), start.is_compressed)
                      .Run());
  progress->PaceFrom(transaction.now());
  if (progress->status == JobStatus::created) progress->status = JobStatus::running;
  if (!progress->started_at) progress->started_at = transaction.now();
  progress->changed = true;
  return {};
}

Result<void> SetWaitReason(Transaction& transaction, const Lease& lease, JobId job, const std::string& reason) {
  ASSIGN_OR_RETURN(Progress * progress, transaction.Writable(lease, job));
  if (progress->wait_reason == reason) return {};
  progress->wait_reason = reason;
  progress->changed = true;
  return {};
}

Result<void> FinishReading(Transaction& transaction, const Lease& lease, JobId job, std::int64_t rows) {
  ASSIGN_OR_RETURN(Progress * progress, transaction.Writable(lease, job));
  const bool repeated = progress->all_rows_read && progress->rows_read == rows;
  if (repeated) return {};
  if (progress->all_rows_read || rows < progress->rows_read) {
    return Fail(ErrorKind::internal, "job " + std::to_string(job.value) + ": its file cannot have " +
                                         std::to_string(rows) + " rows, for " + std::to_string(progress->rows_read) +
                                         " were read before");
  }
  progress->rows_read = rows;
  progress->all_rows_read = true;
  progress->changed = true;
  return {};
}

namespace {

Result<void> AddWarnings(Transaction& transaction, const Progress& progress, const std::vector<std::string>& warnings) {
  if (warnings.empty()) return {};
  Query query = transaction.db().Use("SELECT file_warnings FROM job WHERE tenant = ?1 AND id = ?2", progress.tenant,
                                     progress.job);
  ASSIGN_OR_RETURN(const bool found, query.Next());
  if (!found) return Fail(ErrorKind::corrupt, "a job with progress has no order");
  ASSIGN_OR_RETURN(std::vector<std::string> all, ListFromJson(query.Text(0)));
  all.insert(all.end(), warnings.begin(), warnings.end());
  return transaction.db()
      .Use("UPDATE job SET file_warnings = ?3 WHERE tenant = ?1 AND id = ?2", progress.tenant, progress.job,
           ListToJson(all))
      .Run();
}

}  // namespace

Result<void> FinishJob(Transaction& transaction, const Lease& lease, JobId job, const FinishOrder& order,
                       std::int64_t outcomes) {
  ROWCALL_ASSERT(model::IsFinal(order.status));
  ASSIGN_OR_RETURN(Progress * progress, transaction.Writable(lease, job));
  if (order.rest) {
    RETURN_IF_ERROR(RecordRest(transaction, *progress, *order.rest));
    outcomes += order.rest->last - order.rest->first + 1;
  }
  RETURN_IF_ERROR(CheckConservation(transaction, *progress, outcomes));
  RETURN_IF_ERROR(AddWarnings(transaction, *progress, order.warnings));
  if (order.callback) RETURN_IF_ERROR(OweCallback(transaction, *progress, *order.callback));
  progress->status = order.status;
  progress->error = order.error;
  progress->wait_reason.clear();
  progress->paused_by = PausedBy::nobody;
  progress->finished_at = transaction.now();
  progress->changed = true;
  transaction.changes().jobs_ended.push_back(order.status);
  transaction.changes().rows_unaccounted += progress->rows_read - progress->counts.Total();
  return {};
}

}  // namespace rowcall::ledger
