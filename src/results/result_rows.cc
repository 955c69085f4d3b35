#include "results/result_rows.h"

#include <utility>

namespace rowcall::results {

namespace {

constexpr std::size_t kPage = 500;

}  // namespace

ResultRows::ResultRows(ledger::Ledger& ledger, files::FileStore& files, const model::Job& job, formats::Dialect dialect,
                       std::vector<model::OutcomeKind> kinds)
    : ledger_(ledger),
      tenant_(job.order.tenant),
      job_(job.id),
      finder_(files, job.order.file, std::move(dialect)),
      filter_{std::move(kinds), false} {}

async::Task<Result<std::optional<ResultRow>>> ResultRows::Next() {
  if (given_ == page_.size()) {
    ASSIGN_OR_CO_RETURN(page_, co_await ledger_.Rows(tenant_, job_, filter_, after_, kPage));
    given_ = 0;
    if (page_.empty()) co_return std::nullopt;
    after_ = page_.back().row;
  }
  model::Outcome& outcome = page_[given_++];
  std::optional<ledger::RowPlace> anchor;
  if (outcome.byte_offset > 0) anchor = ledger::RowPlace{outcome.row, outcome.byte_offset};
  ASSIGN_OR_CO_RETURN(model::Row row, co_await finder_.Find(outcome.row, anchor));
  co_return ResultRow{std::move(row), std::move(outcome)};
}

}  // namespace rowcall::results
