// What a user may ask of a job while it runs: to pause, to go on, to stop early.

#include <algorithm>

#include "job/test_engine.h"

namespace rowcall::job {
namespace {

using model::OutcomeKind;
using model::PausedBy;

class JobControlTest : public JobEngineTest {
 protected:
  static std::string People(int rows) {
    std::string csv = "mail\n";
    for (int i = 0; i < rows; ++i) csv += fmt::format("p{}@x.y\n", i);
    return csv;
  }

  /// Each call takes a moment, so that a job lasts long enough for something to be asked of it.
  async::Task<void> TakeAMoment() { co_await process_->timers->SleepFor(std::chrono::milliseconds(5)); }

  async::Task<void> Pause(JobId id) {
    EXPECT_TRUE(co_await process_->ledger->RequestPause(TenantId{1}, id));
    process_->engine->PauseWasChanged(id);
  }
  async::Task<bool> Resume(JobId id) {
    const bool resumed = (co_await process_->ledger->RequestResume(TenantId{1}, id)).has_value();
    process_->engine->PauseWasChanged(id);
    co_return resumed;
  }

  /// Until the job is paused and every call that was begun has ended.
  async::Task<model::Job> UntilPaused(JobId id) {
    std::int64_t calls = -1;
    for (int quiet = 0; quiet < 20;) {
      co_await process_->timers->SleepFor(std::chrono::milliseconds(5));
      model::Job job = *co_await process_->ledger->GetJob(TenantId{1}, id);
      if (model::IsFinal(job.status)) co_return job;
      const bool still = job.paused_by != PausedBy::nobody && service_.calls == calls;
      quiet = still ? quiet + 1 : 0;
      calls = service_.calls;
    }
    co_return *co_await process_->ledger->GetJob(TenantId{1}, id);
  }

  /// Every call takes a moment; at that one the job is paused.
  void PauseAtCall(std::int64_t at, JobId id) {
    service_.before = [this, at, id](const net::HttpRequest&) -> async::Task<void> {
      const std::int64_t call = service_.calls;
      co_await TakeAMoment();
      if (call == at) co_await Pause(id);
    };
  }
  /// Pauses the job in the midst of its rows; at that moment the process dies. The next one is begun.
  void PauseAndCrash(JobId id) {
    service_.before = [this, id](const net::HttpRequest&) -> async::Task<void> {
      const std::int64_t call = service_.calls;
      co_await TakeAMoment();
      if (call != 100) co_return;
      co_await Pause(id);
      process_->loop.Stop();
    };
    RunUntilStopped(id);
    Crash();
    service_.before = nullptr;
    Boot();
    process_->loop.Spawn(IgnoreResult(process_->engine->Start()));
  }

  std::int64_t created() const { return static_cast<std::int64_t>(service_.people.size()); }
  bool each_was_made_once() const {
    return std::ranges::all_of(service_.people, [](const auto& person) { return person.second.creates == 1; });
  }
};

TEST_F(JobControlTest, APausedJobBeginsNoFurtherRowUntilItIsResumed) {
  const JobId id = NewJob(People(2'000));
  PauseAtCall(100, id);
  process_->engine->Submit(TenantId{1}, id);
  const model::Job paused = Wait(UntilPaused(id));
  EXPECT_EQ(Name(paused.status), "RUNNING");
  EXPECT_EQ(paused.paused_by, PausedBy::user);
  EXPECT_EQ(paused.counts[OutcomeKind::created], created());
  EXPECT_GE(created(), 90);
  EXPECT_LT(created(), 700);  // not the rest of its window
  EXPECT_TRUE(Wait(Resume(id)));
  const model::Job job = Wait(UntilFinal(id));
  EXPECT_EQ(Name(job.status), "COMPLETED");
  EXPECT_EQ(job.counts[OutcomeKind::created], 2'000);
  EXPECT_TRUE(each_was_made_once());
}

TEST_F(JobControlTest, APauseSurvivesARestart) {
  [[maybe_unused]] const AbandonedTasks abandoned;
  const JobId id = NewJob(People(1'000));
  PauseAndCrash(id);
  const std::int64_t before = created();
  EXPECT_EQ(Wait(UntilPaused(id)).paused_by, PausedBy::user);
  EXPECT_EQ(created(), before);
  EXPECT_TRUE(Wait(Resume(id)));
  const model::Job job = Wait(UntilFinal(id));
  EXPECT_EQ(job.counts.Total(), 1'000);
  EXPECT_EQ(created(), 1'000);
  EXPECT_TRUE(each_was_made_once());
}

TEST_F(JobControlTest, APausedJobSendsNothingWhenTheServerEnds) {
  [[maybe_unused]] const AbandonedTasks abandoned;
  const JobId id = NewJob(People(500));
  PauseAndCrash(id);
  Wait(UntilPaused(id));
  const std::int64_t before = created();
  EXPECT_TRUE(Wait(Drained()));
  EXPECT_EQ(created(), before);
}

TEST_F(JobControlTest, APauseWhileRowsOfAnEarlierProcessAreTakenUpIsHonoured) {
  [[maybe_unused]] const AbandonedTasks abandoned;
  const JobId id = NewJob(People(2'000));
  service_.before = [&](const net::HttpRequest&) -> async::Task<void> {
    const std::int64_t call = service_.calls;
    co_await TakeAMoment();
    if (call == 100) process_->loop.Stop();
  };
  RunUntilStopped(id);
  Crash();
  PauseAtCall(service_.calls + 20, id);
  Boot();
  process_->loop.Spawn(IgnoreResult(process_->engine->Start()));
  Wait(UntilPaused(id));
  EXPECT_LT(created(), 600);  // of a window of a thousand rows that were in doubt
  EXPECT_TRUE(Wait(Resume(id)));
  EXPECT_EQ(Wait(UntilFinal(id)).counts[OutcomeKind::created], 2'000);
  EXPECT_TRUE(each_was_made_once());
}

TEST_F(JobControlTest, APausedJobCanBeCancelled) {
  const JobId id = NewJob(People(2'000));
  PauseAtCall(100, id);
  process_->engine->Submit(TenantId{1}, id);
  Wait(UntilPaused(id));
  EXPECT_TRUE(Wait(process_->ledger->RequestCancel(TenantId{1}, id)));
  process_->engine->CancelWasRequested(id);
  const model::Job job = Wait(UntilFinal(id));
  EXPECT_EQ(Name(job.status), "CANCELLED");
  EXPECT_EQ(job.counts.Total(), 2'000);
  EXPECT_EQ(job.counts[OutcomeKind::created], created());
}

TEST_F(JobControlTest, ACanaryIsLoadedBeforeTheRest) {
  model::JobOrder order;
  order.canary_rows = 10;
  const JobId id = NewJob(People(500), order);
  process_->engine->Submit(TenantId{1}, id);
  const model::Job paused = Wait(UntilPaused(id));
  EXPECT_EQ(paused.paused_by, PausedBy::canary);
  EXPECT_EQ(paused.counts.Total(), 10);
  EXPECT_EQ(created(), 10);
  EXPECT_TRUE(Wait(Resume(id)));
  const model::Job job = Wait(UntilFinal(id));
  EXPECT_EQ(Name(job.status), "COMPLETED");
  EXPECT_EQ(job.counts[OutcomeKind::created], 500);
  EXPECT_TRUE(each_was_made_once());
}

TEST_F(JobControlTest, ACanaryWithRowsOfOneKeyIsDoneToItsLastRow) {
  model::JobOrder order;
  order.canary_rows = 4;
  const JobId id = NewJob("mail\na@x.y\na@x.y\na@x.y\na@x.y\nb@x.y\n", order);
  process_->engine->Submit(TenantId{1}, id);
  EXPECT_EQ(Wait(UntilPaused(id)).counts.Total(), 4);
  EXPECT_FALSE(service_.people.contains("b@x.y"));
  EXPECT_TRUE(Wait(Resume(id)));
  EXPECT_EQ(Wait(UntilFinal(id)).counts.Total(), 5);
}

TEST_F(JobControlTest, ACanaryThatIsTheWholeFileDoesNotPause) {
  for (const int rows : {10, 3}) {
    model::JobOrder order;
    order.canary_rows = 10;
    EXPECT_EQ(Name(Run(NewJob(People(rows), order)).status), "COMPLETED") << rows;
  }
}

TEST_F(JobControlTest, ACrashMakesACanaryNoLarger) {
  [[maybe_unused]] const AbandonedTasks abandoned;
  model::JobOrder order;
  order.canary_rows = 10;
  const JobId id = NewJob(People(500), order);
  service_.before = [&](const net::HttpRequest&) -> async::Task<void> {
    if (service_.calls == 5) process_->loop.Stop();
    co_return;
  };
  RunUntilStopped(id);
  Crash();
  service_.before = nullptr;
  Boot();
  process_->loop.Spawn(IgnoreResult(process_->engine->Start()));
  EXPECT_EQ(Wait(UntilPaused(id)).counts.Total(), 10);
  EXPECT_EQ(created(), 10);
  EXPECT_TRUE(Wait(Resume(id)));
  EXPECT_EQ(Wait(UntilFinal(id)).counts.Total(), 500);
  EXPECT_TRUE(each_was_made_once());
}

TEST_F(JobControlTest, SoManyFailedRowsEndTheJob) {
  model::JobOrder order;
  order.stop_after = 5;
  std::string csv = People(200);
  for (int i = 0; i < 20; ++i) csv += "no mail\n";
  csv += People(3'000).substr(5);
  const model::Job job = Run(NewJob(csv, order));
  EXPECT_EQ(Name(job.status), "CANCELLED");
  EXPECT_NE(job.error.find("stopAfter is 5"), std::string::npos) << job.error;
  EXPECT_EQ(job.counts.Total(), 3'220);
  EXPECT_GE(job.counts.Failed(), 5);
  EXPECT_GT(job.counts[OutcomeKind::cancelled], 0);
  EXPECT_LT(created(), 3'000);
}

TEST_F(JobControlTest, FewerFailedRowsDoNot) {
  model::JobOrder order;
  order.stop_after = 5;
  const model::Job job = Run(NewJob("mail\na@x.y\nno\nno\nno\nno\nb@x.y\n", order));
  EXPECT_EQ(Name(job.status), "COMPLETED");
  EXPECT_EQ(created(), 2);
}

TEST_F(JobControlTest, AJobWhoseLastRowIsTheOneTooManyIsCompleted) {
  model::JobOrder order;
  order.stop_after = 1;
  order.canary_rows = 1;  // the first row is done before the second is read
  const JobId id = NewJob("mail\na@x.y\nno\n", order);
  process_->engine->Submit(TenantId{1}, id);
  Wait(UntilPaused(id));
  EXPECT_TRUE(Wait(Resume(id)));
  const model::Job job = Wait(UntilFinal(id));
  EXPECT_EQ(Name(job.status), "COMPLETED");
  EXPECT_EQ(job.counts.Failed(), 1);
}

TEST_F(JobControlTest, FailedRowsOfAnEarlierProcessCount) {
  [[maybe_unused]] const AbandonedTasks abandoned;
  model::JobOrder order;
  order.stop_after = 2;
  order.canary_rows = 3;
  const JobId id = NewJob("mail\na@x.y\nno\nb@x.y\nno\nc@x.y\nd@x.y\n", order);
  process_->engine->Submit(TenantId{1}, id);
  EXPECT_EQ(Wait(UntilPaused(id)).counts.Failed(), 1);
  Crash();
  Boot();
  process_->loop.Spawn(IgnoreResult(process_->engine->Start()));
  Wait(UntilPaused(id));
  EXPECT_TRUE(Wait(Resume(id)));
  const model::Job job = Wait(UntilFinal(id));
  EXPECT_EQ(Name(job.status), "CANCELLED");
  EXPECT_EQ(job.counts.Failed(), 2);
  EXPECT_EQ(job.counts.Total(), 6);
}

}  // namespace
}  // namespace rowcall::job
