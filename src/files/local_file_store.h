#pragma once

#include <filesystem>
#include <memory>

#include "async/blocking_pool.h"
#include "files/file_store.h"

namespace rowcall::files {

/// Opens (or makes, mode 0700) the folder as a file store. Files are 0600. Left-overs of writers that a crash cut off
/// are removed. `pool` must outlive the store.
Result<std::unique_ptr<FileStore>> OpenLocalFileStore(const std::filesystem::path& folder, async::BlockingPool& pool);

}  // namespace rowcall::files
