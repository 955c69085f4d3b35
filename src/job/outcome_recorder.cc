#include "job/outcome_recorder.h"

#include <utility>

#include "base/failpoint.h"
#include "job/key_holds.h"

namespace rowcall::job {

namespace {

// Each write costs the ledger a commit and a flush, and wakes its thread: so many rows share one, if they come so soon.
constexpr std::size_t kEnough = 256;
constexpr Duration kPatience = std::chrono::milliseconds(5);

}  // namespace

OutcomeRecorder::OutcomeRecorder(async::Loop& loop, ledger::Ledger& ledger, const ledger::Lease& lease, JobId job,
                                 dispatch::Lane& lane, OpenWindows& windows)
    : loop_(loop), ledger_(ledger), lease_(lease), job_(job), lane_(lane), windows_(windows) {}

void OutcomeRecorder::Add(EndedRow row) {
  rows_.push_back(std::move(row));
  if (!writing_ && (rows_.size() == 1 || rows_.size() == kEnough)) changed_.NotifyAll();
}

void OutcomeRecorder::Close() {
  closed_ = true;
  changed_.NotifyAll();
}

async::Task<Result<void>> OutcomeRecorder::Run() {
  for (;;) {
    while (rows_.empty() && !closed_) co_await changed_.Wait();
    if (rows_.empty()) co_return Result<void>();
    co_await Gather();
    writing_ = true;
    std::vector<EndedRow> rows = std::exchange(rows_, {});
    Result<void> written = co_await Write(std::move(rows));
    writing_ = false;
    failed_ = !written;
    if (settled()) changed_.NotifyAll();
    if (failed_) co_return written;
  }
}

async::Task<void> OutcomeRecorder::Gather() {
  const MonoTime latest = lane_.timers().clock().MonotonicNow() + kPatience;
  bool in_time = true;
  const dispatch::KeyLocks& keys = lane_.key_locks();
  while (in_time && rows_.size() < kEnough && settling_ == 0 && !closed_ && !keys.IsWaitedFor()) {
    in_time = co_await changed_.WaitUntil(lane_.timers(), latest);
  }
}

async::Task<void> OutcomeRecorder::Settle() {
  ++settling_;
  if (!writing_) changed_.NotifyAll();
  while (!settled()) co_await changed_.Wait();
  --settling_;
}

/// The rows leave their windows here, as the ledger gets their outcomes: its writes keep their order, so that no window
/// is closed before the outcomes of all its rows are there.
async::Task<Result<void>> OutcomeRecorder::Write(std::vector<EndedRow> rows) {
  std::vector<ledger::RowEnd> ends;
  ends.reserve(rows.size());
  for (EndedRow& row : rows) {
    ledger::RowEnd& end = ends.emplace_back(std::move(row.outcome), windows_.Leave(row.window));
    if (row.last_deadline && !lane_.MayTakeEffect(*row.last_deadline)) row.last_deadline.reset();
    if (row.last_deadline) end.held_keys = lane_.key_locks().NamesOf(row.ticket);
  }
  Failpoint("outcomes.gathered");
  CO_RETURN_IF_ERROR(co_await ledger_.RecordOutcomes(lease_, job_, ends));
  Failpoint("outcomes.recorded");
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const EndedRow& row = rows[i];
    if (ends[i].held_keys.empty()) {
      lane_.key_locks().Release(row.ticket);
    } else {
      HoldKeys(loop_, ledger_, lane_, lease_, {job_, ends[i].outcome.row, {}}, row.ticket, *row.last_deadline);
    }
  }
  co_return Result<void>();
}

}  // namespace rowcall::job
