// What an earlier process left without an outcome: rows of open windows, rows that waited, rows in doubt.

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <utility>

#include "base/failpoint.h"
#include "job/job_runner.h"
#include "job/row_finder.h"

namespace rowcall::job {

/// Rows that an earlier process left without an outcome come first. Those in doubt ask for their keys before any job of
/// the instance begins a row, also while the job is paused; then those that waited, and so were not sent.
async::Task<Result<void>> JobRunner::TakeUp() {
  ASSIGN_OR_CO_RETURN(const LeftRows left, co_await FindLeftRows());
  ASSIGN_OR_CO_RETURN(std::optional<Error> unread, co_await TakeUpRows(left.in_doubt));
  ASSIGN_OR_CO_RETURN(const std::optional<Error> also_unread, co_await TakeUpRows(left.waited));
  if (!unread) unread = also_unread;
  if (unread) co_return std::unexpected(*unread);
  co_return Result<void>();
}

/// Has them ask for their keys in file order, then sends those that hold theirs. Returns why the file cannot be read
/// further, if it cannot.
async::Task<Result<std::optional<Error>>> JobRunner::TakeUpRows(const std::vector<LeftRow>& left) {
  RowFinder finder(parts_.files, job_.order.file, plan_.dialect);
  std::deque<RowPtr> held;
  std::optional<Error> unread;
  for (const LeftRow& place : left) {
    if (leaving()) co_return std::nullopt;
    if (unread) {
      RecordUnread(place, *unread);
      continue;
    }
    Failpoint("left.found");
    Result<model::Row> row = OfFile(co_await finder.Find(place.row, place.anchor));
    if (row) {
      RowPtr pending = Map(*std::move(row));
      if (job_.order.undoes) CO_RETURN_IF_ERROR(co_await FindUndone(*pending));
      AskForLeftKeys(place, std::move(pending), held);
    } else if (row.error().kind == ErrorKind::unavailable) {
      co_return std::unexpected(row.error());
    } else {
      unread = row.error();
      RecordUnread(place, *unread);
    }
  }
  parts_.take_ups.Done(job_.id);
  for (RowPtr& row : held) {
    while (paused_ && !stopping()) co_await moved_.Wait();  // to look what became of a row is to send it
    if (leaving()) co_return std::nullopt;
    if (row->in_doubt) {
      co_await rows_.Add(SendRow(std::move(row)));
    } else {
      co_await rows_.Add(SendFresh(std::move(row)));
    }
  }
  co_await parts_.take_ups.WaitForAll(stop_);
  co_return unread;
}

void JobRunner::AskForLeftKeys(const LeftRow& left, RowPtr pending, std::deque<RowPtr>& held) {
  pending->window = left.window;
  pending->vendor_time = left.vendor_time;
  pending->in_doubt = left.in_doubt;
  pending->attempts = left.attempts;
  pending->step = left.step;
  pending->since = left.since;
  // A call of the process that died may still take effect.
  if (left.in_doubt) pending->last_deadline = began_ + parts_.connector.deadline;
  if (!pending->mapped.ok()) {
    RecordRejected(std::move(pending->mapped), left.window);
  } else if (AskForKeys(pending)) {
    held.push_back(std::move(pending));
  }
}

/// The row cannot be read again, so nothing more can be done for it.
void JobRunner::RecordUnread(const LeftRow& left, const Error& error) {
  EndedRow ended;
  ended.window = left.window;
  model::Outcome& outcome = ended.outcome;
  outcome.row = left.row;
  outcome.byte_offset = left.anchor.byte_offset;
  outcome.kind = left.in_doubt ? model::OutcomeKind::unresolved : model::OutcomeKind::cancelled;
  outcome.reasons.push_back(model::Because("file_damaged", "The row cannot be read again: " + error.message,
                                           left.in_doubt ? "Look at the service whether the record is there."
                                                         : "It was not sent. Load it from your own copy of the file."));
  RecordEnded(std::move(ended));
}

/// In file order. Rows of an open window may have been sent, so they are in doubt; rows that waited were not.
async::Task<Result<JobRunner::LeftRows>> JobRunner::FindLeftRows() {
  ASSIGN_OR_CO_RETURN(const ledger::Recovery recovery, co_await parts_.ledger.Recover(job_.order.tenant, job_.id));
  rows_taken_ = recovery.next.row - 1;
  std::map<RowNumber, LeftRow> left;
  CO_RETURN_IF_ERROR(co_await AddWindowRows(recovery, left));
  for (const ledger::RowPlace& place : recovery.waiting) {
    LeftRow row;
    row.row = place.row;
    row.anchor = place;
    left[place.row] = row;
  }
  for (const ledger::InDoubtRow& doubt : recovery.in_doubt) {
    LeftRow row;
    row.row = doubt.place.row;
    row.anchor = doubt.place;
    row.vendor_time = doubt.vendor_time;
    row.in_doubt = true;
    row.attempts = doubt.attempts;
    row.step = doubt.step;
    row.since = doubt.since;
    left[doubt.place.row] = row;
  }
  std::map<WindowId, std::size_t> sizes;
  LeftRows in_order;
  for (auto& [number, row] : left) {
    if (row.window) ++sizes[row.window];
    (row.in_doubt ? in_order.in_doubt : in_order.waited).push_back(row);
  }
  for (const auto& [window, size] : sizes) windows_.Open(window, size);
  co_return in_order;
}

/// A row that several windows cover belongs to the newest: it waited, and got a window of its own.
async::Task<Result<void>> JobRunner::AddWindowRows(const ledger::Recovery& recovery,
                                                   std::map<RowNumber, LeftRow>& left) {
  for (const ledger::Window& window : recovery.open_windows) {
    ASSIGN_OR_CO_RETURN(const std::vector<RowNumber> done,
                        co_await parts_.ledger.RowsWithOutcome(job_.order.tenant, job_.id, window.first, window.last));
    for (RowNumber number = window.first; number <= window.last; ++number) {
      if (std::binary_search(done.begin(), done.end(), number)) continue;
      LeftRow row;
      row.row = number;
      row.anchor = {window.first, window.byte_offset};
      row.window = window.id;
      row.vendor_time = window.vendor_time;
      row.in_doubt = true;
      left[number] = row;
    }
  }
  co_return Result<void>();
}

}  // namespace rowcall::job
