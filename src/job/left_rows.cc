// What an earlier process left without an outcome: rows of open windows, rows that waited, rows in doubt.

#include <algorithm>
#include <utility>

#include "job/job_runner.h"

namespace rowcall::job {

/// In file order. Rows of an open window may have been sent, so they are in doubt; rows that waited were not.
async::Task<Result<std::vector<JobRunner::LeftRow>>> JobRunner::FindLeftRows() {
  ASSIGN_OR_CO_RETURN(const ledger::Recovery recovery, co_await parts_.ledger.Recover(job_.order.tenant, job_.id));
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
  std::vector<LeftRow> in_order;
  for (auto& [number, row] : left) {
    if (row.window) ++sizes[row.window];
    in_order.push_back(row);
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
