#include "job/key_holds.h"

#include <utility>
#include <vector>

#include "base/log.h"

namespace rowcall::job {

async::Task<void> EndHold(ledger::Ledger& ledger, ledger::Lease lease, JobId job, RowNumber row) {
  const Result<void> ended = co_await ledger.EndHold(lease.tenant, lease.instance, job, row);
  if (ended) co_return;
  Log(LogLevel::warning, "keys_stay_held", {{"job", job.value}, {"row", row}, {"error", ended.error().message}});
}

void HoldKeys(async::Loop& loop, ledger::Ledger& ledger, dispatch::Lane& lane, const ledger::Lease& lease,
              const ledger::HeldRow& row, dispatch::KeyLocks::Ticket ticket, MonoTime deadline) {
  lane.ReleaseKeysBehind(deadline, ticket, [&loop, &ledger, lease, job = row.job, number = row.row] {
    loop.Spawn(EndHold(ledger, lease, job, number));
  });
}

async::Task<Result<void>> HoldKeysAgain(async::Loop& loop, ledger::Ledger& ledger, dispatch::Lane& lane,
                                        const ledger::Lease& lease, MonoTime deadline) {
  ASSIGN_OR_CO_RETURN(std::vector<ledger::HeldRow> rows, co_await ledger.HeldRows(lease.tenant, lease.instance));
  for (ledger::HeldRow& row : rows) {
    std::vector<dispatch::KeyLocks::Key> keys;
    for (std::string& name : row.keys) keys.push_back({std::move(name)});
    HoldKeys(loop, ledger, lane, lease, row, lane.key_locks().Ask(std::move(keys), [] {}), deadline);
  }
  co_return Result<void>();
}

}  // namespace rowcall::job
