#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "async/task.h"
#include "base/ids.h"
#include "base/result.h"
#include "ledger/ledger.h"

namespace rowcall::results {

inline constexpr std::size_t kDefaultPageSize = 200;
inline constexpr std::size_t kMaxPageSize = 5'000;

/// Which page is asked for.
struct PageOrder {
  std::size_t size = kDefaultPageSize;
  std::string token;  ///< As a page before gave it; "" = the first page.
};

/// Reads the query parameters `pageSize` and `nextPage`. Fails with `invalid` and names the limits unless the size is
/// absent or a whole number from 1 to kMaxPageSize.
Result<PageOrder> ReadPageOrder(std::string_view page_size, std::string_view next_page);

/// A token names the list it belongs to (a job, say) and the last thing that was given out of it; opaque to clients.
std::string NextToken(std::int64_t list, std::int64_t last);
/// Where a page begins: behind which thing of the list; 0 = at the start. Fails with `invalid` if the token is not of
/// this list.
Result<std::int64_t> BeginsBehind(const PageOrder& order, std::int64_t list);

/// A page as it is answered.
struct Page {
  std::string json;        ///< An array.
  std::size_t count = 0;   ///< Of its elements.
  std::string next_token;  ///< "" on the last page.
};

/// Rejected, failed, unresolved, or loaded with an incomplete step.
ledger::RowFilter RowsThatWantAttention();

/// Rows that want attention; ascending.
async::Task<Result<Page>> ErrorsPage(ledger::Ledger& ledger, TenantId tenant, JobId job, PageOrder order);

/// All rows that the filter lets through; ascending.
async::Task<Result<Page>> RowsPage(ledger::Ledger& ledger, TenantId tenant, JobId job, ledger::RowFilter filter,
                                   PageOrder order);

/// Reads the query parameter `outcome`: a comma list of outcomes, "" = all. Fails with `invalid` and names the closest.
Result<std::vector<model::OutcomeKind>> ReadOutcomeList(std::string_view list);

}  // namespace rowcall::results
