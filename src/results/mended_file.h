#pragma once

#include <cstdint>
#include <functional>

#include "async/task.h"
#include "base/result.h"
#include "files/file_store.h"
#include "job/plan.h"
#include "ledger/ledger.h"
#include "model/job.h"
#include "results/open_rows.h"

namespace rowcall::results {

/// Whether a row of which nobody knows what became of it (`unresolved`) can be sent once more without making a second
/// record; the row as it was sent.
using MaySendAgain = std::function<bool(const model::Row&)>;

/// What a mended file holds.
struct Mended {
  std::int64_t rows = 0;
  std::int64_t changed = 0;  ///< Rows with a cell that differs from the one that was sent.
};

/// Looks through a file that somebody made of a result file of `job`, before anything of it is sent. Its rows may be in
/// any order, some may be missing; so may columns that were not loaded, and there may be new ones.
///
/// Fails with `invalid`, and names the first row or column at fault, if the column `_row` or one that was loaded is
/// missing; if a row cannot be read, says no row of the job, says one that the file has before or that is in its place
/// already; if `_outcome` or `_code` tell another outcome than the job's (it is another job's file); if of
/// several cells of a row none is as it was; if a row could not be read in the job, and nothing in it was changed; or if
/// `may_send_again` is false for it.
async::Task<Result<Mended>> CheckMended(ledger::Ledger& ledger, files::FileStore& files, const model::Job& job,
                                        const job::Plan& plan, const RowSet& open, const MaySendAgain& may_send_again,
                                        const model::FileRef& mended);

}  // namespace rowcall::results
