#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "base/clock.h"
#include "ledger/ledger.h"

namespace rowcall::ledger {

struct SqliteLedgerOptions {
  /// A write waits at most this long for company, and a twentieth of it if none comes.
  Duration group_delay = std::chrono::milliseconds(5);
  std::size_t group_size = 1'000;                       ///< … or until this many are together.
};

/// Opens (or makes) the ledger in one SQLite file: WAL, synchronous=FULL, one writer thread that commits groups of
/// writes across jobs, one reader thread. ":memory:" is a ledger for tests. Format: docs/formats/ledger.md.
/// `clock` must outlive the ledger, and so must the loops of its callers: at its end it commits and answers the writes
/// that were asked before; no read may be under way then. Fails with `corrupt`, `conflict` (a newer program's file) or
/// `unavailable` and names the file.
Result<std::unique_ptr<Ledger>> OpenSqliteLedger(const std::string& path, const Clock& clock,
                                                 SqliteLedgerOptions options = {});

}  // namespace rowcall::ledger
