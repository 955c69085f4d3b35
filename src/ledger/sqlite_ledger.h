#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "ledger/ledger.h"

namespace rowcall::ledger {

/// What one commit has brought, for counting.
struct Committed {
  Duration took{};  ///< From the transaction's begin to the end of the flush.
  model::OutcomeCounts rows;  ///< That got their outcome.
  std::int64_t doubts = 0;    ///< Times that a row's doubt was written.
  std::int64_t leases_taken_over = 0;  ///< That another opener of the ledger held.
  std::int64_t jobs_created = 0;
  std::vector<model::JobStatus> jobs_ended;
  std::int64_t rows_unaccounted = 0;  ///< Of jobs that ended: rows of the file that are counted under no outcome.
  std::vector<CallbackResult> callback_attempts;
};

struct SqliteLedgerOptions {
  /// A write waits at most this long for company, and a twentieth of it if none comes.
  Duration group_delay = std::chrono::milliseconds(5);
  std::size_t group_size = 1'000;                       ///< … or until this many are together.
  /// Whose the leases are that are taken here; another name for each opener. "" = a random one.
  std::string holder = {};
  /// Called behind each commit, on the writer's thread, which waits meanwhile. May be empty.
  std::function<void(const Committed&)> committed = {};
  /// For simulations, which own time. If set, the ledger has no threads: a call awaits this, runs on the loop where it
  /// was made, a write alone in its group, and awaits it again before it returns. A loop may then end with calls under way.
  std::function<async::Task<void>()> instead_of_threads = {};
};

/// Opens (or makes) the ledger in one SQLite file: WAL, synchronous=FULL, one writer thread that commits groups of
/// writes across jobs, one thread for reads, and one for those of a single job's state, which wait behind no long read;
/// beside `X.db` stands `X.head` (ledger_head.h). ":memory:" is a ledger for tests, without one. Format:
/// docs/formats/ledger.md.
/// `clock` must outlive the ledger, and so must the loops of its callers: at its end it commits and answers the writes
/// that were asked before; no read may be under way then. Fails with `corrupt` (which page is damaged, or that commits
/// are lost), `conflict` (a newer program's file) or `unavailable` and names the file.
Result<std::unique_ptr<Ledger>> OpenSqliteLedger(const std::string& path, const Clock& clock,
                                                 SqliteLedgerOptions options = {});

}  // namespace rowcall::ledger
