#pragma once

#include <cstdint>
#include <string>

#include "async/task.h"
#include "base/result.h"
#include "files/file_store.h"
#include "results/result_file.h"

namespace rowcall::results {

/// Writes a text file as NewTextFile() makes it, but with the last row first: rows that were loaded into one record are
/// taken back in the order that leads to where it began. Returns how many rows there are. Holds some megabytes, however
/// long it is; a longer one stands, block by block, under `scratch_key` meanwhile, which is removed.
async::Task<Result<std::int64_t>> WriteLastFirst(ResultRows rows, const formats::Dialect& dialect, ResultFormat format,
                                                 files::FileStore& files, std::string scratch_key,
                                                 files::FileWriter& to);

}  // namespace rowcall::results
