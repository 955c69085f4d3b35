#pragma once

#include <memory>
#include <string>

#include "async/blocking_pool.h"
#include "base/clock.h"
#include "results/result_file.h"

namespace rowcall::results {

/// A result file for spreadsheets (Office Open XML). Every cell is a text, but for `_row`: a phone keeps its "+", a formula
/// stays a text and is not reckoned. Rows beyond the 1,048,576 of a sheet go on in the next. The whole is written to a
/// file without a name in `scratch_folder` before its first piece is given out; memory stays flat.
///
/// `made_at` stands in it as the time of its making. Pool, and what `rows` goes on, live as long as the file. Next() fails
/// with `invalid` and names row and column where a cell is longer than a spreadsheet's may be, `unavailable` if the folder
/// cannot be written.
std::unique_ptr<ResultFile> NewXlsxFile(ResultRows rows, const formats::Dialect& dialect, async::BlockingPool& pool,
                                        std::string scratch_folder, WallTime made_at);

}  // namespace rowcall::results
