#include "ledger/json_text.h"
#include "ledger/reads.h"

namespace rowcall::ledger {

namespace {

const std::string kSelectJob = R"sql(
SELECT j.tenant, j.id, j.instance, j.object, j.action, j.match_field, j.restore_archived, j.file_key, j.file_name,
       j.file_size, j.file_sha256, j.file_format, j.metadata, j.ignored_keys, j.warnings, j.callback_url, j.region,
       j.mapping, j.connector_digest, j.created_at, j.plan, j.columns_not_loaded, j.file_encoding,
       j.read_as, j.file_warnings,
       p.status, p.cancel_requested, p.wait_reason, p.error, p.revision, p.started_at, p.finished_at, p.rows_read,
       p.all_rows_read, p.incomplete, p.warned, p.created, p.updated, p.unchanged, p.skipped, p.rejected, p.failed,
       p.cancelled, p.unresolved, p.paused_by, p.hold_after, j.canary_rows, j.stop_after, j.rate_permille,
       p.next_offset, j.is_compressed, p.pace_at, p.pace_rows, j.retry_of, j.retry_root,
       p.purge_begun_at, p.rows_purged_at, j.keep_pre_image, j.undoes
FROM progress p JOIN job j ON j.tenant = p.tenant AND j.id = p.job )sql";

const std::string kGetJob = kSelectJob + "WHERE p.tenant = ?1 AND p.job = ?2";
const std::string kListJobs =
    kSelectJob + "WHERE j.tenant = ?1 AND j.instance = ?2 AND j.id < ?3 ORDER BY j.id DESC LIMIT ?4";
const std::string kRetries =
    kSelectJob + "WHERE j.tenant = ?1 AND j.retry_root = ?2 AND j.retry_root > 0 ORDER BY j.id";
const std::string kUnfinishedJobs = kSelectJob + "WHERE p.finished_at IS NULL ORDER BY p.job";

constexpr std::int64_t kBeyondAllIds = std::int64_t{1} << 53;

Result<model::JobOrder> OrderIn(const Query& query) {
  model::JobOrder order;
  order.tenant = TenantId(query.Int(0));
  order.instance = InstanceId(query.Int(2));
  order.object = query.Text(3);
  order.action = model::ActionNamed(query.Text(4)).value_or(model::Action::upsert);
  order.match_field = query.Text(5);
  order.restore_archived = query.Flag(6);
  const model::FileFormat format = query.Text(11) == "json" ? model::FileFormat::json : model::FileFormat::csv;
  order.file = {query.Text(7),  query.Text(8), query.Int(9),
                query.Text(10), format,        model::EncodingNamed(query.Text(22))};
  order.metadata_json = query.Text(12);
  ASSIGN_OR_RETURN(order.ignored_keys, ListFromJson(query.Text(13)));
  ASSIGN_OR_RETURN(order.warnings, ListFromJson(query.Text(14)));
  order.callback_url = query.Text(15);
  order.region = query.Text(16);
  order.mapping_json = query.Text(17);
  order.connector_digest = query.Text(18);
  order.canary_rows = query.Int(46);
  order.stop_after = query.Int(47);
  order.rate_permille = static_cast<int>(query.Int(48));
  order.retry_of = JobId(query.Int(53));
  order.retry_root = JobId(query.Int(54));
  order.keep_pre_image = query.Flag(57);
  order.undoes = query.Flag(58);
  return order;
}

Result<model::Job> JobIn(const Query& query) {
  model::Job job;
  job.id = JobId(query.Int(1));
  ASSIGN_OR_RETURN(job.order, OrderIn(query));
  job.created_at = query.Time(19);
  job.plan_json = query.Text(20);
  ASSIGN_OR_RETURN(job.columns_not_loaded, ListFromJson(query.Text(21)));
  job.read_as = query.Text(23);
  ASSIGN_OR_RETURN(job.file_warnings, ListFromJson(query.Text(24)));
  job.status = model::JobStatusNamed(query.Text(25)).value_or(model::JobStatus::created);
  job.cancel_requested = query.Flag(26);
  job.wait_reason = query.Text(27);
  job.error = query.Text(28);
  job.revision = query.Int(29);
  job.started_at = query.Time(30);
  job.finished_at = query.Time(31);
  job.rows_in_file = query.Int(32);
  job.all_rows_read = query.Flag(33);
  job.counts.incomplete = query.Int(34);
  job.counts.warnings = query.Int(35);
  int column = 36;
  for (const model::OutcomeKind kind : model::kAllOutcomes) job.counts[kind] = query.Int(column++);
  job.paused_by = model::PausedByNamed(query.Text(44)).value_or(model::PausedBy::nobody);
  job.hold_after = query.Int(45);
  const std::int64_t next_offset = query.Int(49);
  job.bytes_read = next_offset == RowPlace::kEndOfFile ? job.order.file.size_bytes : next_offset;
  job.is_compressed = query.Flag(50);
  job.paced_from = {query.Time(51), query.Int(52)};
  job.purge_begun_at = query.Time(55);
  job.rows_purged_at = query.Time(56);
  return job;
}

Result<std::vector<model::Job>> JobsIn(Query& query) {
  std::vector<model::Job> jobs;
  for (;;) {
    ASSIGN_OR_RETURN(const bool found, query.Next());
    if (!found) return jobs;
    ASSIGN_OR_RETURN(model::Job job, JobIn(query));
    jobs.push_back(std::move(job));
  }
}

}  // namespace

Result<model::Job> GetJob(Database& db, TenantId tenant, JobId job) {
  Query query = db.Use(kGetJob.c_str(), tenant, job);
  ASSIGN_OR_RETURN(const bool found, query.Next());
  if (!found) return Fail(ErrorKind::not_found, "there is no job " + std::to_string(job.value));
  return JobIn(query);
}

Result<std::vector<model::Job>> ListJobs(Database& db, TenantId tenant, InstanceId instance, JobId before,
                                         std::size_t limit) {
  const std::int64_t below = before ? before.value : kBeyondAllIds;
  Query query = db.Use(kListJobs.c_str(), tenant, instance, below, static_cast<std::int64_t>(limit));
  return JobsIn(query);
}

Result<std::vector<model::Job>> UnfinishedJobs(Database& db) {
  Query query = db.Use(kUnfinishedJobs.c_str());
  return JobsIn(query);
}

Result<std::vector<model::Job>> RetriesUnder(Database& db, TenantId tenant, JobId root) {
  Query query = db.Use(kRetries.c_str(), tenant, root);
  return JobsIn(query);
}

Result<std::optional<JobId>> NewestJobWithFile(Database& db, TenantId tenant, InstanceId instance,
                                               const std::string& object, const std::string& sha256) {
  Query query = db.Use(
      "SELECT id FROM job WHERE tenant = ?1 AND instance = ?2 AND file_sha256 = ?3 AND object = ?4 "
      "ORDER BY id DESC LIMIT 1",
      tenant, instance, sha256, object);
  ASSIGN_OR_RETURN(const bool found, query.Next());
  return found ? std::optional(JobId(query.Int(0))) : std::nullopt;
}

}  // namespace rowcall::ledger
