#pragma once

// For tests: a disk of which, once, a page of a database is read only when the test lets it.

#include <sqlite3.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <semaphore>

namespace rowcall::ledger {

class SlowSector {
 public:
  SlowSector() { Vfs()->xSetSystemCall(Vfs(), "pread64", reinterpret_cast<sqlite3_syscall_ptr>(Read)); }
  ~SlowSector() { Vfs()->xSetSystemCall(Vfs(), "pread64", nullptr); }
  SlowSector(const SlowSector&) = delete;
  SlowSector& operator=(const SlowSector&) = delete;

  /// The next page that is read is the one.
  void Strike() { is_struck_ = true; }
  /// Blocks until somebody waits for that page.
  void AwaitReader() { asked_.acquire(); }
  /// The reader goes on. Without it he does so after ten seconds, so that a test fails instead of standing still.
  void Release() { released_.release(); }

 private:
  static sqlite3_vfs* Vfs() { return sqlite3_vfs_find(nullptr); }
  static ssize_t Read(int fd, void* bytes, size_t size, off64_t offset) {
    if (is_struck_.exchange(false)) {
      asked_.release();
      static_cast<void>(released_.try_acquire_for(std::chrono::seconds(10)));
    }
    return pread64(fd, bytes, size, offset);
  }

  static inline std::atomic<bool> is_struck_ = false;
  static inline std::binary_semaphore asked_{0};
  static inline std::binary_semaphore released_{0};
};

}  // namespace rowcall::ledger
