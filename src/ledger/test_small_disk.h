#pragma once

// For tests, also of other folders: a disk that runs full under the databases that are opened while it is there.

#include <sqlite3.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

namespace rowcall::ledger {

class SmallDisk {
 public:
  SmallDisk() {
    refused_ = 0;
    Vfs()->xSetSystemCall(Vfs(), "pwrite64", reinterpret_cast<sqlite3_syscall_ptr>(WriteUnlessFull));
  }
  ~SmallDisk() {
    SetFull(false);
    Vfs()->xSetSystemCall(Vfs(), "pwrite64", nullptr);
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  void SetFull(bool full) { is_full_ = full; }
  /// How many writes found no room so far.
  int refused() const { return refused_; }

 private:
  static sqlite3_vfs* Vfs() { return sqlite3_vfs_find(nullptr); }
  static ssize_t WriteUnlessFull(int fd, const void* bytes, size_t size, off64_t offset) {
    if (!is_full_) return pwrite64(fd, bytes, size, offset);
    ++refused_;
    errno = ENOSPC;
    return -1;
  }

  static inline std::atomic<bool> is_full_ = false;
  static inline std::atomic<int> refused_ = 0;
};

}  // namespace rowcall::ledger
