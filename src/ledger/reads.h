#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/ledger.h"
#include "ledger/sqlite.h"

namespace rowcall::ledger {

/// The reads of Ledger, on one connection; the caller holds the transaction. What each gives stands in ledger.h.

// read_jobs.cc
Result<model::Job> GetJob(Database& db, TenantId tenant, JobId job);
Result<std::vector<model::Job>> ListJobs(Database& db, TenantId tenant, InstanceId instance, JobId before,
                                         std::size_t limit);
Result<std::vector<model::Job>> UnfinishedJobs(Database& db);
Result<std::vector<model::Job>> RetriesUnder(Database& db, TenantId tenant, JobId root);
Result<std::optional<JobId>> NewestJobWithFile(Database& db, TenantId tenant, InstanceId instance,
                                               const std::string& object, const std::string& sha256);

// read_recovery.cc
Result<LeaseSight> SeeLease(Database& db, TenantId tenant, InstanceId instance, std::string_view holder);
Result<Recovery> Recover(Database& db, TenantId tenant, JobId job);
Result<std::vector<HeldRow>> HeldRows(Database& db, TenantId tenant, InstanceId instance);

// read_outcomes.cc
Result<std::vector<model::Outcome>> Rows(Database& db, TenantId tenant, JobId job, const RowFilter& filter,
                                         RowNumber after, std::size_t limit);
Result<std::vector<RowNumber>> RowsWithOutcome(Database& db, TenantId tenant, JobId job, RowNumber first,
                                               RowNumber last);
Result<bool> IsHeldByOtherRow(Database& db, TenantId tenant, JobId job, RowNumber row, const std::string& vendor_id);
Result<std::vector<std::string>> RecordsMade(Database& db, TenantId tenant, InstanceId instance,
                                             const std::string& object, std::size_t most);

Result<std::int64_t> RowsRead(Database& db, TenantId tenant, JobId job);
/// How many of the rows first..last have an outcome.
Result<std::int64_t> CountOutcomes(Database& db, TenantId tenant, JobId job, RowNumber first, RowNumber last);

// read_undo.cc
/// What is kept of that record for the row; nullopt if nothing is.
Result<std::optional<model::PreImage>> PreImageOf(Database& db, TenantId tenant, JobId job, RowNumber row,
                                                  const std::string& vendor_id);
Result<model::LoadedRow> RowToUndo(Database& db, TenantId tenant, JobId job, RowNumber row);
Result<std::vector<RowMade>> MadeRecords(Database& db, TenantId tenant, JobId job, const RowMade& after,
                                         std::size_t limit);
Result<bool> IsUsedByOtherJob(Database& db, TenantId tenant, JobId job, const std::string& vendor_id);
Result<std::int64_t> CountPreImages(Database& db, TenantId tenant, JobId job);
Result<bool> WasArchivedByUndo(Database& db, TenantId tenant, const std::string& vendor_id);

// read_retention.cc
Result<std::vector<JobName>> JobsToPurge(Database& db, WallTime ended_by, WallTime held_since, std::size_t limit);
Result<std::vector<JobName>> JobsToForget(Database& db, WallTime ended_by, std::size_t limit);
/// Whether its purge was begun, or has ended, too. False if there is no such job.
Result<bool> IsBeingPurged(Database& db, TenantId tenant, JobId job);
/// What whoever wants rows of that job is told.
std::unexpected<Error> RowsArePurged(JobId job);
/// Why the rows of a job that has ended cannot be purged yet; "" = they can. Keys that are held for a late call count only
/// if the job ended after `held_since`.
Result<std::string> WhatKeepsRows(Database& db, TenantId tenant, JobId job, WallTime held_since);

// read_open_work.cc
Result<OpenWork> CountOpenWork(Database& db, WallTime now);

// read_callbacks.cc
Result<std::vector<model::Callback>> DueCallbacks(Database& db, WallTime now, std::size_t limit);
Result<std::optional<WallTime>> NextCallbackDue(Database& db);
Result<std::string> GetConnector(Database& db, const std::string& digest);

}  // namespace rowcall::ledger
