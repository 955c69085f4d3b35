#include "ledger/group_writer.h"

#include <pthread.h>

#include <algorithm>

#include "base/failpoint.h"
#include "base/log.h"

namespace rowcall::ledger {

namespace {

// A group waits for company while calls keep coming with gaps of less than group_delay / kGaps.
constexpr int kGaps = 20;

// Of the disk under all calls, not of one call. No call refuses its caller with these kinds.
bool IsOfStorage(const Error& error) {
  return error.kind == ErrorKind::unavailable || error.kind == ErrorKind::no_space || error.kind == ErrorKind::corrupt;
}

}  // namespace

GroupWriter::GroupWriter(Database& db, const Clock& clock, SqliteLedgerOptions options, std::mutex* turn,
                         LedgerHead* head)
    : db_(db), clock_(clock), options_(std::move(options)), turn_(turn), head_(head) {
  if (options_.instead_of_threads) return;
  thread_ = std::thread([this] { Work(); });
  pthread_setname_np(thread_.native_handle(), "ledger-writer");
}

GroupWriter::~GroupWriter() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
  if (stopped_) db_.LeaveLogAsItIs();
}

void GroupWriter::Enqueue(Write& write) {
  bool wake = false;
  {
    const std::lock_guard lock(mutex_);
    queue_.push_back(&write);
    wake = queue_.size() == 1 || queue_.size() == options_.group_size;
  }
  if (wake) wake_.notify_one();
}

void GroupWriter::Work() {
  for (std::vector<Write*> writes = Gather(); !writes.empty(); writes = Gather()) Answer(writes);
}

std::vector<GroupWriter::Write*> GroupWriter::Gather() {
  std::unique_lock lock(mutex_);
  wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
  const auto full = [this] { return stopping_ || queue_.size() >= options_.group_size; };
  const auto deadline = std::chrono::steady_clock::now() + options_.group_delay;
  std::size_t gathered = 0;
  while (!full() && gathered != queue_.size() && std::chrono::steady_clock::now() < deadline) {
    gathered = queue_.size();
    wake_.wait_for(lock, options_.group_delay / kGaps, full);
  }
  const auto count = static_cast<std::ptrdiff_t>(std::min(queue_.size(), options_.group_size));
  std::vector<Write*> writes(queue_.begin(), queue_.begin() + count);
  queue_.erase(queue_.begin(), queue_.begin() + count);
  return writes;
}

void GroupWriter::Answer(std::span<Write* const> writes) {
  switch (Commit(writes)) {
    case Outcome::committed:
      for (Write* write : writes) write->Complete(nullptr);
      return;
    case Outcome::failed: {
      const Error error = error_;
      for (Write* write : writes) write->Complete(&error);
      return;
    }
    case Outcome::spoiled:
      if (writes.size() == 1) return writes.front()->Complete(nullptr);  // with the error that spoiled it
      for (Write* const& write : writes) Answer(std::span(&write, 1));
  }
}

void GroupWriter::Stop(const Error& why) {
  const std::lock_guard lock(mutex_);
  if (stopped_) return;
  Log(LogLevel::error, "ledger_stopped", {{"error", why.message}, {"hint", why.hint}});
  stopped_ = Error{why.kind, "the ledger has stopped writing after: " + why.message, why.hint};
}

GroupWriter::Outcome GroupWriter::Commit(std::span<Write* const> writes) {
  {
    const std::lock_guard lock(mutex_);
    if (stopped_) {
      error_ = *stopped_;
      return Outcome::failed;
    }
  }
  std::unique_lock<std::mutex> turn;
  if (turn_ != nullptr) turn = std::unique_lock(*turn_);
  const Outcome outcome = RunAll(writes);
  if (const std::optional<Error> why = db_.broken()) Stop(*why);
  return outcome;
}

GroupWriter::Outcome GroupWriter::RunAll(std::span<Write* const> writes) {
  const auto failed = [this](Error error) {
    error_ = std::move(error);
    return RollBack(Outcome::failed);
  };
  const MonoTime begun_at = clock_.MonotonicNow();
  const std::int64_t changes_before = db_.total_changes();
  if (auto begun = db_.Use("BEGIN IMMEDIATE").Run(); !begun) return failed(std::move(begun).error());
  Failpoint("group.begun");
  Transaction transaction(db_, clock_, options_.holder);
  for (Write* write : writes) {
    const std::int64_t before = db_.total_changes();
    const Error* error = write->Attempt(transaction);
    if (error == nullptr) continue;
    if (IsOfStorage(*error)) return failed(*error);
    if (db_.total_changes() != before) return RollBack(Outcome::spoiled);
  }
  if (auto flushed = transaction.Flush(); !flushed) {
    const bool alone = writes.size() == 1;
    return IsOfStorage(flushed.error()) || alone ? failed(std::move(flushed).error()) : RollBack(Outcome::spoiled);
  }
  const Result<std::int64_t> number = NumberCommit(changes_before);
  if (!number) return failed(number.error());
  Failpoint("group.flushed");
  if (auto committed = db_.Use("COMMIT").Run(); !committed) return failed(std::move(committed).error());
  Failpoint("group.committed");
  if (*number > 0) head_->Keep(*number);
  for (bool* emptied : transaction.log_emptied()) *emptied = db_.EmptyLog().has_value();
  transaction.changes().took = clock_.MonotonicNow() - begun_at;
  if (options_.committed) options_.committed(transaction.changes());
  return Outcome::committed;
}

Result<std::int64_t> GroupWriter::NumberCommit(std::int64_t changes_before) {
  const bool has_changed = db_.total_changes() != changes_before;
  return head_ != nullptr && has_changed ? head_->NumberCommit() : 0;
}

GroupWriter::Outcome GroupWriter::RollBack(Outcome outcome) {
  // SQLite has rolled back by itself after some errors; then this finds no transaction, which is what it is for.
  static_cast<void>(db_.Execute("ROLLBACK"));
  return outcome;
}

}  // namespace rowcall::ledger
