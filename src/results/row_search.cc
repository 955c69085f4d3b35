#include "results/row_search.h"

#include <algorithm>
#include <utility>

#include "base/json_writer.h"
#include "base/text.h"
#include "results/result_rows.h"
#include "wire/outcome.h"

namespace rowcall::results {

namespace {

constexpr std::size_t kRowsLookedAt = 20'000;

bool Has(const ResultRow& row, const std::string& text) {
  if (row.outcome.vendor_id == text) return true;
  return std::ranges::any_of(row.row.cells.All(),
                             [&](std::string_view cell) { return EqualsIgnoringAsciiCase(Trim(cell), text); });
}

}  // namespace

async::Task<Result<Page>> SearchPage(ledger::Ledger& ledger, files::FileStore& files, const model::Job& job,
                                     const formats::Dialect& dialect, ledger::RowFilter filter, std::string text,
                                     PageOrder order) {
  ASSIGN_OR_CO_RETURN(const RowNumber after, BeginsBehind(order, job.id.value));
  ResultRows rows(ledger, files, job, dialect, std::move(filter), {}, after);
  const std::string wanted(Trim(text));
  Page page;
  JsonWriter json(page.json);
  json.BeginArray();
  std::size_t looked_at = 0;
  for (RowNumber last = after;; ++looked_at) {
    ASSIGN_OR_CO_RETURN(const std::optional<ResultRow> row, co_await rows.Next());
    if (!row) break;
    if (page.count == order.size || looked_at == kRowsLookedAt) {  // there is more behind it
      page.next_token = NextToken(job.id.value, last);
      break;
    }
    last = row->outcome.row;
    if (!Has(*row, wanted)) continue;
    wire::WriteOutcome(json, row->outcome);
    ++page.count;
  }
  json.EndArray();
  co_return page;
}

}  // namespace rowcall::results
