#include "ledger/reads.h"

namespace rowcall::ledger {

namespace {

// Of a job j that has ended, with its progress p.
const std::string kOwesCallback =
    "EXISTS (SELECT 1 FROM callback c WHERE c.tenant = p.tenant AND c.job = p.job AND c.state = 'due')";
const std::string kIsTriedAgain = R"sql(EXISTS (
  SELECT 1 FROM job r JOIN progress rp ON rp.tenant = r.tenant AND rp.job = r.id
  WHERE r.tenant = j.tenant AND r.retry_root > 0 AND r.retry_root = iif(j.retry_root = 0, j.id, j.retry_root)
    AND rp.finished_at IS NULL))sql";
// ?3: since when a job must have ended for its held keys to count.
const std::string kHoldsKeys = R"sql((p.finished_at > ?3 AND EXISTS (
  SELECT 1 FROM held_row h WHERE h.tenant = j.tenant AND h.instance = j.instance AND h.job = j.id)))sql";

const std::string kFromJobs = " FROM progress p JOIN job j ON j.tenant = p.tenant AND j.id = p.job WHERE ";

const std::string kJobsToPurge =
    "SELECT tenant, job FROM (SELECT tenant, job, purge_begun_at AS since FROM progress "
    "WHERE purge_begun_at IS NOT NULL AND rows_purged_at IS NULL ORDER BY purge_begun_at LIMIT ?2) "
    "UNION ALL SELECT tenant, job FROM (SELECT p.tenant, p.job" +
    kFromJobs + "p.finished_at IS NOT NULL AND p.purge_begun_at IS NULL AND p.finished_at <= ?1 AND NOT " +
    kOwesCallback + " AND NOT " + kIsTriedAgain + " AND NOT " + kHoldsKeys +
    " ORDER BY p.finished_at LIMIT ?2) LIMIT ?2";

const std::string kWhatKeepsRows =
    "SELECT " + kOwesCallback + ", " + kIsTriedAgain + ", " + kHoldsKeys + kFromJobs + "p.tenant = ?1 AND p.job = ?2";

Result<std::vector<JobName>> NamesIn(Query& query) {
  std::vector<JobName> names;
  for (;;) {
    ASSIGN_OR_RETURN(const bool found, query.Next());
    if (!found) return names;
    names.push_back({TenantId(query.Int(0)), JobId(query.Int(1))});
  }
}

}  // namespace

Result<std::vector<JobName>> JobsToPurge(Database& db, WallTime ended_by, WallTime held_since, std::size_t limit) {
  Query query = db.Use(kJobsToPurge.c_str(), ended_by, static_cast<std::int64_t>(limit), held_since);
  return NamesIn(query);
}

Result<std::vector<JobName>> JobsToForget(Database& db, WallTime ended_by, std::size_t limit) {
  Query query = db.Use(
      "SELECT tenant, job FROM progress WHERE rows_purged_at IS NOT NULL AND finished_at <= ?1 "
      "ORDER BY finished_at LIMIT ?2",
      ended_by, static_cast<std::int64_t>(limit));
  return NamesIn(query);
}

Result<bool> IsBeingPurged(Database& db, TenantId tenant, JobId job) {
  Query query = db.Use("SELECT purge_begun_at IS NOT NULL FROM progress WHERE tenant = ?1 AND job = ?2", tenant, job);
  ASSIGN_OR_RETURN(const bool found, query.Next());
  return found && query.Flag(0);
}

std::unexpected<Error> RowsArePurged(JobId job) {
  return Fail(ErrorKind::gone, "The rows of job " + std::to_string(job.value) + " were purged.",
              "Its counts are in its status. To load the file once more, upload it again.");
}

Result<std::string> WhatKeepsRows(Database& db, TenantId tenant, JobId job, WallTime held_since) {
  Query query = db.Use(kWhatKeepsRows.c_str(), tenant, job, held_since);
  ASSIGN_OR_RETURN(const bool found, query.Next());
  if (!found) return Fail(ErrorKind::not_found, "there is no job " + std::to_string(job.value));
  if (query.Flag(0)) return "owes a callback";
  if (query.Flag(1)) return "is being tried again";
  if (query.Flag(2)) return "has sent a call that may still take effect";
  return "";
}

}  // namespace rowcall::ledger
