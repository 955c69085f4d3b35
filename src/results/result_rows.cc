#include "results/result_rows.h"

#include <utility>

namespace rowcall::results {

namespace {

constexpr std::size_t kPage = 500;

}  // namespace

ResultRows::ResultRows(ledger::Ledger& ledger, files::FileStore& files, const model::Job& job, formats::Dialect dialect,
                       ledger::RowFilter filter, std::function<bool(const ResultRow&)> takes, RowNumber after)
    : ledger_(ledger),
      tenant_(job.order.tenant),
      job_(job.id),
      finder_(files, job.order.file, std::move(dialect)),
      filter_(std::move(filter)),
      takes_(std::move(takes)),
      after_(after) {}

async::Task<Result<std::optional<ResultRow>>> ResultRows::Next() {
  for (;;) {
    if (given_ == page_.size()) {
      ASSIGN_OR_CO_RETURN(page_, co_await ledger_.Rows(tenant_, job_, filter_, after_, kPage));
      given_ = 0;
      if (page_.empty()) co_return std::nullopt;
      after_ = page_.back().row;
    }
    model::Outcome& outcome = page_[given_++];
    ASSIGN_OR_CO_RETURN(model::Row row, co_await finder_.Find(outcome.row, AnchorOf(outcome)));
    ResultRow result{std::move(row), std::move(outcome)};
    if (!takes_ || takes_(result)) co_return result;
  }
}

std::optional<ledger::RowPlace> AnchorOf(const model::Outcome& outcome) {
  if (outcome.byte_offset <= 0) return std::nullopt;
  return ledger::RowPlace{outcome.row, outcome.byte_offset};
}

}  // namespace rowcall::results
