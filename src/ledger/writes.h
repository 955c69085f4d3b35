#pragma once

#include <string>
#include <vector>

#include "ledger/ledger.h"
#include "ledger/transaction.h"

namespace rowcall::ledger {

/// The writes of Ledger, each inside a group's transaction. What each does and how it fails stands in ledger.h.

// write_jobs.cc
Result<Lease> TakeLease(Transaction& transaction, TenantId tenant, InstanceId instance);
Result<CreatedJob> CreateJob(Transaction& transaction, const model::JobOrder& order, const Submission& submission);
Result<model::Job> RequestCancel(Transaction& transaction, TenantId tenant, JobId job);
Result<model::Job> RequestPause(Transaction& transaction, TenantId tenant, JobId job);
Result<model::Job> RequestResume(Transaction& transaction, TenantId tenant, JobId job);
Result<void> PauseForCanary(Transaction& transaction, const Lease& lease, JobId job);
Result<void> StartJob(Transaction& transaction, const Lease& lease, JobId job, const JobStart& start);
Result<void> SetWaitReason(Transaction& transaction, const Lease& lease, JobId job, const std::string& reason);
Result<void> FinishReading(Transaction& transaction, const Lease& lease, JobId job, std::int64_t rows);
/// `outcomes` of the job were counted in the tables before. That is enough: outcomes are never taken away, and there is
/// at most one for each row of the file, so a count that was complete then is complete now.
Result<void> FinishJob(Transaction& transaction, const Lease& lease, JobId job, const FinishOrder& order,
                       std::int64_t outcomes);

// write_windows.cc
Result<WindowId> OpenWindow(Transaction& transaction, const Lease& lease, JobId job, const WindowOrder& order);
Result<void> RecordDoubt(Transaction& transaction, const Lease& lease, JobId job, const InDoubtRow& row,
                         WindowId closes);
/// Refuses with `internal` to close a window that is not open; `closes` 0 is fine.
Result<void> CheckIsOpen(Transaction& transaction, const Progress& progress, WindowId closes);
Result<void> CloseWindow(Transaction& transaction, const Progress& progress, WindowId closes);
/// The rows first..last wait and are in doubt no longer.
Result<void> EndWaiting(Transaction& transaction, const Progress& progress, RowNumber first, RowNumber last);
Result<void> EndDoubt(Transaction& transaction, const Progress& progress, RowNumber row);

// write_outcomes.cc
Result<void> RecordOutcomes(Transaction& transaction, const Lease& lease, JobId job, const std::vector<RowEnd>& rows);
Result<model::PreImage> KeepPreImage(Transaction& transaction, const Lease& lease, JobId job, RowNumber row,
                                     const model::PreImage& image);
Result<RowNumber> HoldKeys(Transaction& transaction, const Lease& lease, JobId job,
                           const std::vector<std::string>& keys);
Result<void> EndHold(Transaction& transaction, TenantId tenant, InstanceId instance, JobId job, RowNumber row);
Result<void> RecordRest(Transaction& transaction, Progress& progress, const RestOrder& rest);
/// Refuses with `conflict` if one of the rows first..last has an outcome, `internal` if the file has no such rows.
Result<void> CheckHasNoOutcome(Transaction& transaction, const Progress& progress, RowNumber first, RowNumber last);

// write_callbacks.cc
Result<void> OweCallback(Transaction& transaction, const Progress& progress, const model::Callback& callback);
Result<void> RecordCallbackAttempt(Transaction& transaction, const model::Callback& callback, CallbackResult result,
                                   WallTime next_attempt_at, const std::string& note);
Result<void> PutConnector(Transaction& transaction, const std::string& digest, const std::string& packed);

// write_retention.cc
Result<model::Job> BeginPurge(Transaction& transaction, TenantId tenant, JobId job);
Result<std::int64_t> PurgeSlice(Transaction& transaction, TenantId tenant, JobId job, std::size_t most);
/// All that is left of the job's rows but for the mark that they are gone. Refuses with `internal` if outcomes are left.
Result<void> ClearPurgedJob(Transaction& transaction, TenantId tenant, JobId job);
Result<void> MarkPurged(Transaction& transaction, TenantId tenant, JobId job);
Result<void> ForgetJob(Transaction& transaction, TenantId tenant, JobId job);

}  // namespace rowcall::ledger
