#include <fmt/format.h>

#include <utility>

#include "job/test_engine.h"
#include "ledger/test_bad_sector.h"
#include "ledger/test_small_disk.h"

namespace rowcall::job {
namespace {

using model::OutcomeKind;

/// How a job ends, or goes on, where something stands in its way.
class JobEndsTest : public JobEngineTest {
 protected:
  /// As a key file from another backup leaves it.
  void SealTokenWithAnotherKey() {
    const auto keyring = *ledger::Keyring::OpenOrCreate(folder_ + "/other");
    const auto catalogue = *ledger::OpenSqliteCatalogue(folder_ + "/catalogue.db", clock_, *keyring);
    const auto set = [](model::Instance& now) { now.secrets.insert_or_assign("token", Secret("secret")); };
    ASSERT_TRUE(catalogue->ChangeInstance(TenantId{1}, instance_.id, set));
  }
  void SetDisabled(bool disabled) {
    const auto set = [disabled](model::Instance& now) { now.disabled = disabled; };
    ASSERT_TRUE(catalogue_->ChangeInstance(TenantId{1}, instance_.id, set));
  }
};

TEST_F(JobEndsTest, AWindowWhoseRowsAllWaitHoldsUpNothing) {
  std::string csv = "mail\n";  // the first window has 128 rows
  for (int i = 1; i <= 128; ++i) csv += fmt::format("p{}@x.y\n", i);
  const model::Job job = Run(NewJob(csv + "p128@x.y\n"));
  EXPECT_EQ(Name(job.status), "COMPLETED");
  EXPECT_EQ(job.counts[OutcomeKind::created], 128);
  EXPECT_EQ(job.counts[OutcomeKind::unchanged], 1);
}

TEST_F(JobEndsTest, AShutdownBeforeTheFieldsAreKnownSettlesNothing) {
  [[maybe_unused]] const AbandonedTasks abandoned;
  service_.tells_fields = false;
  const JobId id = NewJob("mail,shoe size\na@x.y,44\n");
  process_->engine->Submit(TenantId{1}, id);
  EXPECT_NE(Wait(UntilItWaits(id)).find("503"), std::string::npos);
  Wait(Drained());
  Crash();
  service_.tells_fields = true;
  Boot();
  const model::Job job = GoOn(id);
  EXPECT_EQ(Name(job.status), "COMPLETED");
  EXPECT_EQ(job.columns_not_loaded, std::vector<std::string>{});
}

TEST_F(JobEndsTest, AFileThatCannotBeOpenedNowIsNotCancelledAsOneWithoutRows) {
  const JobId id = NewJob("mail\na@x.y\nb@x.y\n");
  const std::string file = StoredFile(1);
  std::filesystem::rename(file, file + ".moved");
  std::filesystem::create_symlink(file + ".moved", file);  // which is not followed
  EXPECT_TRUE(Wait(process_->ledger->RequestCancel(TenantId{1}, id)));
  process_->engine->Submit(TenantId{1}, id);
  Run(NewJob("mail\nc@x.y\n"));
  EXPECT_FALSE(model::IsFinal(Wait(process_->ledger->GetJob(TenantId{1}, id))->status));
  Crash();
  std::filesystem::rename(file + ".moved", file);
  Boot();
  const model::Job job = GoOn(id);
  EXPECT_EQ(Name(job.status), "CANCELLED");
  EXPECT_EQ(job.counts[OutcomeKind::cancelled], 2);
}

TEST_F(JobEndsTest, AServiceThatCannotBeReachedFromTheStartIsNamedAndFailsNoRow) {
  service_.unreachable = true;
  const JobId id = NewJob("mail\na@x.y\nb@x.y\n");
  process_->engine->Submit(TenantId{1}, id);
  EXPECT_EQ(Wait(UntilItWaits(id)), "service not reachable: its certificate was refused");
  service_.unreachable = false;
  const model::Job job = Wait(UntilFinal(id));
  EXPECT_EQ(job.counts[OutcomeKind::created], 2);
  EXPECT_EQ(job.wait_reason, "");
}

TEST_F(JobEndsTest, ACancelBeforeTheFieldsAreKnownAccountsForEveryRow) {
  service_.tells_fields = false;
  const JobId id = NewJob("mail,shoe size\na@x.y,44\nb@x.y,45\n");
  process_->engine->Submit(TenantId{1}, id);
  Wait(UntilItWaits(id));
  ASSERT_TRUE(Wait(process_->ledger->RequestCancel(TenantId{1}, id)));
  process_->engine->CancelWasRequested(id);
  const model::Job job = Wait(UntilFinal(id));
  EXPECT_EQ(Name(job.status), "CANCELLED");
  EXPECT_EQ(job.counts[OutcomeKind::cancelled], 2);
}

TEST_F(JobEndsTest, AJsonArrayIsNotReadBehindItsEndAfterACrash) {
  [[maybe_unused]] const AbandonedTasks abandoned;
  model::JobOrder order;
  order.file.format = model::FileFormat::json;
  const JobId id = NewJob(R"([{"mail":"a@x.y"},{"mail":"b@x.y"}])", order);
  service_.before = [&](const net::HttpRequest& request) -> async::Task<void> {
    if (request.method == "POST") process_->loop.Stop();
    co_return;
  };
  RunUntilStopped(id);
  Crash();
  service_.before = nullptr;
  Boot();
  const model::Job job = GoOn(id);
  EXPECT_EQ(job.rows_in_file, 2);
  EXPECT_EQ(job.counts[OutcomeKind::created], 2);
}

TEST_F(JobEndsTest, AFileThatIsDamagedFromTheStartEndsTheJobWithTheReason) {
  const JobId id = NewJob("mail\na@x.y\n");
  FlipByte(uploads_, 6);
  const model::Job job = Run(id);
  EXPECT_EQ(Name(job.status), "ERROR");
  EXPECT_NE(job.error.find("cannot be read behind row 0"), std::string::npos) << job.error;
  EXPECT_TRUE(service_.people.empty());
}

TEST_F(JobEndsTest, AFileThatIsDamagedFurtherOnEndsTheJobWithWhatWasLoaded) {
  std::string csv = "mail,name\n";
  for (int i = 0; i < 1'500; ++i) csv += fmt::format("p{}@x.y,{}\n", i, std::string(1'000, 'x'));
  const JobId id = NewJob(csv);
  FlipByte(uploads_, (1 << 20) + 1'000);
  const model::Job job = Run(id);
  EXPECT_EQ(Name(job.status), "ERROR");
  EXPECT_NE(job.error.find("upload-1"), std::string::npos) << job.error;
  EXPECT_GT(job.rows_in_file, 900);
  EXPECT_EQ(job.counts.Total(), job.rows_in_file);
  EXPECT_EQ(job.counts[OutcomeKind::created], static_cast<std::int64_t>(service_.people.size()));
}

TEST_F(JobEndsTest, RowsThatACrashLeftInADamagedFileAreUnresolvedNotLost) {
  [[maybe_unused]] const AbandonedTasks abandoned;
  const JobId id = NewJob("mail\na@x.y\nb@x.y\n");
  service_.before = [&](const net::HttpRequest& request) -> async::Task<void> {
    if (request.method != "POST") co_return;
    service_.lose_after = 1;
    process_->loop.Stop();
  };
  RunUntilStopped(id);
  Crash();
  service_.before = nullptr;
  service_.lose_after = 0;
  FlipByte(uploads_, 6);
  Boot();
  const model::Job job = GoOn(id);
  EXPECT_EQ(Name(job.status), "ERROR");
  EXPECT_EQ(job.counts[OutcomeKind::unresolved], 2);
  EXPECT_EQ(Rows(id).at(0).reasons.at(0).code, "file_damaged");
}

TEST_F(JobEndsTest, AJobOfADisabledInstanceWaitsAndSendsNothing) {
  SetDisabled(true);
  const JobId id = NewJob("mail\na@x.y\n");
  process_->engine->Submit(TenantId{1}, id);
  EXPECT_EQ(Wait(UntilItWaits(id)), "the instance is disabled");
  EXPECT_EQ(service_.calls, 0);
  SetDisabled(false);
  process_->engine->InstanceChanged(instance_.id);
  EXPECT_EQ(Wait(UntilFinal(id)).counts[OutcomeKind::created], 1);
}

TEST_F(JobEndsTest, AJobWhoseTokenCannotBeReadWaitsAndSendsNothingAndOthersRun) {
  model::Instance whole = instance_;
  const model::Instance other = catalogue_->CreateInstance(std::move(whole))->instance;
  SealTokenWithAnotherKey();
  const JobId id = NewJob("mail\na@x.y\n");
  process_->engine->Submit(TenantId{1}, id);
  const std::string reason = Wait(UntilItWaits(id));
  EXPECT_TRUE(reason.starts_with("the sealed secret at ")) << reason;
  EXPECT_NE(reason.find(fmt::format("instance/{}/token", instance_.id.value)), std::string::npos) << reason;
  EXPECT_NE(reason.find("another key"), std::string::npos) << reason;
  EXPECT_EQ(service_.calls, 0);
  const InstanceId damaged = std::exchange(instance_.id, other.id);
  EXPECT_EQ(Run(NewJob("mail\nb@x.y\n")).counts[OutcomeKind::created], 1);
  const auto set_anew = [](model::Instance& now) { now.secrets.insert_or_assign("token", Secret("secret")); };
  ASSERT_TRUE(catalogue_->ChangeInstance(TenantId{1}, damaged, set_anew));
  process_->engine->InstanceChanged(damaged);
  EXPECT_EQ(Wait(UntilFinal(id)).counts[OutcomeKind::created], 1);
}

TEST_F(JobEndsTest, ARelatedRecordEndsWithTheValuesOfItsLastRow) {
  service_.AddPerson("first@x.y", "Before");  // takes a call more than the others
  std::string csv = "mail,club,site\nfirst@x.y,Acme,https://one.test\n";
  for (int i = 0; i < 20; ++i) csv += fmt::format("p{}@x.y,Acme,https://two.test\n", i);
  const model::Job job = Run(NewJob(csv + "last@x.y,Acme,https://three.test\n"));
  EXPECT_EQ(job.counts.incomplete, 0);
  EXPECT_EQ(service_.club_sites, (std::map<std::string, std::string>{{"acme", "https://three.test"}}));
  EXPECT_EQ(service_.club_writes, 3);  // once for each different record
}

TEST_F(JobEndsTest, ARelatedRecordThatWentAwaySinceTheLastLoadIsMadeAgain) {
  Run(NewJob("mail,club\na@x.y,Acme\n"));
  service_.clubs.clear();
  const model::Job job = Run(NewJob("mail,club\nb@x.y,Acme\n"));
  EXPECT_EQ(job.counts.incomplete, 0);
  EXPECT_EQ(service_.clubs.size(), 1u);
}

/// The disk runs full in mid-load, and is freed once that was noticed.
class FullDiskTest : public JobEndsTest {
 protected:
  static async::Task<void> Nothing() { co_return; }
  void RunsFullAtCall(std::int64_t call) {
    service_.before = [this, call](const net::HttpRequest&) {
      if (service_.calls == call) disk_.SetFull(true);
      return Nothing();
    };
  }
  async::Task<void> FreeOnceNoticed(int times = 1) {
    while (disk_.refused() < times) co_await process_->timers->SleepFor(std::chrono::milliseconds(2));
    disk_.SetFull(false);
  }
  void ExpectEachRowOnce(JobId id, int rows) {
    const std::vector<model::Outcome> outcomes = Rows(id);
    ASSERT_EQ(outcomes.size(), static_cast<std::size_t>(rows));
    for (const model::Outcome& outcome : outcomes) {
      EXPECT_EQ(Name(outcome.kind), "created") << outcome.row << Words(outcome);
    }
  }

  ledger::SmallDisk disk_;
};

TEST_F(FullDiskTest, ItCostsTheJobsOfTheInstanceAWaitAndNoRow) {
  constexpr int kRows = 400;
  std::string first = "mail\n";
  std::string second = "mail\n";
  for (int i = 0; i < kRows; ++i) {
    first += fmt::format("a{}@x.y\n", i);
    second += fmt::format("b{}@x.y\n", i);
  }
  RunsFullAtCall(300);
  const JobId one = NewJob(first);
  const JobId two = NewJob(second);
  process_->loop.Spawn(FreeOnceNoticed());
  process_->engine->Submit(TenantId{1}, one);
  const model::Job job = Run(two);
  EXPECT_EQ(Name(job.status), "COMPLETED") << job.error;
  EXPECT_EQ(Name(Wait(UntilFinal(one)).status), "COMPLETED");
  EXPECT_GT(disk_.refused(), 0);
  ExpectEachRowOnce(one, kRows);
  ExpectEachRowOnce(two, kRows);
  EXPECT_EQ(service_.people.size(), 2u * kRows);
  for (const auto& [mail, person] : service_.people) EXPECT_EQ(person.creates, 1) << mail;
}

TEST_F(FullDiskTest, WhatAnEarlierProcessLeftIsTakenUpWhenThereIsRoom) {
  [[maybe_unused]] const AbandonedTasks abandoned;
  const JobId id = NewJob("mail\na@x.y\nb@x.y\n");
  service_.before = [this](const net::HttpRequest& request) {
    if (request.method == "POST") process_->loop.Stop();
    return Nothing();
  };
  RunUntilStopped(id);
  Crash();
  service_.before = nullptr;
  lease_times_.free_after = lease_times_.renewed_every = std::chrono::milliseconds(50);
  Boot();
  disk_.SetFull(true);
  process_->loop.Spawn(FreeOnceNoticed());
  EXPECT_EQ(Name(GoOn(id).status), "COMPLETED");
  ExpectEachRowOnce(id, 2);
}

TEST_F(FullDiskTest, AJobThatCannotBeginBeginsLater) {
  const JobId id = NewJob("mail\na@x.y\n");
  disk_.SetFull(true);
  process_->loop.Spawn(FreeOnceNoticed());
  EXPECT_EQ(Name(Run(id).status), "COMPLETED");
  ExpectEachRowOnce(id, 1);
}

TEST_F(FullDiskTest, JobsThatMeetItOneBehindTheOtherShareOnePause) {
  constexpr int kJobs = 8;
  std::vector<JobId> jobs;
  for (int i = 0; i < kJobs; ++i) jobs.push_back(NewJob("mail\na@x.y\n"));
  disk_.SetFull(true);
  process_->loop.Spawn(FreeOnceNoticed(kJobs));
  const MonoTime began = clock_.MonotonicNow();
  for (const JobId id : jobs) process_->engine->Submit(TenantId{1}, id);
  for (const JobId id : jobs) EXPECT_EQ(Name(Wait(UntilFinal(id)).status), "COMPLETED");
  EXPECT_LT(clock_.MonotonicNow() - began, std::chrono::seconds(15));  // each with a longer one: thirty
}

class BadSectorTest : public JobEndsTest {
 protected:
  async::Task<bool> UntilRead() {
    while (!bad_sector_.is_read()) co_await process_->timers->SleepFor(std::chrono::milliseconds(2));
    co_return true;
  }

  ledger::BadSector bad_sector_;
};

TEST_F(BadSectorTest, OfAFaultOfTheLedgerNoJobEndsAsIfItsFileWereDamaged) {
  const JobId id = NewJob("mail\na@x.y\nb@x.y\n");
  service_.before = [this](const net::HttpRequest& request) -> async::Task<void> {
    if (request.url.target == "/fields") bad_sector_.Strike();
    co_return;
  };
  process_->engine->Submit(TenantId{1}, id);
  Wait(UntilRead());
  Wait(Drained());
  service_.before = nullptr;
  EXPECT_FALSE(model::IsFinal(Wait(process_->ledger->GetJob(TenantId{1}, id))->status));
  Crash();
  Boot();
  const model::Job job = GoOn(id);
  EXPECT_EQ(Name(job.status), "COMPLETED") << job.error;
  EXPECT_EQ(job.counts[OutcomeKind::created], 2);
}

}  // namespace
}  // namespace rowcall::job
