#include <algorithm>
#include <iterator>

#include "ledger/writes.h"

namespace rowcall::ledger {

namespace {

// Rows of a window that have no outcome, are not in doubt, do not wait, and have no newer window of their own: the window
// alone says that they may have been sent.
constexpr const char* kCountUnaccounted = R"sql(
SELECT w.last - w.first + 1
  - (SELECT count(*) FROM outcome WHERE tenant = ?1 AND job = ?2 AND row BETWEEN w.first AND w.last)
  - (SELECT count(*) FROM doubt WHERE tenant = ?1 AND job = ?2 AND row BETWEEN w.first AND w.last)
  - (SELECT count(*) FROM waiting WHERE tenant = ?1 AND job = ?2 AND row BETWEEN w.first AND w.last)
  - (SELECT count(*) FROM open_window newer WHERE newer.tenant = ?1 AND newer.job = ?2 AND newer.id > w.id
     AND newer.first = newer.last AND newer.first BETWEEN w.first AND w.last
     AND NOT EXISTS (SELECT 1 FROM outcome WHERE tenant = ?1 AND job = ?2 AND row = newer.first)
     AND NOT EXISTS (SELECT 1 FROM doubt WHERE tenant = ?1 AND job = ?2 AND row = newer.first))
FROM open_window w WHERE w.tenant = ?1 AND w.job = ?2 AND w.id = ?3)sql";

std::string Described(const Progress& progress, RowNumber first, RowNumber last) {
  return "job " + std::to_string(progress.job.value) + ": rows " + std::to_string(first) + " to " +
         std::to_string(last);
}

Result<void> CheckWindow(const Progress& progress, const WindowOrder& order) {
  const Window& window = order.window;
  const auto outside = [&](const RowPlace& place) { return place.row < window.first || place.row > window.last; };
  const bool in_order = window.first > 0 && window.first <= window.last &&
                        std::none_of(order.waiting.begin(), order.waiting.end(), outside) &&
                        (!order.next || order.next->row > window.last);
  if (!in_order) {
    return Fail(ErrorKind::internal, Described(progress, window.first, window.last) + " do not make a window");
  }
  const bool read_on = window.last > progress.rows_read;
  if (progress.all_rows_read && read_on) {
    return Fail(ErrorKind::internal,
                Described(progress, window.first, window.last) + " are beyond the end of the file");
  }
  return {};
}

Result<void> AddWaiting(Transaction& transaction, const Progress& progress, const RowPlace& place) {
  return transaction.db()
      .Use("INSERT INTO waiting VALUES (?1, ?2, ?3, ?4)", progress.tenant, progress.job, place.row, place.byte_offset)
      .Run();
}

Result<std::int64_t> InsertWindow(Transaction& transaction, const Progress& progress, const Window& window,
                                  std::int64_t epoch) {
  ASSIGN_OR_RETURN(const std::int64_t id, transaction.NextId());
  RETURN_IF_ERROR(transaction.db()
                      .Use("INSERT INTO open_window VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)", progress.tenant,
                           progress.job, id, window.first, window.last, window.byte_offset, window.vendor_time, epoch)
                      .Run());
  return id;
}

}  // namespace

Result<WindowId> OpenWindow(Transaction& transaction, const Lease& lease, JobId job, const WindowOrder& order) {
  ASSIGN_OR_RETURN(Progress * progress, transaction.Writable(lease, job));
  RETURN_IF_ERROR(CheckWindow(*progress, order));
  const Window& window = order.window;
  const bool all_wait = std::ssize(order.waiting) == window.last - window.first + 1;
  std::int64_t id = 0;
  if (!all_wait) {  // a window without a row in flight would be closed by none
    ASSIGN_OR_RETURN(id, InsertWindow(transaction, *progress, window, lease.epoch));
  }
  RETURN_IF_ERROR(EndWaiting(transaction, *progress, window.first, window.last));
  for (const RowPlace& place : order.waiting) RETURN_IF_ERROR(AddWaiting(transaction, *progress, place));
  progress->has_waiting = progress->has_waiting || !order.waiting.empty();
  if (order.next) progress->next = *order.next;
  progress->rows_read = std::max(progress->rows_read, window.last);
  progress->changed = true;
  return WindowId(id);
}

Result<void> RecordDoubt(Transaction& transaction, const Lease& lease, JobId job, const InDoubtRow& row,
                         WindowId closes) {
  ASSIGN_OR_RETURN(Progress * progress, transaction.Writable(lease, job));
  RETURN_IF_ERROR(CheckHasNoOutcome(transaction, *progress, row.place.row, row.place.row));
  RETURN_IF_ERROR(CheckIsOpen(transaction, *progress, closes));
  RETURN_IF_ERROR(transaction.db()
                      .Use("INSERT OR REPLACE INTO doubt VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)", progress->tenant,
                           job, row.place.row, row.place.byte_offset, row.step, row.since, row.attempts,
                           row.vendor_time)
                      .Run());
  RETURN_IF_ERROR(EndWaiting(transaction, *progress, row.place.row, row.place.row));
  RETURN_IF_ERROR(CloseWindow(transaction, *progress, closes));
  ++transaction.changes().doubts;
  progress->has_doubt = true;
  progress->rows_read = std::max(progress->rows_read, row.place.row);
  progress->changed = true;
  return {};
}

Result<void> CheckIsOpen(Transaction& transaction, const Progress& progress, WindowId closes) {
  if (!closes) return {};
  Query query = transaction.db().Use("SELECT 1 FROM open_window WHERE tenant = ?1 AND job = ?2 AND id = ?3",
                                     progress.tenant, progress.job, closes);
  ASSIGN_OR_RETURN(const bool open, query.Next());
  if (open) return {};
  return Fail(ErrorKind::internal,
              "job " + std::to_string(progress.job.value) + " has no open window " + std::to_string(closes.value));
}

Result<void> CloseWindow(Transaction& transaction, const Progress& progress, WindowId closes) {
  if (!closes) return {};
  Query query = transaction.db().Use(kCountUnaccounted, progress.tenant, progress.job, closes);
  ASSIGN_OR_RETURN(const bool found, query.Next());
  if (found && query.Int(0) > 0) {
    return Fail(ErrorKind::internal, "job " + std::to_string(progress.job.value) + ": window " +
                                         std::to_string(closes.value) + " cannot be closed, for of " +
                                         std::to_string(query.Int(0)) + " rows of it nothing is known");
  }
  return transaction.db()
      .Use("DELETE FROM open_window WHERE tenant = ?1 AND job = ?2 AND id = ?3", progress.tenant, progress.job, closes)
      .Run();
}

Result<void> EndWaiting(Transaction& transaction, const Progress& progress, RowNumber first, RowNumber last) {
  if (!progress.has_waiting) return {};
  return transaction.db()
      .Use("DELETE FROM waiting WHERE tenant = ?1 AND job = ?2 AND row BETWEEN ?3 AND ?4", progress.tenant,
           progress.job, first, last)
      .Run();
}

Result<void> EndDoubt(Transaction& transaction, const Progress& progress, RowNumber row) {
  if (!progress.has_doubt) return {};
  return transaction.db()
      .Use("DELETE FROM doubt WHERE tenant = ?1 AND job = ?2 AND row = ?3", progress.tenant, progress.job, row)
      .Run();
}

}  // namespace rowcall::ledger
