#include "results/page.h"

#include "base/json_writer.h"
#include "wire/outcome.h"

namespace rowcall::results {

namespace {

async::Task<Result<Page>> ReadPage(ledger::Ledger& ledger, TenantId tenant, JobId job, ledger::RowFilter filter,
                                   PageOrder order) {
  ASSIGN_OR_CO_RETURN(const RowNumber after, BeginsBehind(order, job.value));
  // One more than asked for tells whether this is the last page.
  ASSIGN_OR_CO_RETURN(std::vector<model::Outcome> rows,
                      co_await ledger.Rows(tenant, job, filter, after, order.size + 1));
  Page page;
  if (rows.size() > order.size) {
    rows.resize(order.size);
    page.next_token = NextToken(job.value, rows.back().row);
  }
  page.count = rows.size();
  JsonWriter json(page.json);
  json.BeginArray();
  for (const model::Outcome& row : rows) wire::WriteOutcome(json, row);
  json.EndArray();
  co_return page;
}

}  // namespace

ledger::RowFilter RowsThatWantAttention() {
  ledger::RowFilter filter;
  for (const model::OutcomeKind kind : model::kAllOutcomes) {
    if (model::IsFailure(kind)) filter.kinds.push_back(kind);
  }
  filter.or_incomplete = true;
  return filter;
}

async::Task<Result<Page>> ErrorsPage(ledger::Ledger& ledger, TenantId tenant, JobId job, PageOrder order) {
  return ReadPage(ledger, tenant, job, RowsThatWantAttention(), std::move(order));
}

async::Task<Result<Page>> RowsPage(ledger::Ledger& ledger, TenantId tenant, JobId job, ledger::RowFilter filter,
                                   PageOrder order) {
  return ReadPage(ledger, tenant, job, std::move(filter), std::move(order));
}

}  // namespace rowcall::results
