#pragma once

#include <string>

#include "base/result.h"

namespace rowcall::ledger {

/// The kernel's lock on a data folder: one process at a time works in it. Released when this ends or the process dies.
class DataLock {
 public:
  /// Fails with `conflict` and names the process that holds it.
  static Result<DataLock> Take(const std::string& folder);
  DataLock(DataLock&& other) noexcept;
  DataLock& operator=(DataLock&&) = delete;
  ~DataLock();

 private:
  explicit DataLock(int fd) : fd_(fd) {}
  int fd_ = -1;
};

}  // namespace rowcall::ledger
