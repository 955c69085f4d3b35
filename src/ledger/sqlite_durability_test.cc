#include <gtest/gtest.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>

#include "async/task_group.h"
#include "ledger/ledger_conformance.h"
#include "ledger/sqlite.h"
#include "ledger/sqlite_ledger.h"
#include "ledger/temp_folder.h"
#include "ledger/test_bad_sector.h"
#include "ledger/test_small_disk.h"

namespace {

std::atomic<bool> flush_fails = false;
std::atomic<int> flushes_to_failure = 0;  // counts down to the one that fails; 0 = none does
std::string cannot_be_flushed;            // by fsync, with which SQLite flushes nothing: a path

}  // namespace

// Stands before the C library's own for the whole test program, SQLite included.
extern "C" int fdatasync(int fd) {
  const bool is_the_one = flushes_to_failure > 0 && --flushes_to_failure == 0;
  if (!flush_fails && !is_the_one) return static_cast<int>(syscall(SYS_fdatasync, fd));
  errno = EIO;
  return -1;
}

extern "C" int fsync(int fd) {
  std::error_code error;
  const auto path = std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(fd), error);
  if (path != cannot_be_flushed) return static_cast<int>(syscall(SYS_fsync, fd));
  errno = EIO;
  return -1;
}

namespace rowcall::ledger {
namespace {

class DurabilityTest : public ::testing::Test {
 protected:
  ~DurabilityTest() override {
    flush_fails = false;
    flushes_to_failure = 0;
    cannot_be_flushed.clear();
  }
  void Open() { ledger_ = *OpenSqliteLedger(path_, clock_); }
  template <typename T>
  Result<T> Do(async::Task<Result<T>> task) {
    return async::RunToEnd(loop_, std::move(task));
  }
  JobId StartedJob() {
    lease_ = *Do(ledger_->TakeLease(kTenant, kInstance));
    const model::JobOrder order = AnOrder();
    const JobId job = Do(ledger_->CreateJob(order, {}))->id;
    EXPECT_TRUE(Do(ledger_->StartJob(lease_, job, {"{}", "", {}, {}})));
    return job;
  }
  Result<void> Record(JobId job, RowNumber row) {
    return Do(ledger_->RecordOutcomes(lease_, job, {{AnOutcome(row), {}}}));
  }
  std::vector<RowNumber> Rows(JobId job) { return *Do(ledger_->RowsWithOutcome(kTenant, job, 1, 1'000'000)); }

  TempFolder folder_;
  const std::string path_ = folder_ / "ledger.db";
  FakeClock clock_;
  async::Loop loop_;
  std::unique_ptr<Ledger> ledger_;
  Lease lease_;
};

TEST_F(DurabilityTest, ALedgerThatWasClosedAndOpenedHoldsEverything) {
  Open();
  const JobId job = StartedJob();
  WindowOrder order = AWindow(1, 9);
  order.waiting = {{4, 40}};
  ASSERT_TRUE(Do(ledger_->OpenWindow(lease_, job, order)));
  ASSERT_TRUE(Record(job, 2));
  ASSERT_TRUE(Do(ledger_->RecordDoubt(lease_, job, ADoubt(3), {})));
  const model::Job before = *Do(ledger_->GetJob(kTenant, job));
  ledger_.reset();

  Open();
  const model::Job after = *Do(ledger_->GetJob(kTenant, job));
  EXPECT_EQ(after.status, before.status);
  EXPECT_EQ(after.revision, before.revision);
  EXPECT_EQ(after.counts, before.counts);
  const Recovery recovery = *Do(ledger_->Recover(kTenant, job));
  EXPECT_EQ(recovery.next, (RowPlace{10, 100}));
  EXPECT_EQ(recovery.open_windows.size(), 1u);
  EXPECT_EQ(recovery.waiting, order.waiting);
  EXPECT_EQ(recovery.in_doubt.size(), 1u);
  EXPECT_EQ(Rows(job), (std::vector<RowNumber>{2}));
  EXPECT_GT(Do(ledger_->TakeLease(kTenant, kInstance))->epoch, lease_.epoch);
  EXPECT_GT(Do(ledger_->CreateJob(AnOrder(), {}))->id, job);
}

TEST_F(DurabilityTest, AJobWhoseCountersHideALostOutcomeDoesNotEnd) {
  Open();
  const JobId job = StartedJob();
  for (const RowNumber row : {1, 2, 3}) ASSERT_TRUE(Record(job, row));
  ASSERT_TRUE(Do(ledger_->FinishReading(lease_, job, 3)));
  ASSERT_TRUE((*Database::Open(path_))->Execute("DELETE FROM outcome WHERE row = 2"));
  const auto finished = Do(ledger_->FinishJob(lease_, job, {}));
  ASSERT_FALSE(finished);
  EXPECT_EQ(finished.error().kind, ErrorKind::internal);
  EXPECT_NE(finished.error().message.find("3 rows in the file, 2 outcomes, 3 counted"), std::string::npos);
}

TEST_F(DurabilityTest, AFailedFlushStopsTheWriterUntilTheLedgerIsOpenedAnew) {
  Open();
  const JobId job = StartedJob();
  ASSERT_TRUE(Record(job, 1));
  flush_fails = true;
  EXPECT_EQ(Record(job, 2).error().kind, ErrorKind::unavailable);
  flush_fails = false;
  for (const RowNumber row : {2, 3}) {
    const auto later = Record(job, row);
    ASSERT_FALSE(later);
    EXPECT_EQ(later.error().kind, ErrorKind::unavailable);
    EXPECT_NE(later.error().message.find("has stopped writing"), std::string::npos);
  }
  EXPECT_EQ(Do(ledger_->CheckWritable()).error().kind, ErrorKind::unavailable);
  EXPECT_EQ(Rows(job), (std::vector<RowNumber>{1}));  // reading goes on
  ledger_.reset();
  Open();
  EXPECT_TRUE(Record(job, 3));
}

TEST_F(DurabilityTest, NothingIsBuiltOnWhatAKilledProcessLeftUntilThatIsFlushed) {
  Open();
  StartedJob();
  for (const std::string& unflushed : {std::string("ledger.db-wal"), std::string()}) {
    const TempFolder left;  // by a process that is killed now, but for the head
    for (const char* name : {"ledger.db", "ledger.db-wal"}) WriteBytes(left / name, BytesOf(folder_ / name));
    cannot_be_flushed = unflushed.empty() ? left.path() : left / unflushed.c_str();
    const auto opened = OpenSqliteLedger(left / "ledger.db", clock_);
    ASSERT_FALSE(opened) << unflushed;
    EXPECT_EQ(opened.error().kind, ErrorKind::unavailable);
    EXPECT_NE(opened.error().message.find(cannot_be_flushed), std::string::npos) << opened.error().message;
    EXPECT_FALSE(std::filesystem::exists(left / "ledger.head"));
    cannot_be_flushed.clear();
    EXPECT_TRUE(OpenSqliteLedger(left / "ledger.db", clock_));
  }
}

TEST_F(DurabilityTest, AnOutcomeAndItsCounterStandOrFallTogetherWhicheverFlushFails) {
  Open();
  const JobId job = StartedJob();
  for (int flush = 1; flush <= 3; ++flush) {
    flushes_to_failure = flush;
    static_cast<void>(Record(job, flush));  // may succeed: then the transaction took fewer flushes
    flushes_to_failure = 0;
    ledger_.reset();
    Open();
    lease_ = *Do(ledger_->TakeLease(kTenant, kInstance));
    const auto counted = static_cast<std::size_t>(Do(ledger_->GetJob(kTenant, job))->counts.Total());
    EXPECT_EQ(Rows(job).size(), counted) << "flush " << flush;
  }
}

TEST_F(DurabilityTest, AJobsEndAndItsCallbackStandOrFallTogetherWhicheverFlushFails) {
  Open();
  for (int flush = 1; flush <= 3; ++flush) {
    const JobId job = StartedJob();
    ASSERT_TRUE(Do(ledger_->FinishReading(lease_, job, 0)));
    FinishOrder order;
    order.callback.emplace();
    order.callback->webhook_id = "msg_1";
    order.callback->url = "https://example.test/hook";
    order.callback->body = "{}";
    order.callback->next_attempt_at = clock_.Now();
    flushes_to_failure = flush;
    static_cast<void>(Do(ledger_->FinishJob(lease_, job, order)));
    flushes_to_failure = 0;
    ledger_.reset();
    Open();
    const bool ended = model::IsFinal(Do(ledger_->GetJob(kTenant, job))->status);
    const auto due = *Do(ledger_->DueCallbacks(clock_.Now() + std::chrono::hours(1), 100));
    const bool owed = std::ranges::any_of(due, [&](const model::Callback& callback) { return callback.job == job; });
    EXPECT_EQ(ended, owed) << "flush " << flush;
  }
}

TEST_F(DurabilityTest, AFullDiskFailsAWriteAndALaterOneSucceeds) {
  SmallDisk disk;
  Open();
  const JobId job = StartedJob();
  ASSERT_TRUE(Record(job, 1));
  disk.SetFull(true);
  const auto full = Record(job, 2);
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().kind, ErrorKind::no_space);
  EXPECT_NE(full.error().message.find("full"), std::string::npos);
  EXPECT_FALSE(Do(ledger_->CheckWritable()));
  disk.SetFull(false);
  EXPECT_TRUE(Do(ledger_->CheckWritable()));
  EXPECT_TRUE(Record(job, 2));
  EXPECT_EQ(Rows(job), (std::vector<RowNumber>{1, 2}));
}

TEST_F(DurabilityTest, DamageThatIsReadStopsTheWriterAlsoBehindAFaultThatPassed) {
  BadSector disk;
  Open();
  const JobId job = StartedJob();
  disk.Strike(EACCES);
  EXPECT_EQ(Do(ledger_->GetJob(kTenant, job)).error().kind, ErrorKind::unavailable);
  ASSERT_TRUE(Record(job, 1));  // and what is read next is read from the disk
  disk.Strike();
  EXPECT_EQ(Do(ledger_->GetJob(kTenant, job)).error().kind, ErrorKind::corrupt);
  const auto later = Record(job, 2);
  ASSERT_FALSE(later);
  EXPECT_EQ(later.error().kind, ErrorKind::corrupt);
}

// The load that is killed: records rows of one job for ever and reports each row that was answered.

struct Load {
  Ledger& ledger;
  Lease lease;
  JobId job;
  int report;
  RowNumber next = 1;
};

async::Task<void> RecordForEver(Load& load) {
  for (;;) {
    const std::vector rows(1, RowEnd{AnOutcome(load.next++), {}});
    const Result<void> result = co_await load.ledger.RecordOutcomes(load.lease, load.job, rows);
    const RowNumber row = rows[0].outcome.row;
    if (!result || write(load.report, &row, sizeof row) != sizeof row) _exit(1);
  }
}

async::Task<void> RunLoad(async::Loop& loop, Ledger& ledger, int report) {
  const Result<Lease> lease = co_await ledger.TakeLease(kTenant, kInstance);
  const model::JobOrder order = AnOrder();
  const Result<CreatedJob> job = co_await ledger.CreateJob(order, {});
  Load load{ledger, *lease, job->id, report};
  if (write(report, &load.job.value, sizeof load.job.value) != sizeof load.job.value) _exit(1);
  async::TaskGroup group(loop, 64);
  for (int i = 0; i < 64; ++i) co_await group.Add(RecordForEver(load));
  co_await group.Join();
}

[[noreturn]] void BeLoadedProcess(const std::string& path, const Clock& clock, int report) {
  async::Loop loop;
  const std::unique_ptr<Ledger> ledger = *OpenSqliteLedger(path, clock);
  loop.Spawn(RunLoad(loop, *ledger, report));
  loop.Run();
  _exit(1);
}

// Starts the load, kills it once `rows` rows were reported, and returns the job and the rows reported.
std::pair<JobId, std::vector<RowNumber>> KillAfter(std::size_t rows, const std::string& path, const Clock& clock) {
  int report[2];
  EXPECT_EQ(pipe(report), 0);
  const pid_t child = fork();
  if (child == 0) BeLoadedProcess(path, clock, report[1]);
  close(report[1]);
  std::vector<std::int64_t> numbers;
  std::int64_t number = 0;
  while (read(report[0], &number, sizeof number) == sizeof number) {
    numbers.push_back(number);
    if (numbers.size() == rows + 1) kill(child, SIGKILL);
  }
  close(report[0]);
  waitpid(child, nullptr, 0);
  EXPECT_GT(numbers.size(), rows);
  const JobId job(numbers.front());
  numbers.erase(numbers.begin());
  return {job, numbers};
}

TEST_F(DurabilityTest, EveryAnsweredWriteSurvivesAKill) {
  for (const std::size_t rows : {1u, 100u, 2'000u}) {
    auto [job, answered] = KillAfter(rows, path_, clock_);
    {
      const auto db = *Database::Open(path_);
      Query check = db->Use("PRAGMA integrity_check");
      ASSERT_TRUE(check.Next().value_or(false));
      EXPECT_EQ(check.Text(0), "ok");
    }
    Open();
    const std::vector<RowNumber> kept = Rows(job);
    std::ranges::sort(answered);
    EXPECT_TRUE(std::ranges::includes(kept, answered)) << rows;
    EXPECT_LE(kept.size(), answered.size() + 64);  // at most those that were in flight
    EXPECT_EQ(Do(ledger_->GetJob(kTenant, job))->counts.Total(), static_cast<std::int64_t>(kept.size()));
    ledger_.reset();
  }
}

}  // namespace
}  // namespace rowcall::ledger
