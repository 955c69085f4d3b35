#include "job/outcome_recorder.h"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "async/loop.h"
#include "async/task_group.h"
#include "connector/connector.h"
#include "job/toy_service.h"
#include "ledger/sqlite_ledger.h"

namespace rowcall::job {
namespace {

constexpr TenantId kTenant{1};
constexpr InstanceId kInstance{2};

EndedRow Ended(RowNumber row, WindowId window) {
  EndedRow ended;
  ended.outcome.row = row;
  ended.outcome.byte_offset = row * 10;
  ended.outcome.kind = model::OutcomeKind::created;
  ended.window = window;
  return ended;
}

async::Task<void> RunUntilClosed(OutcomeRecorder& recorder, Result<void>& result) { result = co_await recorder.Run(); }

class OutcomeRecorderTest : public testing::Test {
 protected:
  OutcomeRecorderTest() {
    model::JobOrder order;
    order.tenant = kTenant;
    order.instance = kInstance;
    order.object = "person";
    lease_ = *Do(ledger_->TakeLease(kTenant, kInstance));
    job_ = Do(ledger_->CreateJob(order, {}))->id;
    EXPECT_TRUE(Do(ledger_->StartJob(lease_, job_, {"{}", "", {}, {}})));
    recorder_ = std::make_unique<OutcomeRecorder>(loop_, *ledger_, lease_, job_, lane_, windows_);
  }

  template <typename T>
  T Do(async::Task<T> task) {
    return async::RunToEnd(loop_, std::move(task));
  }
  async::Task<WindowId> Open(RowNumber first, RowNumber last) {
    ledger::WindowOrder order;
    order.window.first = first;
    order.window.last = last;
    order.next = ledger::RowPlace{last + 1, (last + 1) * 10};
    const WindowId window = *co_await ledger_->OpenWindow(lease_, job_, order);
    windows_.Open(window, static_cast<std::size_t>(last - first + 1));
    co_return window;
  }
  WindowId OpenWindow(RowNumber first, RowNumber last) { return Do(Open(first, last)); }
  ledger::Recovery Recovered() { return *Do(ledger_->Recover(kTenant, job_)); }
  std::vector<RowNumber> Recorded() { return *Do(ledger_->RowsWithOutcome(kTenant, job_, 1, 1'000)); }
  /// Holds the key "a", for which another waits from then on.
  dispatch::KeyLocks::Ticket HoldKey() {
    const auto ticket = lane_.key_locks().Ask({{"a"}}, [] {});
    lane_.key_locks().Ask({{"a"}}, [this] { other_has_key_ = true; });
    return ticket;
  }

  /// Adds as many rows, each in a round of the loop of its own, passes the time, and waits until the first is durable.
  /// Returns which are before and behind it. `ticket` is of the first.
  async::Task<std::pair<std::vector<RowNumber>, std::vector<RowNumber>>> AddRows(RowNumber rows, Duration time,
                                                                                 dispatch::KeyLocks::Ticket ticket) {
    const WindowId window = co_await Open(1, rows);
    async::TaskGroup group(loop_, 1);
    Result<void> result;
    co_await group.Add(RunUntilClosed(*recorder_, result));
    for (RowNumber row = 1; row <= rows; ++row) {
      EndedRow ended = Ended(row, window);
      if (row == 1) ended.ticket = ticket;
      recorder_->Add(std::move(ended));
      if (row < rows) co_await async::NextRound();
    }
    std::vector<RowNumber> before = *co_await ledger_->RowsWithOutcome(kTenant, job_, 1, 1'000);
    if (time > Duration(0)) EXPECT_EQ(timers_.next_at(), clock_.MonotonicNow() + time);
    timers_.Advance(time);
    while (lane_.key_locks().IsHeld(ticket)) co_await async::NextRound();
    std::vector<RowNumber> behind = *co_await ledger_->RowsWithOutcome(kTenant, job_, 1, 1'000);
    recorder_->Close();
    co_await group.Join();
    EXPECT_TRUE(result);
    co_return std::pair(std::move(before), std::move(behind));
  }

  FakeClock clock_;
  async::Loop loop_;
  async::FakeTimers timers_{clock_};
  ToyService service_{clock_, 1};
  dispatch::Lane lane_{timers_, service_, *connector::Load(ToyService::Connector()), {}};
  std::unique_ptr<ledger::Ledger> ledger_ = *ledger::OpenSqliteLedger(":memory:", clock_);
  ledger::Lease lease_;
  JobId job_;
  OpenWindows windows_;
  std::unique_ptr<OutcomeRecorder> recorder_;
  bool other_has_key_ = false;
};

TEST_F(OutcomeRecorderTest, AWindowStaysOpenUntilEveryRowOfItIsRecorded) {
  const WindowId window = OpenWindow(1, 2);
  recorder_->Add(Ended(1, window));
  // Row 2 is in doubt, and says so before row 1 is written. A crash now must find row 1 in its window.
  const ledger::InDoubtRow doubt{.place = {2, 20}, .step = "person", .since = clock_.Now()};
  ASSERT_TRUE(Do(ledger_->RecordDoubt(lease_, job_, doubt, windows_.Leave(window))));
  EXPECT_TRUE(Recorded().empty());
  ASSERT_EQ(Recovered().open_windows.size(), 1u);
  recorder_->Close();
  ASSERT_TRUE(Do(recorder_->Run()));
  EXPECT_EQ(Recorded(), std::vector<RowNumber>{1});
  EXPECT_TRUE(Recovered().open_windows.empty());
  EXPECT_TRUE(windows_.empty());
}

TEST_F(OutcomeRecorderTest, AllThatHasComeIsRecordedBeforeItEnds) {
  const WindowId window = OpenWindow(1, 300);
  for (RowNumber row = 1; row <= 300; ++row) recorder_->Add(Ended(row, window));
  recorder_->Close();
  ASSERT_TRUE(Do(recorder_->Run()));
  EXPECT_EQ(Recorded().size(), 300u);
  EXPECT_TRUE(Recovered().open_windows.empty());
}

/// What stood in the ledger when Settle() returned, before Close().
async::Task<std::vector<RowNumber>> SettledRows(async::Loop& loop, OutcomeRecorder& recorder, ledger::Ledger& ledger,
                                                JobId job, WindowId window) {
  async::TaskGroup group(loop, 1);
  Result<void> result;
  co_await group.Add(RunUntilClosed(recorder, result));
  for (RowNumber row = 1; row <= 20; ++row) {
    recorder.Add(Ended(row, window));
    if (row % 7 == 0) co_await recorder.Settle();
  }
  co_await recorder.Settle();
  std::vector<RowNumber> rows = *co_await ledger.RowsWithOutcome(kTenant, job, 1, 100);
  recorder.Close();
  co_await group.Join();
  EXPECT_TRUE(result);
  co_return rows;
}

TEST_F(OutcomeRecorderTest, ItIsSettledWhenAllIsDurable) {
  const WindowId window = OpenWindow(1, 20);
  EXPECT_EQ(Do(SettledRows(loop_, *recorder_, *ledger_, job_, window)).size(), 20u);
}

TEST_F(OutcomeRecorderTest, RowsThatEndSoonAfterEachOtherAreOneWrite) {
  const auto [before, behind] = Do(AddRows(20, std::chrono::milliseconds(5), lane_.key_locks().Ask({{"a"}}, [] {})));
  EXPECT_TRUE(before.empty());
  EXPECT_EQ(behind.size(), 20u);
}

TEST_F(OutcomeRecorderTest, ManyRowsWaitForNoTimeToPass) {
  const auto [before, behind] = Do(AddRows(256, {}, lane_.key_locks().Ask({{"a"}}, [] {})));
  EXPECT_EQ(behind.size(), 256u);
}

TEST_F(OutcomeRecorderTest, NoTimePassesWhileSomebodyWaitsForAKey) {
  const auto [before, behind] = Do(AddRows(1, {}, HoldKey()));
  EXPECT_TRUE(other_has_key_);
}

TEST_F(OutcomeRecorderTest, KeysAreGivenBackWhenTheOutcomeIsDurable) {
  EndedRow row = Ended(1, OpenWindow(1, 1));
  row.ticket = HoldKey();
  recorder_->Add(std::move(row));
  EXPECT_FALSE(other_has_key_);
  recorder_->Close();
  ASSERT_TRUE(Do(recorder_->Run()));
  EXPECT_TRUE(other_has_key_);
}

TEST_F(OutcomeRecorderTest, KeysOfARowThatCouldNotBeRecordedStayLocked) {
  EndedRow row = Ended(1, OpenWindow(1, 1));
  row.ticket = HoldKey();
  recorder_->Add(std::move(row));
  ASSERT_TRUE(Do(ledger_->TakeLease(kTenant, kInstance)));  // another process took over
  recorder_->Close();
  const Result<void> ended = Do(recorder_->Run());
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().kind, ErrorKind::fenced);
  EXPECT_FALSE(other_has_key_);
  EXPECT_TRUE(Recorded().empty());
}

}  // namespace
}  // namespace rowcall::job
