#pragma once

// For tests, also of other folders: a process that dies at a commit.

#include <sqlite3.h>

#include <functional>
#include <utility>

namespace rowcall::ledger {

/// While it is there, databases that are opened ask at each commit whether the process has died before it: then the
/// commit leaves nothing behind. At most one at a time; it outlives those databases.
class DyingCommits {
 public:
  explicit DyingCommits(std::function<bool()> has_died) {
    has_died_ = std::move(has_died);
    sqlite3_auto_extension(reinterpret_cast<void (*)()>(Hook));
  }
  ~DyingCommits() { sqlite3_cancel_auto_extension(reinterpret_cast<void (*)()>(Hook)); }
  DyingCommits(const DyingCommits&) = delete;
  DyingCommits& operator=(const DyingCommits&) = delete;

 private:
  static int Hook(sqlite3* connection, char**, const sqlite3_api_routines*) {
    const auto ask = [](void*) { return has_died_() ? 1 : 0; };
    sqlite3_commit_hook(connection, ask, nullptr);
    return SQLITE_OK;
  }

  static inline std::function<bool()> has_died_;
};

}  // namespace rowcall::ledger
