#include "ledger/sqlite_ledger.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <iterator>
#include <thread>

#include "ledger/ledger_conformance_jobs.h"
#include "ledger/ledger_conformance_retention.h"
#include "ledger/ledger_conformance_rows.h"
#include "ledger/ledger_conformance_undo.h"
#include "ledger/temp_folder.h"
#include "ledger/test_slow_sector.h"

namespace rowcall::ledger {
namespace {

std::unique_ptr<Ledger> InMemory(const Clock& clock) { return *OpenSqliteLedger(":memory:", clock); }

std::unique_ptr<Ledger> InFile(const Clock& clock) {
  std::string folder = std::filesystem::temp_directory_path() / "rowcall-ledger-XXXXXX";
  if (mkdtemp(folder.data()) == nullptr) throw std::runtime_error("no temporary folder");
  auto ledger = OpenSqliteLedger(folder + "/ledger.db", clock);
  std::filesystem::remove_all(folder);  // the open files live on
  return *std::move(ledger);
}

INSTANTIATE_TEST_SUITE_P(Sqlite, LedgerConformance,
                         ::testing::Values(StoreUnderTest{"InMemory", InMemory}, StoreUnderTest{"InFile", InFile}),
                         [](const auto& info) { return info.param.name; });

INSTANTIATE_TEST_SUITE_P(Sqlite, RetentionConformance,
                         ::testing::Values(StoreUnderTest{"InMemory", InMemory}, StoreUnderTest{"InFile", InFile}),
                         [](const auto& info) { return info.param.name; });

INSTANTIATE_TEST_SUITE_P(Sqlite, UndoConformance,
                         ::testing::Values(StoreUnderTest{"InMemory", InMemory}, StoreUnderTest{"InFile", InFile}),
                         [](const auto& info) { return info.param.name; });

TEST(SqliteLedgerTest, AnotherOpenersLeaseIsSeenAsSuchUntilItIsTaken) {
  FakeClock clock;
  async::Loop loop;
  const TempFolder folder;
  const auto one = *OpenSqliteLedger(folder / "ledger.db", clock);
  std::int64_t taken_over = 0;
  SqliteLedgerOptions options;
  options.committed = [&](const Committed& committed) { taken_over += committed.leases_taken_over; };
  const auto other = *OpenSqliteLedger(folder / "ledger.db", clock, options);
  const auto work = [&]() -> async::Task<Result<void>> {
    ASSIGN_OR_CO_RETURN(const Lease lease, co_await one->TakeLease(kTenant, kInstance));
    ASSIGN_OR_CO_RETURN(const LeaseSight theirs, co_await other->SeeLease(kTenant, kInstance));
    EXPECT_EQ(theirs, (LeaseSight{true, lease.epoch, 0}));
    EXPECT_TRUE(co_await other->TakeEveryLease());
    EXPECT_EQ(taken_over, 1);
    EXPECT_TRUE(co_await other->TakeEveryLease());
    EXPECT_EQ(taken_over, 1);  // from nobody else
    ASSIGN_OR_CO_RETURN(const LeaseSight taken, co_await other->SeeLease(kTenant, kInstance));
    EXPECT_EQ(taken, (LeaseSight{false, lease.epoch + 2, 0}));
    ASSIGN_OR_CO_RETURN(const LeaseSight lost, co_await one->SeeLease(kTenant, kInstance));
    EXPECT_TRUE(lost.is_anothers);
    EXPECT_EQ((co_await one->RenewLease(lease)).error().kind, ErrorKind::fenced);
    co_return Result<void>();
  };
  EXPECT_TRUE(async::RunToEnd(loop, work()));
}

TEST(SqliteLedgerTest, AJobsStateWaitsBehindNoLongRead) {
  FakeClock clock;
  const TempFolder folder;
  const auto ledger = *OpenSqliteLedger(folder / "ledger.db", clock);
  async::Loop loop;
  const model::JobOrder order = AnOrder();
  const Submission submission;
  const CreatedJob made = *async::RunToEnd(loop, ledger->CreateJob(order, submission));
  SlowSector disk;
  disk.Strike();
  std::atomic<bool> is_listed = false;
  std::thread other([&] {
    async::Loop loop_of_its_own;
    const auto list = async::RunToEnd(loop_of_its_own, ledger->ListJobs(kTenant, kInstance, {}, 10));
    EXPECT_EQ(list->size(), 1u);
    is_listed = true;
  });
  disk.AwaitReader();
  EXPECT_TRUE(async::RunToEnd(loop, ledger->GetJob(kTenant, made.id)).has_value());
  EXPECT_FALSE(is_listed);
  disk.Release();
  other.join();
}

TEST(CommittedTest, EachWriteTellsWhatItBrought) {
  FakeClock clock;
  async::Loop loop;
  Committed all;
  SqliteLedgerOptions options;
  options.committed = [&all](const Committed& one) {
    for (const model::OutcomeKind kind : model::kAllOutcomes) all.rows[kind] += one.rows[kind];
    all.rows.incomplete += one.rows.incomplete;
    all.doubts += one.doubts;
    all.jobs_created += one.jobs_created;
    std::ranges::copy(one.jobs_ended, std::back_inserter(all.jobs_ended));
    std::ranges::copy(one.callback_attempts, std::back_inserter(all.callback_attempts));
  };
  {
    const auto ledger = *OpenSqliteLedger(":memory:", clock, options);
    const auto work = [](Ledger& with) -> async::Task<Result<void>> {
      ASSIGN_OR_CO_RETURN(const Lease lease, co_await with.TakeLease(kTenant, kInstance));
      const model::JobOrder job_order = AnOrder();
      ASSIGN_OR_CO_RETURN(const CreatedJob created, co_await with.CreateJob(job_order, {}));
      const JobId job = created.id;
      const JobStart start;
      CO_RETURN_IF_ERROR(co_await with.StartJob(lease, job, start));
      std::vector<RowEnd> rows(1, {AnOutcome(1), {}});
      rows[0].outcome.incomplete.push_back({"attach", {}});
      CO_RETURN_IF_ERROR(co_await with.RecordOutcomes(lease, job, rows));
      const InDoubtRow doubt = ADoubt(2);
      CO_RETURN_IF_ERROR(co_await with.RecordDoubt(lease, job, doubt, {}));
      rows[0].outcome = AnOutcome(2, model::OutcomeKind::updated);
      CO_RETURN_IF_ERROR(co_await with.RecordOutcomes(lease, job, rows));
      CO_RETURN_IF_ERROR(co_await with.FinishReading(lease, job, 9));
      FinishOrder order;
      order.rest = RestOrder{3, 9, AnOutcome(3, model::OutcomeKind::cancelled)};
      order.callback.emplace();
      CO_RETURN_IF_ERROR(co_await with.FinishJob(lease, job, order));
      ASSIGN_OR_CO_RETURN(const auto owed, co_await with.DueCallbacks(WallTime::max(), 1));
      const std::string note;
      co_return co_await with.RecordCallbackAttempt(owed.at(0), CallbackResult::delivered, {}, note);
    };
    const Result<void> worked = async::RunToEnd(loop, work(*ledger));
    EXPECT_TRUE(worked) << worked.error().message;
  }
  EXPECT_EQ(all.rows[model::OutcomeKind::created], 1);
  EXPECT_EQ(all.rows[model::OutcomeKind::updated], 1);
  EXPECT_EQ(all.rows[model::OutcomeKind::cancelled], 7);
  EXPECT_EQ(all.rows.Total(), 9);
  EXPECT_EQ(all.rows.incomplete, 1);
  EXPECT_EQ(all.doubts, 1);
  EXPECT_EQ(all.jobs_created, 1);
  EXPECT_EQ(all.jobs_ended, std::vector{model::JobStatus::completed});
  EXPECT_EQ(all.callback_attempts, std::vector{CallbackResult::delivered});
}

}  // namespace
}  // namespace rowcall::ledger
