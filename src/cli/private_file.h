#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace rowcall::cli {

/// Writes a file that holds secrets: mode 0600, whole or not at all (temporary file, fsync, rename, fsync of the
/// folder). Replaces what was there.
Result<void> WritePrivateFile(const std::string& path, std::string_view text);

/// Fails with `not_found`, or with `forbidden` if others than its owner may read or write the file.
Result<void> CheckPrivateFile(const std::string& path);

/// The whole file. Fails with `not_found`, or with `forbidden` if others than its owner may read or write it.
Result<std::string> ReadPrivateFile(const std::string& path);

}  // namespace rowcall::cli
