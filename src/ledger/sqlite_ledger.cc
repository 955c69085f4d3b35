#include "ledger/sqlite_ledger.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include "async/blocking_pool.h"
#include "base/crypto.h"
#include "base/failpoint.h"
#include "ledger/group_writer.h"
#include "ledger/reads.h"
#include "ledger/schema.h"
#include "ledger/writes.h"

namespace rowcall::ledger {

using async::Task;

namespace {

constexpr RowNumber kSlice = 10'000;

/// One transaction, so that all statements of a read see the same state.
template <typename T, typename Call>
Result<T> InTransaction(Database& db, Call& call) {
  RETURN_IF_ERROR(db.Use("BEGIN").Run());
  Result<T> result = call(db);
  if (result) RETURN_IF_ERROR(db.Use("COMMIT").Run());
  // SQLite has rolled back by itself after some errors; then this finds no transaction, which is what it is for.
  if (!result) static_cast<void>(db.Execute("ROLLBACK"));
  return result;
}

/// Reads one after the other, on a thread of its own.
struct Reader {
  Reader(std::unique_ptr<Database> connection, bool has_thread)
      : db(std::move(connection)), thread(has_thread ? 1 : 0) {}

  const std::unique_ptr<Database> db;  // null in memory
  async::BlockingPool thread;
};

// Three connections to one file: for a job's state is not to wait behind a long read. In memory there is one connection, and
// the threads take turns.
class SqliteLedger final : public Ledger {
 public:
  SqliteLedger(std::unique_ptr<Database> write, std::unique_ptr<Database> read, std::unique_ptr<Database> read_job,
               std::unique_ptr<LedgerHead> head, const Clock& clock, SqliteLedgerOptions options)
      : write_db_(std::move(write)),
        holder_(options.holder),
        clock_(clock),
        head_(std::move(head)),
        instead_of_threads_(options.instead_of_threads),
        reader_(std::move(read), !instead_of_threads_),
        job_reader_(std::move(read_job), !instead_of_threads_),
        writer_(*write_db_, clock, std::move(options), reader_.db ? nullptr : &turn_, head_.get()) {}

  Task<Result<Lease>> TakeLease(TenantId tenant, InstanceId instance) override {
    return Write<Lease>([=](Transaction& t) { return ledger::TakeLease(t, tenant, instance); });
  }
  Task<Result<std::vector<Lease>>> TakeEveryLease() override {
    return Write<std::vector<Lease>>([](Transaction& t) { return t.RaiseEveryEpoch(); });
  }
  Task<Result<void>> RenewLease(const Lease& lease) override {
    return Write<void>([&lease](Transaction& t) { return t.Renew(lease); });
  }
  Task<Result<LeaseSight>> SeeLease(TenantId tenant, InstanceId instance) override {
    return Read<LeaseSight>([=, this](Database& db) { return ledger::SeeLease(db, tenant, instance, holder_); });
  }

  Task<Result<CreatedJob>> CreateJob(const model::JobOrder& order, const Submission& submission) override {
    return Write<CreatedJob>([&](Transaction& t) { return ledger::CreateJob(t, order, submission); });
  }
  Task<Result<std::optional<JobId>>> NewestJobWithFile(TenantId tenant, InstanceId instance, const std::string& object,
                                                       const std::string& sha256) override {
    return Read<std::optional<JobId>>([tenant, instance, &object, &sha256](Database& db) {
      return ledger::NewestJobWithFile(db, tenant, instance, object, sha256);
    });
  }
  Task<Result<model::Job>> GetJob(TenantId tenant, JobId job) override {
    return ReadBy<model::Job>(job_reader_, [=](Database& db) { return ledger::GetJob(db, tenant, job); });
  }
  Task<Result<std::vector<model::Job>>> ListJobs(TenantId tenant, InstanceId instance, JobId before,
                                                 std::size_t limit) override {
    return Read<std::vector<model::Job>>(
        [=](Database& db) { return ledger::ListJobs(db, tenant, instance, before, limit); });
  }
  Task<Result<std::vector<model::Job>>> UnfinishedJobs() override {
    return Read<std::vector<model::Job>>([](Database& db) { return ledger::UnfinishedJobs(db); });
  }
  Task<Result<std::vector<model::Job>>> RetriesUnder(TenantId tenant, JobId root) override {
    return Read<std::vector<model::Job>>([=](Database& db) { return ledger::RetriesUnder(db, tenant, root); });
  }
  Task<Result<model::Job>> RequestCancel(TenantId tenant, JobId job) override {
    return Write<model::Job>([=](Transaction& t) { return ledger::RequestCancel(t, tenant, job); });
  }
  Task<Result<model::Job>> RequestPause(TenantId tenant, JobId job) override {
    return Write<model::Job>([=](Transaction& t) { return ledger::RequestPause(t, tenant, job); });
  }
  Task<Result<model::Job>> RequestResume(TenantId tenant, JobId job) override {
    return Write<model::Job>([=](Transaction& t) { return ledger::RequestResume(t, tenant, job); });
  }

  Task<Result<void>> StartJob(const Lease& lease, JobId job, const JobStart& start) override {
    return Write<void>([&lease, job, &start](Transaction& t) { return ledger::StartJob(t, lease, job, start); });
  }
  Task<Result<void>> SetWaitReason(const Lease& lease, JobId job, const std::string& reason) override {
    return Write<void>([&lease, job, &reason](Transaction& t) { return ledger::SetWaitReason(t, lease, job, reason); });
  }
  Task<Result<void>> PauseForCanary(const Lease& lease, JobId job) override {
    return Write<void>([&lease, job](Transaction& t) { return ledger::PauseForCanary(t, lease, job); });
  }
  Task<Result<WindowId>> OpenWindow(const Lease& lease, JobId job, const WindowOrder& order) override {
    return Write<WindowId>([&lease, job, &order](Transaction& t) { return ledger::OpenWindow(t, lease, job, order); });
  }
  Task<Result<void>> RecordOutcomes(const Lease& lease, JobId job, const std::vector<RowEnd>& rows) override {
    return Write<void>([&lease, job, &rows](Transaction& t) { return ledger::RecordOutcomes(t, lease, job, rows); });
  }
  Task<Result<model::PreImage>> KeepPreImage(const Lease& lease, JobId job, RowNumber row,
                                             const model::PreImage& image) override {
    return Write<model::PreImage>(
        [&lease, job, row, &image](Transaction& t) { return ledger::KeepPreImage(t, lease, job, row, image); });
  }
  Task<Result<void>> RecordDoubt(const Lease& lease, JobId job, const InDoubtRow& row, WindowId closes) override {
    return Write<void>(
        [&lease, job, &row, closes](Transaction& t) { return ledger::RecordDoubt(t, lease, job, row, closes); });
  }
  Task<Result<void>> FinishReading(const Lease& lease, JobId job, std::int64_t rows) override {
    return Write<void>([&lease, job, rows](Transaction& t) { return ledger::FinishReading(t, lease, job, rows); });
  }
  Task<Result<void>> FinishJob(const Lease& lease, JobId job, const FinishOrder& order) override {
    const Result<std::int64_t> outcomes = co_await CountOutcomes(lease.tenant, job);
    if (!outcomes) co_return std::unexpected(outcomes.error());
    auto finish = [&lease, job, &order, counted = *outcomes](Transaction& t) {
      return ledger::FinishJob(t, lease, job, order, counted);
    };
    co_return co_await Write<void>(std::move(finish));
  }

  Task<Result<Recovery>> Recover(TenantId tenant, JobId job) override {
    return Read<Recovery>([=](Database& db) { return ledger::Recover(db, tenant, job); });
  }
  Task<Result<std::vector<RowNumber>>> RowsWithOutcome(TenantId tenant, JobId job, RowNumber first,
                                                       RowNumber last) override {
    return Read<std::vector<RowNumber>>(
        [=](Database& db) { return ledger::RowsWithOutcome(db, tenant, job, first, last); });
  }
  Task<Result<bool>> IsHeldByOtherRow(TenantId tenant, JobId job, RowNumber row,
                                      const std::string& vendor_id) override {
    return Read<bool>([tenant, job, row, &vendor_id](Database& db) {
      return ledger::IsHeldByOtherRow(db, tenant, job, row, vendor_id);
    });
  }
  Task<Result<std::vector<std::string>>> RecordsMade(TenantId tenant, InstanceId instance, const std::string& object,
                                                     std::size_t most) override {
    return Read<std::vector<std::string>>([tenant, instance, &object, most](Database& db) {
      return ledger::RecordsMade(db, tenant, instance, object, most);
    });
  }
  Task<Result<model::LoadedRow>> RowToUndo(TenantId tenant, JobId job, RowNumber row) override {
    return Read<model::LoadedRow>([=](Database& db) { return ledger::RowToUndo(db, tenant, job, row); });
  }
  Task<Result<std::vector<RowMade>>> MadeRecords(TenantId tenant, JobId job, const RowMade& after,
                                                 std::size_t limit) override {
    return Read<std::vector<RowMade>>(
        [tenant, job, &after, limit](Database& db) { return ledger::MadeRecords(db, tenant, job, after, limit); });
  }
  Task<Result<bool>> IsUsedByOtherJob(TenantId tenant, JobId job, const std::string& vendor_id) override {
    return Read<bool>(
        [tenant, job, &vendor_id](Database& db) { return ledger::IsUsedByOtherJob(db, tenant, job, vendor_id); });
  }
  Task<Result<std::int64_t>> CountPreImages(TenantId tenant, JobId job) override {
    return Read<std::int64_t>([=](Database& db) { return ledger::CountPreImages(db, tenant, job); });
  }
  Task<Result<bool>> WasArchivedByUndo(TenantId tenant, const std::string& vendor_id) override {
    return Read<bool>([tenant, &vendor_id](Database& db) { return ledger::WasArchivedByUndo(db, tenant, vendor_id); });
  }
  Task<Result<RowNumber>> HoldKeys(const Lease& lease, JobId job, const std::vector<std::string>& keys) override {
    return Write<RowNumber>([&lease, job, &keys](Transaction& t) { return ledger::HoldKeys(t, lease, job, keys); });
  }
  Task<Result<std::vector<HeldRow>>> HeldRows(TenantId tenant, InstanceId instance) override {
    return Read<std::vector<HeldRow>>([=](Database& db) { return ledger::HeldRows(db, tenant, instance); });
  }
  Task<Result<void>> EndHold(TenantId tenant, InstanceId instance, JobId job, RowNumber row) override {
    return Write<void>([=](Transaction& t) { return ledger::EndHold(t, tenant, instance, job, row); });
  }
  Task<Result<std::vector<model::Outcome>>> Rows(TenantId tenant, JobId job, const RowFilter& filter, RowNumber after,
                                                 std::size_t limit) override {
    return Read<std::vector<model::Outcome>>([tenant, job, &filter, after, limit](Database& db) {
      return ledger::Rows(db, tenant, job, filter, after, limit);
    });
  }

  Task<Result<std::vector<model::Callback>>> DueCallbacks(WallTime now, std::size_t limit) override {
    return Read<std::vector<model::Callback>>([=](Database& db) { return ledger::DueCallbacks(db, now, limit); });
  }
  Task<Result<std::optional<WallTime>>> NextCallbackDue() override {
    return Read<std::optional<WallTime>>([](Database& db) { return ledger::NextCallbackDue(db); });
  }
  Task<Result<void>> RecordCallbackAttempt(const model::Callback& callback, CallbackResult result,
                                           WallTime next_attempt_at, const std::string& note) override {
    return Write<void>([&callback, result, next_attempt_at, &note](Transaction& t) {
      return ledger::RecordCallbackAttempt(t, callback, result, next_attempt_at, note);
    });
  }

  Task<Result<std::vector<JobName>>> JobsToPurge(WallTime ended_by, std::size_t limit) override {
    return Read<std::vector<JobName>>(
        [=, held_since = HeldSince()](Database& db) { return ledger::JobsToPurge(db, ended_by, held_since, limit); });
  }
  Task<Result<model::Job>> BeginPurge(TenantId tenant, JobId job) override {
    return Write<model::Job>([=](Transaction& t) { return ledger::BeginPurge(t, tenant, job); });
  }
  Task<Result<std::int64_t>> PurgeSlice(TenantId tenant, JobId job, std::size_t most) override {
    return Write<std::int64_t>([=](Transaction& t) { return ledger::PurgeSlice(t, tenant, job, most); });
  }
  Task<Result<void>> EndPurge(TenantId tenant, JobId job) override {
    bool log_is_empty = false;
    auto clear = [tenant, job, &log_is_empty](Transaction& t) {
      t.EmptyLogBehind(log_is_empty);
      return ledger::ClearPurgedJob(t, tenant, job);
    };
    const Result<void> cleared = co_await Write<void>(std::move(clear));
    if (!cleared) co_return cleared;
    if (!log_is_empty) {
      co_return Fail(ErrorKind::unavailable, "the ledger's log cannot be emptied now, for somebody reads it");
    }
    Failpoint("purge.emptied");
    co_return co_await Write<void>([=](Transaction& t) { return ledger::MarkPurged(t, tenant, job); });
  }
  Task<Result<std::vector<JobName>>> JobsToForget(WallTime ended_by, std::size_t limit) override {
    return Read<std::vector<JobName>>([=](Database& db) { return ledger::JobsToForget(db, ended_by, limit); });
  }
  Task<Result<void>> ForgetJob(TenantId tenant, JobId job) override {
    return Write<void>([=](Transaction& t) { return ledger::ForgetJob(t, tenant, job); });
  }

  Task<Result<OpenWork>> CountOpenWork(WallTime now) override {
    return Read<OpenWork>([=](Database& db) { return ledger::CountOpenWork(db, now); });
  }

  Task<Result<void>> CheckWritable() override {
    return Write<void>([](Transaction& t) -> Result<void> {
      // There and back: SQLite writes no page for a value that stays as it is.
      RETURN_IF_ERROR(t.db().Use("UPDATE sequence SET next = next + 1").Run());
      return t.db().Use("UPDATE sequence SET next = next - 1").Run();
    });
  }

  Task<Result<void>> PutConnector(const std::string& digest, const std::string& packed) override {
    return Write<void>([&digest, &packed](Transaction& t) { return ledger::PutConnector(t, digest, packed); });
  }
  Task<Result<std::string>> GetConnector(const std::string& digest) override {
    return Read<std::string>([&digest](Database& db) { return ledger::GetConnector(db, digest); });
  }

 private:
  WallTime HeldSince() const { return clock_.Now() - kHoldsKeepRows; }

  // The caller's frame waits for the answer, so the calls hold references to its arguments.
  template <typename T, typename Call>
  Task<Result<T>> Write(Call call) {
    return writer_.Run<T>(std::move(call));
  }

  template <typename T, typename Call>
  Task<Result<T>> Read(Call call) {
    return ReadBy<T>(reader_, std::move(call));
  }

  template <typename T, typename Call>
  Task<Result<T>> ReadBy(Reader& reader, Call call) {
    if (instead_of_threads_) return ReadHere<T>(reader, std::move(call));
    return reader.thread.Run<Result<T>>(
        [this, &reader, call = std::move(call)]() mutable { return ReadNow<T>(reader, call); });
  }

  template <typename T, typename Call>
  Task<Result<T>> ReadHere(Reader& reader, Call call) {
    co_await instead_of_threads_();
    Result<T> result = ReadNow<T>(reader, call);
    co_await instead_of_threads_();
    co_return result;
  }

  template <typename T, typename Call>
  Result<T> ReadNow(Reader& reader, Call& call) {
    if (reader.db) return ReadFile<T>(*reader.db, call);
    const std::lock_guard turn(turn_);
    return InTransaction<T>(*write_db_, call);
  }

  template <typename T, typename Call>
  Result<T> ReadFile(Database& db, Call& call) {
    Result<T> result = InTransaction<T>(db, call);
    // Before anybody hears of it: what was not read must not lead to a write.
    const std::optional<Error> why = db.broken();
    if (why && why->kind == ErrorKind::corrupt) writer_.Stop(*why);
    return result;
  }

  // Slice by slice, so that a job of ten million rows holds up neither writes nor other reads.
  Task<Result<std::int64_t>> CountOutcomes(TenantId tenant, JobId job) {
    auto measure = [=](Database& db) { return ledger::RowsRead(db, tenant, job); };
    const Result<std::int64_t> rows = co_await Read<std::int64_t>(std::move(measure));
    if (!rows) co_return rows;
    std::int64_t outcomes = 0;
    for (RowNumber first = 1; first <= *rows; first += kSlice) {
      const RowNumber last = std::min(first + kSlice - 1, *rows);
      auto count = [=](Database& db) { return ledger::CountOutcomes(db, tenant, job, first, last); };
      const Result<std::int64_t> counted = co_await Read<std::int64_t>(std::move(count));
      if (!counted) co_return counted;
      outcomes += *counted;
    }
    co_return outcomes;
  }

  std::unique_ptr<Database> write_db_;
  const std::string holder_;
  const Clock& clock_;
  std::unique_ptr<LedgerHead> head_;  // null in memory
  std::mutex turn_;
  const std::function<Task<void>()> instead_of_threads_;
  Reader reader_;
  Reader job_reader_;
  GroupWriter writer_;
};

Result<std::unique_ptr<Ledger>> OpenFile(const std::string& path, const Clock& clock, SqliteLedgerOptions options) {
  if (options.holder.empty()) options.holder = Hex(RandomBytes(8));
  ASSIGN_OR_RETURN(std::unique_ptr<Database> write, Database::Open(path));
  std::unique_ptr<LedgerHead> head;
  std::unique_ptr<Database> read, read_job;
  const bool in_file = path != ":memory:";
  if (in_file) {
    ASSIGN_OR_RETURN(head, LedgerHead::Open(*write));
  }
  RETURN_IF_ERROR(Migrate(*write, kLedgerSchema));
  if (in_file) {
    ASSIGN_OR_RETURN(read, Database::Open(path));
    ASSIGN_OR_RETURN(read_job, Database::Open(path));
  }
  return std::make_unique<SqliteLedger>(std::move(write), std::move(read), std::move(read_job), std::move(head), clock,
                                        std::move(options));
}

}  // namespace

Result<std::unique_ptr<Ledger>> OpenSqliteLedger(const std::string& path, const Clock& clock,
                                                 SqliteLedgerOptions options) {
  Result<std::unique_ptr<Ledger>> ledger = OpenFile(path, clock, std::move(options));
  if (!ledger && ledger.error().kind == ErrorKind::corrupt) {
    ledger.error().hint +=
        " The uploaded files, the catalogue and the keys are safe: other files, each checked by itself.";
  }
  return ledger;
}

}  // namespace rowcall::ledger
