#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <span>
#include <thread>
#include <utility>
#include <vector>

#include "async/one_shot.h"
#include "async/task.h"
#include "base/clock.h"
#include "base/result.h"
#include "ledger/ledger_head.h"
#include "ledger/sqlite.h"
#include "ledger/sqlite_ledger.h"
#include "ledger/transaction.h"

namespace rowcall::ledger {

/// The one thread that writes. It gathers calls into groups and commits each group in one transaction; see
/// docs/formats/ledger.md §5. A call is answered after its commit, on the loop where it was made. Without a thread, if
/// the options say so: then each call is a group, on the loop where it was made.
class GroupWriter {
 public:
  /// `db`, `clock`, `turn` and `head` must outlive it. `turn`, where given, is locked for each transaction: for a
  /// connection that a reader shares. `head`, where given, is told each commit that changed something.
  GroupWriter(Database& db, const Clock& clock, SqliteLedgerOptions options, std::mutex* turn, LedgerHead* head);
  ~GroupWriter();  ///< Commits and answers what was asked before.
  GroupWriter(const GroupWriter&) = delete;
  GroupWriter& operator=(const GroupWriter&) = delete;

  /// Nothing more is written: each later call fails so. For damage that somebody else has met. From any thread.
  void Stop(const Error& why);

  /// Runs `call`, a `Result<T>(Transaction&)`, in a group. It may run twice (see Outcome::spoiled), so it must not use
  /// up what it captured.
  template <typename T, typename Call>
  async::Task<Result<T>> Run(Call call) {
    PendingWrite<T, Call> write(std::move(call));
    async::OneShot<Result<T>> done = write.done();
    if (!options_.instead_of_threads) {
      Enqueue(write);
      co_return co_await done.Wait();
    }
    co_await options_.instead_of_threads();
    Write* const alone = &write;
    Answer(std::span(&alone, 1));
    co_await options_.instead_of_threads();
    co_return co_await done.Wait();
  }

 private:
  // Lives in the frame of Run, which goes on only after Complete.
  class Write {
   public:
    virtual ~Write() = default;
    virtual const Error* Attempt(Transaction& transaction) = 0;  // null = it went well
    virtual void Complete(const Error* instead) = 0;  // null = with what Attempt gave
  };

  template <typename T, typename Call>
  class PendingWrite final : public Write {
   public:
    explicit PendingWrite(Call call) : call_(std::move(call)) {}
    const Error* Attempt(Transaction& transaction) override {
      result_ = call_(transaction);
      return result_ ? nullptr : &result_.error();
    }
    void Complete(const Error* instead) override {
      async::OneShot<Result<T>> done = done_;  // the frame, and this with it, may end as soon as the value is set
      if (instead != nullptr) result_ = std::unexpected(*instead);
      done.Set(std::move(result_));
    }
    async::OneShot<Result<T>> done() const { return done_; }

   private:
    Call call_;
    Result<T> result_;
    async::OneShot<Result<T>> done_;
  };

  enum class Outcome {
    committed,
    spoiled,  // a call failed after it had changed something: all was rolled back
    failed,  // the storage failed; error_ says how
  };

  void Enqueue(Write& write);
  void Work();
  std::vector<Write*> Gather();
  void Answer(std::span<Write* const> writes);
  Outcome Commit(std::span<Write* const> writes);
  Outcome RunAll(std::span<Write* const> writes);
  Outcome RollBack(Outcome outcome);
  Result<std::int64_t> NumberCommit(std::int64_t changes_before);  // 0 = it gets none

  Database& db_;
  const Clock& clock_;
  const SqliteLedgerOptions options_;
  std::mutex* const turn_;
  LedgerHead* const head_;
  Error error_;  // of the last `failed`; writer's thread only

  std::mutex mutex_;  // over all below
  std::optional<Error> stopped_;  // set once the disk cannot be trusted
  std::condition_variable wake_;
  std::deque<Write*> queue_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace rowcall::ledger
