#pragma once

#include <string>

#include "async/task.h"
#include "files/file_store.h"
#include "formats/row_parser.h"
#include "ledger/ledger.h"
#include "model/job.h"
#include "results/page.h"

namespace rowcall::results {

/// The rows of a job that have `text` as one of their cells, blanks around it and ASCII case aside, or as the id of their
/// record; of those that the filter lets through, ascending. The file is read for it, so a page ends also when 20,000 rows
/// were looked at, and may then have few rows, or none; its token leads on. `dialect`: of the job's plan.
async::Task<Result<Page>> SearchPage(ledger::Ledger& ledger, files::FileStore& files, const model::Job& job,
                                     const formats::Dialect& dialect, ledger::RowFilter filter, std::string text,
                                     PageOrder order);

}  // namespace rowcall::results
