#pragma once

// For tests, also of other folders: a disk of which, once, a page of a database cannot be read.

#include <sqlite3.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

namespace rowcall::ledger {

class BadSector {
 public:
  BadSector() {
    is_struck_ = is_read_ = false;
    Vfs()->xSetSystemCall(Vfs(), "pread64", reinterpret_cast<sqlite3_syscall_ptr>(Read));
  }
  ~BadSector() { Vfs()->xSetSystemCall(Vfs(), "pread64", nullptr); }
  BadSector(const BadSector&) = delete;
  BadSector& operator=(const BadSector&) = delete;

  /// The next page that is read is the one. SQLite takes EIO for damage of the file, and other errors for a fault of now.
  void Strike(int error = EIO) {
    error_ = error;
    is_struck_ = true;
  }
  bool is_read() const { return is_read_; }

 private:
  static sqlite3_vfs* Vfs() { return sqlite3_vfs_find(nullptr); }
  static ssize_t Read(int fd, void* bytes, size_t size, off64_t offset) {
    if (!is_struck_.exchange(false)) return pread64(fd, bytes, size, offset);
    is_read_ = true;
    errno = error_;
    return -1;
  }

  static inline std::atomic<int> error_ = 0;
  static inline std::atomic<bool> is_struck_ = false;
  static inline std::atomic<bool> is_read_ = false;
};

}  // namespace rowcall::ledger
