#pragma once

#include <vector>

#include "async/task.h"
#include "base/result.h"
#include "files/file_store.h"
#include "ledger/ledger.h"
#include "model/job.h"

namespace rowcall::results {

/// Rows of a job, by number; one bit each.
using RowSet = std::vector<bool>;

/// Rejected, failed, unresolved, cancelled, or loaded with an incomplete step.
ledger::RowFilter RowsNotInPlace();

/// The rows of a job that has ended which are not in their place, and were not put right by a retry since. `retries`:
/// what Ledger::RetriesUnder() gave, all of them ended.
async::Task<Result<RowSet>> OpenRows(ledger::Ledger& ledger, files::FileStore& files, const model::Job& job,
                                     const std::vector<model::Job>& retries);

/// The rows of a job that has ended which were written at the service, and which no undo has settled since: taken back,
/// or kept for a reason. `followers`: what Ledger::RetriesUnder() gave, all of them ended.
async::Task<Result<RowSet>> RowsToUndo(ledger::Ledger& ledger, files::FileStore& files, const model::Job& job,
                                       const std::vector<model::Job>& followers);

/// How many rows of the job are open by the counts of the job and of its retries, whether or not these have ended.
std::int64_t CountOpenRows(const model::Job& job, const std::vector<model::Job>& retries);

}  // namespace rowcall::results
