#include "results/open_rows.h"

#include <algorithm>

#include "job/row_source.h"
#include "model/result_columns.h"
#include "results/page.h"

namespace rowcall::results {

namespace {

using model::OutcomeKind;

constexpr std::size_t kSliceOfRows = 2'000;

async::Task<Result<RowSet>> RowsThat(ledger::Ledger& ledger, const model::Job& job, const ledger::RowFilter& filter) {
  RowSet rows(static_cast<std::size_t>(job.rows_in_file) + 1, false);
  for (RowNumber after = 0;;) {
    ASSIGN_OR_CO_RETURN(const std::vector<model::Outcome> page,
                        co_await ledger.Rows(job.order.tenant, job.id, filter, after, kSliceOfRows));
    if (page.empty()) co_return rows;
    after = page.back().row;
    for (const model::Outcome& outcome : page) rows.at(static_cast<std::size_t>(outcome.row)) = true;
  }
}

/// Takes out what the retry or undo has settled: its rows but those that are open in it.
async::Task<Result<void>> TakeOutSettled(files::FileStore& files, const model::Job& follower, const RowSet& open_in_it,
                                         RowSet& open) {
  ASSIGN_OR_CO_RETURN(const auto source, co_await job::RowSource::Open(files, follower.order.file));
  std::size_t column = 0;
  for (RowNumber number = 1; number < std::ssize(open_in_it); ++number) {
    ASSIGN_OR_CO_RETURN(const std::optional<model::Row> row, co_await source->Next());
    if (!row) break;
    if (number == 1) {
      const std::vector<std::string> header = source->dialect().header;
      column = static_cast<std::size_t>(std::ranges::find(header, model::result_columns::kRow) - header.begin());
    }
    const auto of_row = static_cast<std::size_t>(model::ReadRowNumber(row->cells[column]));
    if (!open_in_it[static_cast<std::size_t>(number)]) open.at(of_row) = false;
  }
  co_return Result<void>();
}

}  // namespace

ledger::RowFilter RowsNotInPlace() {
  ledger::RowFilter filter = RowsThatWantAttention();
  filter.kinds.push_back(OutcomeKind::cancelled);
  return filter;
}

async::Task<Result<RowSet>> OpenRows(ledger::Ledger& ledger, files::FileStore& files, const model::Job& job,
                                     const std::vector<model::Job>& retries) {
  const ledger::RowFilter not_in_place = RowsNotInPlace();
  ASSIGN_OR_CO_RETURN(RowSet open, co_await RowsThat(ledger, job, not_in_place));
  for (const model::Job& retry : retries) {
    if (retry.order.retry_of != job.id || retry.order.undoes) continue;
    ASSIGN_OR_CO_RETURN(const RowSet open_in_it, co_await OpenRows(ledger, files, retry, retries));
    CO_RETURN_IF_ERROR(co_await TakeOutSettled(files, retry, open_in_it, open));
  }
  co_return open;
}

async::Task<Result<RowSet>> RowsToUndo(ledger::Ledger& ledger, files::FileStore& files, const model::Job& job,
                                       const std::vector<model::Job>& followers) {
  ledger::RowFilter written;
  written.kinds = {OutcomeKind::created, OutcomeKind::updated};
  const ledger::RowFilter not_in_place = RowsNotInPlace();
  ASSIGN_OR_CO_RETURN(RowSet rows, co_await RowsThat(ledger, job, written));
  for (const model::Job& undo : followers) {
    if (undo.order.retry_of != job.id || !undo.order.undoes) continue;
    ASSIGN_OR_CO_RETURN(const RowSet open_in_it, co_await RowsThat(ledger, undo, not_in_place));
    CO_RETURN_IF_ERROR(co_await TakeOutSettled(files, undo, open_in_it, rows));
  }
  co_return rows;
}

std::int64_t CountOpenRows(const model::Job& job, const std::vector<model::Job>& retries) {
  std::int64_t open = job.counts.Failed() + job.counts[OutcomeKind::cancelled] + job.counts.incomplete;
  std::vector<JobId> under = {job.id};  // oldest first, so a retry of a retry comes behind it
  for (const model::Job& retry : retries) {
    if (std::ranges::find(under, retry.order.retry_of) == under.end() || retry.order.undoes) continue;
    under.push_back(retry.id);
    const model::OutcomeCounts& counts = retry.counts;
    open -= counts[OutcomeKind::created] + counts[OutcomeKind::updated] + counts[OutcomeKind::unchanged] -
            counts.incomplete;
  }
  return open;
}

}  // namespace rowcall::results
