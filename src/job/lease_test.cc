// A process works under a lease. One that stood still, or whose work another has taken over, writes nothing any more.

#include <utility>

#include "job/test_engine.h"
#include "ledger/sqlite.h"

namespace rowcall::job {
namespace {

using model::OutcomeKind;

constexpr Duration kFrozen = std::chrono::seconds(30);

class LeaseTest : public JobEngineTest {
 protected:
  LeaseTest() {
    lease_times_.renewed_every = std::chrono::milliseconds(20);
    lease_times_.free_after = std::chrono::milliseconds(500);
    Crash();
    Boot();
  }

  static std::string People(int rows, const std::string& name = "Ann") {
    std::string csv = "mail,name\n";
    for (int i = 0; i < rows; ++i) csv += fmt::format("p{}@x.y,{}\n", i, name);
    return csv;
  }

  /// Each call is carried out a moment after it was begun; as call `at` begins, `then` is done.
  void AtCall(std::int64_t at, std::function<void()> then) {
    service_.before = [this, at, then = std::move(then)](const net::HttpRequest&) -> async::Task<void> {
      async::Timers& timers = *(thawed_ != nullptr ? thawed_ : process_.get())->timers;
      if (service_.calls == at) then();
      co_await timers.SleepFor(std::chrono::milliseconds(5));
    };
  }

  async::Task<ledger::LeaseSight> Sight(ledger::Ledger& ledger) {
    co_return *co_await ledger.SeeLease(TenantId{1}, instance_.id);
  }

  /// The process that was stopped in the midst of its work goes on.
  template <typename T>
  T GoesOn(Process& frozen, async::Task<T> task) {
    thawed_ = &frozen;
    T done = async::RunToEnd(frozen.loop, std::move(task));
    thawed_ = nullptr;
    return done;
  }

  void ExpectEachCreatedOnceAndNeverWrittenAgain(JobId id, std::size_t rows) {
    for (const model::Outcome& row : Rows(id)) EXPECT_EQ(Name(row.kind), "created") << row.row << ": " << Words(row);
    EXPECT_EQ(service_.people.size(), rows);
    for (const auto& [mail, person] : service_.people) {
      EXPECT_EQ(person.creates, 1) << mail;
      EXPECT_EQ(person.writes, 0) << mail;
    }
  }

  Process* thawed_ = nullptr;
};

TEST_F(LeaseTest, ItIsRenewedWhileAJobRuns) {
  const JobId id = NewJob(People(400));
  AtCall(1, [] {});
  EXPECT_EQ(Run(id).counts[OutcomeKind::created], 400);
  const ledger::LeaseSight seen = Wait(Sight(*process_->ledger));
  EXPECT_EQ(seen.epoch, 1);
  EXPECT_GE(seen.renewals, 3);  // 400 calls of 5 ms, 8 at once
}

TEST_F(LeaseTest, WhoFindsItRunOutCallsNobodyUntilItIsTakenAnew) {
  const JobId id = NewJob(People(400));
  std::int64_t frozen_at = 0;
  service_.before = [&](const net::HttpRequest&) -> async::Task<void> {
    async::Timers& timers = *process_->timers;
    if (service_.calls == 100) {
      clock_.Jump(kFrozen);
      frozen_at = 100;
    } else if (frozen_at > 0) {
      EXPECT_GE((co_await Sight(*process_->ledger)).epoch, 2) << service_.calls;
    }
    co_await timers.SleepFor(std::chrono::milliseconds(5));
  };
  EXPECT_EQ(Run(id).counts[OutcomeKind::created], 400);
  EXPECT_EQ(frozen_at, 100);
  ExpectEachCreatedOnceAndNeverWrittenAgain(id, 400);
}

TEST_F(LeaseTest, AFrozenProcessWhoseWorkWasTakenOverWritesNothingWhenItGoesOn) {
  const JobId id = NewJob(People(400));
  AtCall(100, [this] { process_->loop.Stop(); });
  RunUntilStopped(id);
  const std::unique_ptr<Process> frozen = std::exchange(process_, nullptr);
  AtCall(-1, [] {});
  Boot();
  EXPECT_EQ(GoOn(id).counts[OutcomeKind::created], 400);
  const std::int64_t revision = Wait(process_->ledger->GetJob(TenantId{1}, id))->revision;
  clock_.Jump(kFrozen);
  // It goes on, and is given work: it waits until the other has been quiet for long enough, then takes the lease.
  const JobId next = NewJob("mail\nnext@x.y\n");
  frozen->engine->Submit(TenantId{1}, next);
  EXPECT_EQ(GoesOn(*frozen, UntilFinal(*frozen, next)).counts[OutcomeKind::created], 1);
  EXPECT_FALSE(GoesOn(*frozen, Sight(*frozen->ledger)).is_anothers);
  EXPECT_EQ(Wait(process_->ledger->GetJob(TenantId{1}, id))->revision, revision);
  ExpectEachCreatedOnceAndNeverWrittenAgain(id, 401);
  frozen->loop.Stop();
  frozen->ledger.reset();
}

TEST_F(LeaseTest, WhoseLeaseWasTakenLeavesTheWorkToTheOther) {
  const JobId id = NewJob(People(400));
  AtCall(100, [this] { process_->loop.Stop(); });
  RunUntilStopped(id);
  const std::unique_ptr<Process> frozen = std::exchange(process_, nullptr);
  const std::int64_t calls = service_.calls;
  Boot();
  AtCall(calls + 100, [this] { process_->loop.Stop(); });
  process_->loop.Spawn(IgnoreResult(process_->engine->Start()));
  process_->loop.Run();
  // Both live now, and no time has passed: the first may still make the calls that it had begun, and no further row's.
  const std::int64_t before = service_.calls;
  GoesOn(*frozen, Drained(*frozen));
  EXPECT_LE(service_.calls - before, 8 * 2);
  service_.before = nullptr;
  EXPECT_EQ(Wait(UntilFinal(id)).counts[OutcomeKind::created], 400);
  for (const auto& [mail, person] : service_.people) EXPECT_EQ(person.creates, 1) << mail;
  frozen->loop.Stop();
  frozen->ledger.reset();
}

TEST_F(LeaseTest, WhoTakesItOverBeginsTheJobsThatItWasNotToldOfAndResolvesTheirRowsFirst) {
  [[maybe_unused]] const AbandonedTasks abandoned;
  ASSERT_TRUE(Wait(process_->engine->Start()));
  std::unique_ptr<Process> first = std::exchange(process_, nullptr);
  Boot();
  const JobId next = NewJob("mail,name\nsame@x.y,Next\n");
  const JobId sent = NewJob("mail,name\nsame@x.y,Sent\n");
  service_.before = [this](const net::HttpRequest& request) -> async::Task<void> {
    if (request.method == "POST") process_->loop.Stop();
    co_return;
  };
  process_->engine->Submit(TenantId{1}, sent);
  process_->loop.Run();
  Crash();
  service_.before = nullptr;
  process_ = std::move(first);
  EXPECT_EQ(Run(next).counts[OutcomeKind::updated], 1);
  EXPECT_EQ(Wait(UntilFinal(sent)).counts[OutcomeKind::created], 1);
  EXPECT_EQ(service_.people["same@x.y"].name, "Next");
  EXPECT_EQ(service_.people["same@x.y"].creates, 1);
}

/// A job whose outcomes could not be written ended with its keys locked, and its process lives on. The ledger waits five
/// seconds for one who writes to it, then gives up.
class FailedWriteTest : public LeaseTest {
 protected:
  FailedWriteTest() {
    failed_ = NewJob("mail,name\nsame@x.y,Failed\n");
    const auto writer = *ledger::Database::Open(folder_ + "/ledger.db");
    service_.before = [&](const net::HttpRequest& request) -> async::Task<void> {
      if (request.method == "POST") EXPECT_TRUE(writer->Execute("BEGIN IMMEDIATE"));
      co_return;
    };
    Wait(UntilWritesFail());
    service_.before = nullptr;
    EXPECT_TRUE(writer->Execute("ROLLBACK"));
  }
  /// Of two writes that fail one behind the other, the second was asked for behind the job's.
  async::Task<bool> UntilWritesFail() {
    process_->engine->Submit(TenantId{1}, failed_);
    for (int failed = 0; failed < 2;) {
      const auto lease = co_await process_->ledger->TakeLease(TenantId{2}, InstanceId{1'000});
      failed += lease ? 0 : 1;
    }
    co_return true;
  }

  [[maybe_unused]] const AbandonedTasks abandoned_;
  JobId failed_;
};

TEST_F(FailedWriteTest, ItsJobGoesOnWhenAnotherProcessHasWorkedMeanwhile) {
  std::unique_ptr<Process> first = std::exchange(process_, nullptr);
  Boot();
  service_.before = [this](const net::HttpRequest&) -> async::Task<void> {
    process_->loop.Stop();
    co_return;
  };
  process_->loop.Spawn(IgnoreResult(process_->engine->Start()));
  process_->loop.Run();
  Crash();
  service_.before = nullptr;
  process_ = std::move(first);
  EXPECT_EQ(Run(NewJob("mail,name\nother@x.y,Next\n")).counts[OutcomeKind::created], 1);
  EXPECT_EQ(Wait(UntilFinal(failed_)).counts[OutcomeKind::created], 1);
  EXPECT_EQ(service_.people["same@x.y"].creates, 1);
}

TEST_F(FailedWriteTest, ItsRowsGoFirstWhenAllOfTheInstanceBeginsAnew) {
  bool has_run_out = false;
  service_.before = [&](const net::HttpRequest&) -> async::Task<void> {
    if (!std::exchange(has_run_out, true)) clock_.Jump(kFrozen);  // the lease runs out
    co_return;
  };
  EXPECT_EQ(Run(NewJob("mail,name\nother@x.y,Next\nsame@x.y,Next\n")).counts[OutcomeKind::updated], 1);
  EXPECT_EQ(Wait(UntilFinal(failed_)).counts[OutcomeKind::created], 1);
  EXPECT_EQ(service_.people["same@x.y"].name, "Next");
  EXPECT_EQ(service_.people["same@x.y"].creates, 1);
}

/// Of two jobs with a common key, one has sent its row when the process dies; the other, which is older, has not begun.
class KeyOrderTest : public LeaseTest {
 protected:
  KeyOrderTest() {
    older_ = NewJob("mail,name\nother@x.y,Ann\nsame@x.y,Older\n");
    sent_ = NewJob("mail,name\nsame@x.y,Sent\n");
    service_.before = [this](const net::HttpRequest& request) -> async::Task<void> {
      if (request.method == "POST") process_->loop.Stop();
      co_return;
    };
    process_->engine->Submit(TenantId{1}, sent_);
    process_->loop.Run();
    Crash();
    service_.before = nullptr;
    Boot();
  }

  [[maybe_unused]] const AbandonedTasks abandoned_;
  JobId older_, sent_;
};

TEST_F(KeyOrderTest, ARowThatWasSentIsResolvedBeforeAnotherJobsRowOfItsKeyIsBegun) {
  EXPECT_EQ(GoOn(older_).counts[OutcomeKind::updated], 1);
  EXPECT_EQ(Wait(UntilFinal(sent_)).counts[OutcomeKind::created], 1);
  EXPECT_EQ(service_.people["same@x.y"].name, "Older");
  EXPECT_EQ(service_.people["same@x.y"].creates, 1);
}

TEST_F(KeyOrderTest, AlsoWhileItsJobIsPausedAndRowsOfOtherKeysGoOn) {
  ASSERT_TRUE(Wait(process_->ledger->RequestPause(TenantId{1}, sent_)));
  process_->loop.Spawn(IgnoreResult(process_->engine->Start()));
  const auto until_one_is_done = [this]() -> async::Task<model::Job> {
    for (;;) {
      model::Job job = *co_await process_->ledger->GetJob(TenantId{1}, older_);
      if (job.counts[OutcomeKind::created] == 1) co_return job;
      co_await process_->timers->SleepFor(std::chrono::milliseconds(2));
    }
  };
  EXPECT_FALSE(IsFinal(Wait(until_one_is_done()).status));
  EXPECT_EQ(service_.people["same@x.y"].name, "Sent");
  ASSERT_TRUE(Wait(process_->ledger->RequestResume(TenantId{1}, sent_)));
  process_->engine->PauseWasChanged(sent_);
  EXPECT_EQ(Wait(UntilFinal(older_)).counts[OutcomeKind::updated], 1);
  EXPECT_EQ(Wait(UntilFinal(sent_)).counts[OutcomeKind::created], 1);
  EXPECT_EQ(service_.people["same@x.y"].name, "Older");
}

/// A row's PUT got no answer, the next one did; then the process dies. The first may still be under way.
class LateCallTest : public LeaseTest {
 protected:
  LateCallTest() {
    EXPECT_TRUE(catalogue_->ChangeInstance(
        TenantId{1}, instance_.id, [](model::Instance& instance) { instance.configuration["late.seconds"] = "1"; }));
    service_.AddPerson("same@x.y", "Old");
    service_.before = [this](const net::HttpRequest& request) -> async::Task<void> {
      service_.lose_after = request.method == "PUT" && puts_++ == 0 ? 1 : 0;
      co_return;
    };
    first_ = NewJob("mail,name\nsame@x.y,First\n");
    EXPECT_EQ(Run(first_).counts[OutcomeKind::updated], 1);
    EXPECT_GE(puts_, 1);
  }

  /// When another job's PUT of the same person is made.
  MonoTime RunSecond() {
    MonoTime written_at{};
    service_.before = [&](const net::HttpRequest& request) -> async::Task<void> {
      if (request.method == "PUT") written_at = clock_.MonotonicNow();
      co_return;
    };
    EXPECT_EQ(Run(NewJob("mail,name\nsame@x.y,Second\n")).counts[OutcomeKind::updated], 1);
    return written_at;
  }

  [[maybe_unused]] const AbandonedTasks abandoned_;
  int puts_ = 0;
  JobId first_;
};

TEST_F(LateCallTest, ItsKeysAreHeldInTheNextProcessToo) {
  Crash();
  const MonoTime crashed_at = clock_.MonotonicNow();
  Boot();
  EXPECT_GE(RunSecond() - crashed_at, std::chrono::seconds(2));  // the call's deadline, and how late it may be
}

TEST_F(LateCallTest, OnceItCanTakeEffectNoMoreTheLedgerForgetsThem) {
  const auto until_none_is_held = [this]() -> async::Task<bool> {
    while (!(co_await process_->ledger->HeldRows(TenantId{1}, instance_.id))->empty()) {
      co_await process_->timers->SleepFor(std::chrono::milliseconds(2));
    }
    co_return true;
  };
  EXPECT_FALSE(Wait(process_->ledger->HeldRows(TenantId{1}, instance_.id))->empty());
  EXPECT_TRUE(Wait(until_none_is_held()));
}

}  // namespace
}  // namespace rowcall::job
