#pragma once

#include <string>

#include "base/result.h"

namespace rowcall::ledger {

/// The kernel's lock on a data folder: one process at a time works in it. Released when this ends or the process dies.
/// In a build with tests (ROWCALL_FAILPOINTS) the folder of a process that is stopped is open to another, so that a test
/// can have two at work on one ledger.
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
