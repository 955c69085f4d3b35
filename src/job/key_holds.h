#pragma once

#include "async/loop.h"
#include "async/task.h"
#include "base/clock.h"
#include "dispatch/lane.h"
#include "ledger/ledger.h"

namespace rowcall::job {

/// Tells the ledger that no call of the row can take effect any more. If it does not hear of it, the keys are held once
/// more after the next start, and that is all.
async::Task<void> EndHold(ledger::Ledger& ledger, ledger::Lease lease, JobId job, RowNumber row);

/// Gives the keys of what stands in the ledger as held back when no call of it with that deadline
/// can take effect any more, and lets the ledger know. `lease`: its tenant and instance. On the loop's thread; loop and
/// ledger outlive the lane.
void HoldKeys(async::Loop& loop, ledger::Ledger& ledger, dispatch::Lane& lane, const ledger::Lease& lease,
              const ledger::HeldRow& row, dispatch::KeyLocks::Ticket ticket, MonoTime deadline);

/// Holds the keys of all rows that stand so in the ledger, as whoever worked for the instance before did. Before any row
/// asks for its keys. `deadline`: of calls that were begun before now.
async::Task<Result<void>> HoldKeysAgain(async::Loop& loop, ledger::Ledger& ledger, dispatch::Lane& lane,
                                        const ledger::Lease& lease, MonoTime deadline);

}  // namespace rowcall::job
