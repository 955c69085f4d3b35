#include "ledger/reads.h"
#include "ledger/writes.h"

namespace rowcall::ledger {

namespace {

// Whatever the sender wrote, or was read from the file, in words.
constexpr const char* kClearWords = R"sql(
UPDATE job SET file_name = '', metadata = '{}', ignored_keys = '[]', warnings = '[]', callback_url = '', mapping = '',
               plan = '', columns_not_loaded = '[]', read_as = '', file_warnings = '[]'
WHERE tenant = ?1 AND id = ?2)sql";

std::string NameOf(JobId job) { return "job " + std::to_string(job.value); }

Result<void> CheckIsBeingPurged(Transaction& transaction, TenantId tenant, JobId job) {
  ASSIGN_OR_RETURN(const bool begun, IsBeingPurged(transaction.db(), tenant, job));
  if (begun) return {};
  return Fail(ErrorKind::internal, NameOf(job) + ": its purge was not begun");
}

/// The last of the first `most` rows that have an outcome; 0 = none has.
Result<RowNumber> LastOfSlice(Transaction& transaction, TenantId tenant, JobId job, std::size_t most) {
  Query query = transaction.db().Use(
      "SELECT max(row) FROM (SELECT row FROM outcome WHERE tenant = ?1 AND job = ?2 ORDER BY row LIMIT ?3)", tenant,
      job, static_cast<std::int64_t>(most));
  ASSIGN_OR_RETURN(const bool found, query.Next());
  return found ? query.Int(0) : 0;
}

Result<void> RunAll(Transaction& transaction, TenantId tenant, JobId job,
                    std::initializer_list<const char*> statements) {
  for (const char* sql : statements) RETURN_IF_ERROR(transaction.db().Use(sql, tenant, job).Run());
  return {};
}

}  // namespace

Result<model::Job> BeginPurge(Transaction& transaction, TenantId tenant, JobId job) {
  ASSIGN_OR_RETURN(const Progress* progress, transaction.ProgressOf(tenant, job));
  if (!model::IsFinal(progress->status)) {
    return Fail(ErrorKind::conflict, NameOf(job) + " has not ended", "Wait until it has, or cancel it.");
  }
  ASSIGN_OR_RETURN(const bool begun, IsBeingPurged(transaction.db(), tenant, job));
  if (begun) return GetJob(transaction.db(), tenant, job);
  RETURN_IF_ERROR(transaction.Flush());  // the job may have ended in this very group
  ASSIGN_OR_RETURN(const std::string why,
                   WhatKeepsRows(transaction.db(), tenant, job, transaction.now() - kHoldsKeepRows));
  if (!why.empty()) {
    return Fail(ErrorKind::conflict, NameOf(job) + " " + why,
                "Its rows are needed until that is over; ask again then.");
  }
  RETURN_IF_ERROR(transaction.db()
                      .Use("UPDATE progress SET purge_begun_at = ?3, revision = revision + 1 "
                           "WHERE tenant = ?1 AND job = ?2",
                           tenant, job, transaction.now())
                      .Run());
  return GetJob(transaction.db(), tenant, job);
}

Result<std::int64_t> PurgeSlice(Transaction& transaction, TenantId tenant, JobId job, std::size_t most) {
  RETURN_IF_ERROR(CheckIsBeingPurged(transaction, tenant, job));
  ASSIGN_OR_RETURN(const RowNumber last, LastOfSlice(transaction, tenant, job, most));
  if (last == 0) return 0;
  for (const char* sql : {"DELETE FROM outcome_detail WHERE tenant = ?1 AND job = ?2 AND row <= ?3",
                          "DELETE FROM made_record WHERE tenant = ?1 AND job = ?2 AND row <= ?3",
                          "DELETE FROM pre_image WHERE tenant = ?1 AND job = ?2 AND row <= ?3",
                          "DELETE FROM outcome WHERE tenant = ?1 AND job = ?2 AND row <= ?3"}) {
    RETURN_IF_ERROR(transaction.db().Use(sql, tenant, job, last).Run());
  }
  return transaction.db().changes();
}

Result<void> ClearPurgedJob(Transaction& transaction, TenantId tenant, JobId job) {
  RETURN_IF_ERROR(CheckIsBeingPurged(transaction, tenant, job));
  ASSIGN_OR_RETURN(const RowNumber left, LastOfSlice(transaction, tenant, job, 1));
  if (left != 0) return Fail(ErrorKind::internal, NameOf(job) + ": row " + std::to_string(left) + " is not purged");
  return RunAll(
      transaction, tenant, job,
      {"DELETE FROM outcome_range WHERE tenant = ?1 AND job = ?2",
       "DELETE FROM pre_image WHERE tenant = ?1 AND job = ?2", "DELETE FROM held_row WHERE tenant = ?1 AND job = ?2",
       "DELETE FROM callback WHERE tenant = ?1 AND job = ?2", kClearWords,
       "UPDATE progress SET error = '', revision = revision + 1 WHERE tenant = ?1 AND job = ?2"});
}

Result<void> MarkPurged(Transaction& transaction, TenantId tenant, JobId job) {
  return transaction.db()
      .Use(
          "UPDATE progress SET rows_purged_at = ?3, revision = revision + 1 "
          "WHERE tenant = ?1 AND job = ?2 AND rows_purged_at IS NULL",
          tenant, job, transaction.now())
      .Run();
}

Result<void> ForgetJob(Transaction& transaction, TenantId tenant, JobId job) {
  {
    Query query = transaction.db().Use("SELECT rows_purged_at IS NOT NULL FROM progress WHERE tenant = ?1 AND job = ?2",
                                       tenant, job);
    ASSIGN_OR_RETURN(const bool found, query.Next());
    if (!found) return {};
    if (!query.Flag(0)) return Fail(ErrorKind::internal, NameOf(job) + ": its rows are not purged");
  }
  return RunAll(
      transaction, tenant, job,
      {"DELETE FROM submission WHERE tenant = ?1 AND job = ?2", "DELETE FROM progress WHERE tenant = ?1 AND job = ?2",
       "DELETE FROM job WHERE tenant = ?1 AND id = ?2"});
}

}  // namespace rowcall::ledger
