#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "ledger/sqlite.h"

namespace rowcall::ledger {

/// The number of the ledger's last commit, kept outside of it: `ledger.head`, beside `ledger.db`. If the write-ahead log
/// is damaged, SQLite takes all that stands behind the damage for never written, and says nothing. Then the ledger is
/// behind its head. Used by the ledger's writer alone; docs/formats/ledger.md §10 says what stands in the file.
class LedgerHead {
 public:
  /// Compares the ledger with its head, and makes the file if there is none. Fails with `corrupt` if commits are lost;
  /// then the ledger and its log are left as they are. A head that is missing or cannot be read claims nothing, which is
  /// logged. `db` must outlive it; migrate it afterwards, for a log whose first part is lost looks like a new ledger.
  static Result<std::unique_ptr<LedgerHead>> Open(Database& db);
  ~LedgerHead();
  LedgerHead(const LedgerHead&) = delete;
  LedgerHead& operator=(const LedgerHead&) = delete;

  /// Numbers the transaction that is open, from 1.
  Result<std::int64_t> NumberCommit();
  /// Behind the commit: writes its number to the file, without a flush. It survives the program's death; a power failure
  /// may bring an older one back, which asks for less. A failure is logged; the next commit tries again.
  void Keep(std::int64_t number);

 private:
  LedgerHead(Database& db, std::string path, int fd) : db_(db), path_(std::move(path)), fd_(fd) {}

  Database& db_;
  const std::string path_;
  const int fd_;
  bool failed_ = false;  ///< The last Keep did.
};

}  // namespace rowcall::ledger
