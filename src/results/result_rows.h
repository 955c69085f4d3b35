#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "async/task.h"
#include "files/file_store.h"
#include "formats/row_parser.h"
#include "job/row_finder.h"
#include "ledger/ledger.h"
#include "model/job.h"

namespace rowcall::results {

/// A row as it stood in the file, and what became of it.
struct ResultRow {
  model::Row row;
  model::Outcome outcome;
};

/// Where the row of an outcome stands; nullopt if that is not known.
std::optional<ledger::RowPlace> AnchorOf(const model::Outcome& outcome);

/// The rows of a job that ended in one of some ways, in file order, each as it was sent. Holds some hundred rows, however
/// many there are. One loop's thread.
class ResultRows {
 public:
  /// Rows behind `after`; only those for which `takes`, if set, is true. Ledger and files outlive it. `dialect`: of the
  /// job's plan.
  ResultRows(ledger::Ledger& ledger, files::FileStore& files, const model::Job& job, formats::Dialect dialect,
             ledger::RowFilter filter, std::function<bool(const ResultRow&)> takes = {}, RowNumber after = 0);

  /// The next row; nullopt at the end. Fails as ledger and file store do.
  async::Task<Result<std::optional<ResultRow>>> Next();

 private:
  ledger::Ledger& ledger_;
  const TenantId tenant_;
  const JobId job_;
  job::RowFinder finder_;
  const ledger::RowFilter filter_;
  const std::function<bool(const ResultRow&)> takes_;
  std::vector<model::Outcome> page_;
  std::size_t given_ = 0;
  RowNumber after_;
};

}  // namespace rowcall::results
