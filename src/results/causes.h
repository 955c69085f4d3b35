#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "async/task.h"
#include "base/ids.h"
#include "base/result.h"
#include "ledger/ledger.h"

namespace rowcall::results {

/// Rows that want attention for the same cause: the same outcome, and a first reason of the same code, column and code of
/// the service.
struct Cause {
  model::OutcomeKind outcome = model::OutcomeKind::failed;
  model::Reason reason;  ///< Of the first of these rows.
  RowNumber first_row = 0;
  std::int64_t rows = 0;
};

/// The causes of all rows that were rejected, failed, unresolved, or loaded with an incomplete step; that of most rows
/// first.
async::Task<Result<std::vector<Cause>>> CausesOf(ledger::Ledger& ledger, TenantId tenant, JobId job);

/// As JSON: [{"rows":120,"firstRow":3,"outcome":"rejected","code":"invalid_email","column":"E-mail","message":…,
/// "hint":…,"serviceCode":…}]. What is empty is left out.
void WriteCauses(std::string& out, const std::vector<Cause>& causes);

}  // namespace rowcall::results
