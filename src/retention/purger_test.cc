#include "retention/purger.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>

#include "async/blocking_pool.h"
#include "base/assert.h"
#include "files/local_file_store.h"
#include "ledger/sqlite_ledger.h"

namespace rowcall::retention {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;

constexpr TenantId kTenant{1};
constexpr InstanceId kInstance{7};

std::string TemporaryFolder() {
  std::string path = (std::filesystem::temp_directory_path() / "rowcall-retention-XXXXXX").string();
  ROWCALL_ASSERT(mkdtemp(path.data()) != nullptr);
  return path;
}

/// Lets the loop turn once.
async::Task<void> Yield() {
  auto resume_at_once = [](auto resume) { resume(); };
  co_await async::Suspend(std::move(resume_at_once));
}

class PurgerTest : public testing::Test {
 protected:
  PurgerTest() {
    ledger_ = *ledger::OpenSqliteLedger(":memory:", clock_);
    files_ = *files::OpenLocalFileStore(folder_, pool_);
  }
  ~PurgerTest() override { std::filesystem::remove_all(folder_); }

  void Begin(Keep keep = {}) {
    purger_.emplace(loop_, timers_, *ledger_, *files_, keep);
    purger_->Start();
  }
  void Run(async::Task<bool> scenario) { EXPECT_TRUE(async::RunToEnd(loop_, Guarded(std::move(scenario)))); }
  async::Task<bool> Guarded(async::Task<bool> scenario) {
    const bool ended_well = co_await std::move(scenario);
    co_await Stop();
    co_return ended_well;
  }
  async::Task<void> Stop() {
    bool stopped = false;
    loop_.Spawn([](Purger& purger, bool& is_stopped) -> async::Task<void> {
      co_await purger.Stop();
      is_stopped = true;
    }(*purger_, stopped));
    while (!stopped) {
      if (!timers_.empty()) timers_.Advance(Duration(0) + std::chrono::milliseconds(10));
      co_await Yield();
    }
  }

  /// A job of so many rows that has ended now, with a file of its own.
  async::Task<JobId> EndedJob(RowNumber rows) {
    model::JobOrder order;
    order.tenant = kTenant;
    order.instance = kInstance;
    order.object = "contact";
    order.metadata_json = "{}";
    order.file.key = "file-" + std::to_string(++files_made_);
    const auto writer = *co_await files_->Create(order.file.key);
    EXPECT_TRUE((co_await writer->Write("email\na@b.c\n")).has_value());
    EXPECT_TRUE((co_await writer->Commit()).has_value());
    const JobId job = (co_await ledger_->CreateJob(order, {}))->id;
    const ledger::Lease lease = *co_await ledger_->TakeLease(kTenant, kInstance);
    std::vector<ledger::RowEnd> ends(static_cast<std::size_t>(rows));
    for (RowNumber row = 1; row <= rows; ++row) {
      ends[static_cast<std::size_t>(row - 1)].outcome.row = row;
    }
    EXPECT_TRUE((co_await ledger_->RecordOutcomes(lease, job, ends)).has_value());
    EXPECT_TRUE((co_await ledger_->FinishReading(lease, job, rows)).has_value());
    const ledger::FinishOrder finish;
    EXPECT_TRUE((co_await ledger_->FinishJob(lease, job, finish)).has_value());
    co_return job;
  }
  /// Until it has looked, has nothing to do and sleeps, or rests between two slices.
  async::Task<void> UntilItSleeps() {
    while (timers_.empty()) co_await Yield();
  }
  async::Task<void> After(Duration time) {
    co_await UntilItSleeps();
    timers_.Advance(time);
    co_await UntilItSleeps();
  }
  async::Task<bool> ArePurged(JobId job) {
    co_return (co_await ledger_->GetJob(kTenant, job))->rows_purged_at != WallTime{};
  }
  async::Task<bool> IsKnown(JobId job) { co_return (co_await ledger_->GetJob(kTenant, job)).has_value(); }
  async::Task<bool> HasFile(int number) {
    co_return (co_await files_->Stat("file-" + std::to_string(number))).has_value();
  }

  const std::string folder_ = TemporaryFolder();
  FakeClock clock_;
  async::FakeTimers timers_{clock_};
  async::Loop loop_;
  async::BlockingPool pool_{1};
  std::unique_ptr<ledger::Ledger> ledger_;
  std::unique_ptr<files::FileStore> files_;
  std::optional<Purger> purger_;
  int files_made_ = 0;

  async::Task<bool> RowsThenJob();
  async::Task<bool> Forever();
  async::Task<bool> NotAtAll();
  async::Task<bool> OnRequest();
  async::Task<bool> OneSlice();
  async::Task<bool> StoppedAndBegunAgain();
};

async::Task<bool> PurgerTest::RowsThenJob() {
  const JobId job = co_await EndedJob(3);
  Begin();
  co_await After(days(7) - minutes(2));
  EXPECT_FALSE(co_await ArePurged(job));
  EXPECT_TRUE(co_await HasFile(1));
  for (int look = 0; look < 4; ++look) co_await After(minutes(1));
  EXPECT_TRUE(co_await ArePurged(job));
  EXPECT_FALSE(co_await HasFile(1));
  co_await After(days(83) - minutes(10));
  EXPECT_TRUE(co_await IsKnown(job));
  for (int look = 0; look < 12; ++look) co_await After(minutes(1));
  co_return !co_await IsKnown(job);
}

TEST_F(PurgerTest, RowsAndFileGoAfterSevenDaysAndTheJobAfterNinety) { Run(RowsThenJob()); }

async::Task<bool> PurgerTest::Forever() {
  const JobId job = co_await EndedJob(3);
  Begin({.rows = std::nullopt, .counts = std::nullopt});
  co_await After(days(10'000));
  co_await After(minutes(1));
  EXPECT_TRUE(co_await HasFile(1));
  co_return !co_await ArePurged(job);
}

TEST_F(PurgerTest, WhatIsKeptForeverIsNotPurged) { Run(Forever()); }

async::Task<bool> PurgerTest::NotAtAll() {
  const JobId job = co_await EndedJob(3);
  Begin({.rows = Duration(0), .counts = Duration(0)});
  for (int look = 0; look < 3; ++look) co_await After(minutes(1));
  co_return !co_await IsKnown(job);
}

TEST_F(PurgerTest, WhatIsNotKeptAtAllGoesAtTheNextLook) { Run(NotAtAll()); }

async::Task<bool> PurgerTest::OnRequest() {
  const JobId job = co_await EndedJob(3);
  const JobId other = co_await EndedJob(3);
  Begin({.rows = std::nullopt, .counts = std::nullopt});
  co_await UntilItSleeps();
  EXPECT_TRUE((co_await ledger_->BeginPurge(kTenant, job)).has_value());
  purger_->Wake();
  while (!co_await ArePurged(job)) {
    if (!timers_.empty()) timers_.Advance(std::chrono::milliseconds(10));
    co_await Yield();
  }
  EXPECT_FALSE(co_await HasFile(1));
  EXPECT_TRUE(co_await HasFile(2));
  const ledger::RowFilter all;
  EXPECT_EQ((co_await ledger_->Rows(kTenant, other, all, 0, 10))->size(), 3u);
  co_return !co_await ArePurged(other);
}

TEST_F(PurgerTest, OnRequestRowsGoAtOnceAndThoseOfOtherJobsStay) { Run(OnRequest()); }

async::Task<bool> PurgerTest::OneSlice() {
  constexpr auto kSlices = 5;
  const JobId job = co_await EndedJob(kSlices * static_cast<RowNumber>(kRowsInSlice));
  Begin({.rows = Duration(0), .counts = std::nullopt});
  // While time stands still, it takes no second slice, however often others have their turn.
  for (int slice = 1; slice <= kSlices; ++slice) {
    co_await UntilItSleeps();
    for (int turn = 0; turn < 5; ++turn) EXPECT_TRUE((co_await ledger_->CheckWritable()).has_value());
    const auto left =
        co_await ledger_->RowsWithOutcome(kTenant, job, 1, kSlices * static_cast<RowNumber>(kRowsInSlice));
    EXPECT_EQ(left->size(), static_cast<std::size_t>(kSlices - slice) * kRowsInSlice);
    timers_.Advance(std::chrono::milliseconds(10));
  }
  co_await UntilItSleeps();
  co_return co_await ArePurged(job);
}

TEST_F(PurgerTest, BetweenTwoSlicesOthersHaveTheirTurn) { Run(OneSlice()); }

async::Task<bool> PurgerTest::StoppedAndBegunAgain() {
  const JobId job = co_await EndedJob(3 * static_cast<RowNumber>(kRowsInSlice));
  const Keep forever{.rows = std::nullopt, .counts = std::nullopt};
  EXPECT_TRUE((co_await ledger_->BeginPurge(kTenant, job)).has_value());
  Begin(forever);
  co_await UntilItSleeps();
  co_await Stop();
  EXPECT_FALSE(co_await ArePurged(job));
  purger_.reset();
  Begin(forever);
  while (!co_await ArePurged(job)) {
    if (!timers_.empty()) timers_.Advance(std::chrono::milliseconds(10));
    co_await Yield();
  }
  co_return true;
}

TEST_F(PurgerTest, WhatWasBegunIsEndedByTheNextProcess) { Run(StoppedAndBegunAgain()); }

}  // namespace
}  // namespace rowcall::retention
