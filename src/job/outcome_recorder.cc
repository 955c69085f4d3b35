#include "job/outcome_recorder.h"

#include <utility>

#include "base/failpoint.h"

namespace rowcall::job {

OutcomeRecorder::OutcomeRecorder(ledger::Ledger& ledger, const ledger::Lease& lease, JobId job, dispatch::Lane& lane,
                                 OpenWindows& windows)
    : ledger_(ledger), lease_(lease), job_(job), lane_(lane), windows_(windows) {}

void OutcomeRecorder::Add(EndedRow row) {
  rows_.push_back(std::move(row));
  if (rows_.size() == 1 && !writing_) changed_.NotifyAll();
}

void OutcomeRecorder::Close() {
  closed_ = true;
  changed_.NotifyAll();
}

async::Task<Result<void>> OutcomeRecorder::Run() {
  for (;;) {
    while (rows_.empty() && !closed_) co_await changed_.Wait();
    if (rows_.empty()) co_return Result<void>();
    writing_ = true;
    std::vector<EndedRow> rows = std::exchange(rows_, {});
    Result<void> written = co_await Write(std::move(rows));
    writing_ = false;
    failed_ = !written;
    if (settled()) changed_.NotifyAll();
    if (failed_) co_return written;
  }
}

async::Task<void> OutcomeRecorder::Settle() {
  while (!settled()) co_await changed_.Wait();
}

/// The rows leave their windows here, as the ledger gets their outcomes: its writes keep their order, so that no window
/// is closed before the outcomes of all its rows are there.
async::Task<Result<void>> OutcomeRecorder::Write(std::vector<EndedRow> rows) {
  std::vector<ledger::RowEnd> ends;
  ends.reserve(rows.size());
  for (EndedRow& row : rows) ends.push_back({std::move(row.outcome), windows_.Leave(row.window)});
  Failpoint("outcomes.gathered");
  CO_RETURN_IF_ERROR(co_await ledger_.RecordOutcomes(lease_, job_, ends));
  Failpoint("outcomes.recorded");
  for (const EndedRow& row : rows) {
    if (row.ticket != 0) lane_.ReleaseKeys(row.ticket, row.last_deadline);
  }
  co_return Result<void>();
}

}  // namespace rowcall::job
