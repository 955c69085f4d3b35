// What a load has made beside its rows, when it is taken back: behind all rows of the undo, each record once.

#include <fmt/format.h>

#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "job/test_engine.h"
#include "ledger/test_bad_sector.h"
#include "ledger/test_small_disk.h"

namespace rowcall::job {
namespace {

using model::OutcomeKind;

constexpr int kOneTooMany = 265;  // than are looked at at once
constexpr int kTriesOfAll = 5;

class MadeRecordsTest : public JobEngineTest {
 protected:
  MadeRecordsTest() {
    service_.before = [this](const net::HttpRequest& request) -> async::Task<void> {
      if (request.method == "DELETE") ++deletes_;
      co_return;
    };
  }

  JobId Load(const std::string& csv) {
    const JobId id = NewJob(csv);
    EXPECT_EQ(Name(Run(id).status), "COMPLETED");
    return id;
  }
  /// As many clubs as rows. The last one stands far behind the others, so that the file is opened anew to read it.
  JobId LoadClubs(int clubs) {
    std::string csv = "mail,club\n";
    for (int i = 1; i < clubs; ++i) csv += fmt::format("p{0}@x.y,c{0}\n", i);
    for (int i = 0; i < 5'001; ++i) csv += ",rejected\n";
    return Load(csv + "last@x.y,last\n");
  }
  /// An undo of these rows of a load, whose file has no other columns.
  JobId NewUndo(JobId load, const std::string& csv) {
    model::JobOrder order;
    order.undoes = true;
    order.retry_of = order.retry_root = load;
    return NewJob(csv, order);
  }
  /// What it says of records that were left; "" if of none.
  std::string LeftBy(const model::Job& undo) {
    EXPECT_EQ(Name(undo.status), "COMPLETED") << undo.error;
    return undo.file_warnings.empty() ? "" : undo.file_warnings.back();
  }

  async::Task<bool> ForAMoment() {
    co_await process_->timers->SleepFor(std::chrono::milliseconds(2));
    co_return true;
  }
  async::Task<bool> Until(std::function<bool()> is_so) {
    while (!is_so()) co_await ForAMoment();
    co_return true;
  }

  /// The file of the first load cannot be read, and later it can.
  void LoseFile() const {
    std::filesystem::rename(StoredFile(1), folder_ + "/away");
    std::filesystem::create_symlink(folder_ + "/away", StoredFile(1));
  }
  void FindFile() const { std::filesystem::rename(folder_ + "/away", StoredFile(1)); }
  async::Task<Result<void>> ReplaceFile(std::string csv) {
    CO_RETURN_IF_ERROR(co_await process_->files->Remove("upload-1"));
    ASSIGN_OR_CO_RETURN(auto writer, co_await process_->files->Create("upload-1"));
    CO_RETURN_IF_ERROR(co_await writer->Write(csv));
    ASSIGN_OR_CO_RETURN([[maybe_unused]] const files::StoredFile stored, co_await writer->Commit());
    co_return Result<void>();
  }

  int deletes_ = 0;
};

TEST_F(MadeRecordsTest, AllThatARowHasMadeGoes) {
  const JobId load = Load("mail,club,home\na@x.y,acme,globex\nb@x.y,initech,hooli\nc@x.y,,\n");
  EXPECT_EQ(service_.clubs.size(), 4u);
  EXPECT_EQ(LeftBy(Run(NewUndo(load, "mail,club,home,_row\nc@x.y,,,3\nb@x.y,initech,hooli,2\na@x.y,acme,globex,1\n"))),
            "");
  EXPECT_TRUE(service_.clubs.empty());
  EXPECT_EQ(deletes_, 4);
}

TEST_F(MadeRecordsTest, WhatADamagedFileTellsOfNoMoreStaysAndThatIsSaid) {
  const JobId load = Load("mail,club,home\na@x.y,acme,globex\nb@x.y,initech,\n");
  FlipByte(1, 20);
  const std::string left = LeftBy(Run(NewUndo(load, "mail,club,home,_row\nb@x.y,initech,,2\na@x.y,acme,globex,1\n")));
  EXPECT_TRUE(
      left.starts_with("3 records that the load had made beside its rows were left: Its row cannot be read again: "))
      << left;
  EXPECT_NE(left.find("upload-1"), std::string::npos) << left;
  EXPECT_EQ(service_.clubs.size(), 3u);
  EXPECT_EQ(deletes_, 0);
}

TEST_F(MadeRecordsTest, RowsBehindADamagedStretchOfTheFileAreFoundAllTheSame) {
  std::string rejected;
  for (int i = 0; i < 1'100; ++i) rejected += "," + std::string(1'000, 'x') + "\n";
  const JobId load = Load("mail,club\na@x.y,acme\n" + rejected + "b@x.y,globex\n" + rejected + "c@x.y,initech\n");
  FlipByte(1, (1 << 20) + 1'000);
  const std::string left = LeftBy(Run(NewUndo(load, "mail,club,_row\nc@x.y,initech,2203\n")));
  EXPECT_TRUE(left.starts_with("A record that the load had made beside its rows was left: Its row cannot be read"))
      << left;
  EXPECT_NE(left.find("block 1 "), std::string::npos) << left;
  ASSERT_EQ(service_.clubs.size(), 1u);
  EXPECT_EQ(service_.clubs.begin()->first, "globex");
}

TEST_F(MadeRecordsTest, WhereNoRowOfThemStandsInTheDamagedStretchAllGo) {
  std::string rejected;
  for (int i = 0; i < 2'200; ++i) rejected += "," + std::string(1'000, 'x') + "\n";
  const JobId load = Load("mail,club\na@x.y,acme\n" + rejected + "c@x.y,initech\n");
  FlipByte(1, (1 << 20) + 1'000);
  EXPECT_EQ(LeftBy(Run(NewUndo(load, "mail,club,_row\na@x.y,acme,1\n"))), "");
  EXPECT_TRUE(service_.clubs.empty());
}

TEST_F(MadeRecordsTest, OfAFileThatIsGoneTooItIsSaidWhatStays) {
  const JobId load = Load("mail,club\na@x.y,acme\n");
  std::filesystem::remove(StoredFile(1));
  const std::string left = LeftBy(Run(NewUndo(load, "mail,club,_row\na@x.y,acme,1\n")));
  EXPECT_NE(left.find(" was left: Its row cannot be read again: "), std::string::npos) << left;
  EXPECT_EQ(deletes_, 0);
}

TEST_F(MadeRecordsTest, WhatItsRowDoesNotNameAnyMoreStaysAndThatIsSaid) {
  const JobId load = Load("mail,club\na@x.y,acme\nb@x.y,globex\n");
  ASSERT_TRUE(Wait(ReplaceFile("mail,club\na@x.y,    \nb@x.y,globex\n")));
  const std::string left = LeftBy(Run(NewUndo(load, "mail,club,_row\nb@x.y,globex,2\na@x.y,acme,1\n")));
  EXPECT_EQ(left,
            "A record that the load had made beside its rows was left: Its row does not read as it was loaded. (id " +
                service_.clubs["acme"] + ")");
  EXPECT_EQ(service_.clubs.size(), 1u);
}

TEST_F(MadeRecordsTest, WhereItsRowNamesAnotherItIsNotSaidToBeChanged) {
  const JobId load = Load("mail,club\na@x.y,acme\n");
  ASSERT_TRUE(Wait(ReplaceFile("mail,club\na@x.y,acne\n")));
  const std::string left = LeftBy(Run(NewUndo(load, "mail,club,_row\na@x.y,acme,1\n")));
  EXPECT_NE(left.find(": its row names another club (by \"name\"), "), std::string::npos) << left;
  EXPECT_EQ(deletes_, 0);
}

TEST_F(MadeRecordsTest, TheLedgerHearsOfAHeldKeyOnlyWhereADeleteIsToGoOut) {
  const JobId load = Load("mail,club\na@x.y,acme\n");
  std::string seen;
  service_.before = [&](const net::HttpRequest& request) -> async::Task<void> {
    const std::vector<ledger::HeldRow> held = *co_await process_->ledger->HeldRows(TenantId{1}, instance_.id);
    seen += fmt::format("{} {} ", request.method, held.size());
  };
  EXPECT_EQ(LeftBy(Run(NewUndo(load, "mail,club,_row\na@x.y,acme,1\n"))), "");
  EXPECT_EQ(seen, "GET 0 DELETE 1 ");
}

TEST_F(MadeRecordsTest, AKeyIsWaitedForInItsTurnThoughALoadGoesOnNamingIt) {
  const JobId undo = NewUndo(Load("mail,club\na@x.y,acme\n"), "mail,club,_row\na@x.y,acme,1\n");
  std::string csv = "mail,club\n";
  for (int i = 0; i < 3'000; ++i) csv += fmt::format("p{}@x.y,acme\n", i);
  const JobId other = NewJob(csv);
  bool has_ended = false;
  service_.before = [&](const net::HttpRequest& request) -> async::Task<void> {
    if (request.url.target != "/people") co_return;
    process_->engine->Submit(TenantId{1}, undo);  // that it runs already does no harm
    while (service_.people.size() > 500 && !has_ended) {  // the undo's own row
      co_await ForAMoment();
      has_ended = (*co_await process_->ledger->GetJob(TenantId{1}, undo)).counts.Total() > 0;
    }
    co_await process_->ledger->GetJob(TenantId{1}, undo);  // so that the undo's turn to go on comes too
  };
  process_->engine->Submit(TenantId{1}, other);
  EXPECT_EQ(LeftBy(Wait(UntilFinal(undo))), "");
  EXPECT_LT(service_.people.size(), 3'000u);
  EXPECT_EQ(Wait(UntilFinal(other)).counts[OutcomeKind::created], 3'000);
}

TEST_F(MadeRecordsTest, AnUndoThatWaitsForAKeyEndsWhenItIsCancelled) {
  const JobId undo = NewUndo(Load("mail,club\na@x.y,acme\n"), "mail,club,_row\na@x.y,acme,1\n");
  const JobId other = NewJob("mail,club\nb@x.y,acme\n");
  bool is_held = false, is_over = false;
  service_.before = [&](const net::HttpRequest& request) -> async::Task<void> {
    if (request.url.target != "/people") co_return;
    is_held = true;
    while (!is_over) co_await ForAMoment();
  };
  process_->engine->Submit(TenantId{1}, other);
  Wait(Until([&] { return is_held; }));
  process_->engine->Submit(TenantId{1}, undo);
  EXPECT_NE(Wait(UntilItWaits(undo)).find("all rows have ended"), std::string::npos);
  process_->engine->CancelWasRequested(undo);
  const model::Job job = Wait(UntilFinal(undo));
  EXPECT_EQ(Name(job.status), "CANCELLED");
  EXPECT_NE(job.file_warnings.back().find("ended before it was known what became of it"), std::string::npos);
  is_over = true;
  EXPECT_EQ(Wait(UntilFinal(other)).counts[OutcomeKind::created], 1);
  EXPECT_EQ(Run(NewJob("mail,club\nc@x.y,acme\n")).counts[OutcomeKind::created], 1);  // it asks for the key no longer
}

TEST_F(MadeRecordsTest, WhereTheFileCannotBeReadForNowTheUndoStopsAtOnceAndGoesOnWhenBegunAgain) {
  const JobId load = LoadClubs(kOneTooMany + 1);
  const std::string first = "/" + service_.clubs.at("c1"), lost = "/" + service_.clubs.at("c2");
  int looked = 0, tried = 0;
  bool is_lost = true, is_looked_at_again = false;
  service_.before = [&](const net::HttpRequest& request) -> async::Task<void> {
    const bool is_delete = request.method == "DELETE";
    if (++looked == 1) LoseFile();
    is_looked_at_again = is_looked_at_again || (looked > 1 && !is_delete && request.url.target.ends_with(first));
    const bool is_it = is_delete && request.url.target.ends_with(lost);
    if (is_it) ++tried;
    service_.lose_before = is_it && is_lost ? 1 : 0;
    co_return;
  };
  const JobId undo = NewUndo(load, "mail,club,_row\np1@x.y,c1,1\n");
  process_->engine->Submit(TenantId{1}, undo);
  Wait(Until([&] { return looked > 0; }));
  const auto epoch = [this] { return Wait(process_->ledger->SeeLease(TenantId{1}, instance_.id))->epoch; };
  const std::int64_t epoch_of_first = epoch();
  while (epoch() == epoch_of_first) {
    process_->engine->Submit(TenantId{1}, undo);  // nothing happens as long as it runs
    Wait(ForAMoment());
  }
  EXPECT_LT(tried, kTriesOfAll);
  is_lost = false;
  FindFile();
  const auto begin_again = [&] {
    process_->engine->Submit(TenantId{1}, undo);
    return is_looked_at_again;
  };
  Wait(Until(begin_again));
  EXPECT_EQ(LeftBy(Wait(UntilFinal(undo))), "");
  EXPECT_TRUE(service_.clubs.empty());
}

/// A club whose first DELETE gets no answer, so that it may take effect until a second and a bit later.
class LateDeleteTest : public MadeRecordsTest {
 protected:
  LateDeleteTest() {
    load_ = Load("mail,club\na@x.y,acme\n");
    service_.before = [this](const net::HttpRequest& request) -> async::Task<void> {
      const bool is_delete = request.method == "DELETE";
      service_.lose_before = is_delete && ++deletes_ == 1 ? 1 : 0;
      if (request.url.target.starts_with("/clubs?name=")) looked_for_at_ = clock_.MonotonicNow();
      if (is_delete && deletes_ == 1) {
        deleted_at_ = clock_.MonotonicNow();
        then_();
      } else if (is_delete) {
        deleted_again_at_ = clock_.MonotonicNow();
      }
      co_return;
    };
  }

  JobId NewUndoOfAll() { return NewUndo(load_, "mail,club,_row\na@x.y,acme,1\n"); }
  bool IsAnyHeld() { return !Wait(process_->ledger->HeldRows(TenantId{1}, instance_.id))->empty(); }

  [[maybe_unused]] const AbandonedTasks abandoned_;
  JobId load_;
  std::function<void()> then_ = [] {};
  MonoTime deleted_at_{}, deleted_again_at_{}, looked_for_at_{};
};

TEST_F(LateDeleteTest, UntilItCanTakeEffectNoMoreNoOtherJobLoadsIntoTheClub) {
  const JobId other = NewJob("mail,club\nb@x.y,acme\n");
  then_ = [&] { process_->engine->Submit(TenantId{1}, other); };
  EXPECT_EQ(LeftBy(Run(NewUndoOfAll())), "");
  EXPECT_EQ(Wait(UntilFinal(other)).counts.incomplete, 0);
  EXPECT_GE(looked_for_at_ - deleted_at_, std::chrono::seconds(1));  // the call's deadline
  EXPECT_EQ(service_.clubs.size(), 1u);
  EXPECT_FALSE(IsAnyHeld());
}

TEST_F(LateDeleteTest, NorInTheNextProcessIfThisOneDiesBeforeItHearsOfIt) {
  then_ = [this] { process_->loop.Stop(); };
  const JobId undo = NewUndoOfAll();
  RunUntilStopped(undo);
  Crash();
  const MonoTime crashed_at = clock_.MonotonicNow();
  Boot();
  const JobId other = NewJob("mail,club\nb@x.y,acme\n");
  EXPECT_EQ(GoOn(other).counts.incomplete, 0);
  EXPECT_GE(looked_for_at_ - crashed_at, std::chrono::seconds(1));
  EXPECT_EQ(LeftBy(Wait(UntilFinal(undo))), "");
  EXPECT_GE(deleted_again_at_ - crashed_at, std::chrono::seconds(1));  // the undo waits too
  EXPECT_FALSE(IsAnyHeld());
}

TEST_F(LateDeleteTest, OnceItIsAnsweredNothingIsHeldBehindTheUndo) {
  deletes_ = 1;  // so that none is lost
  EXPECT_EQ(LeftBy(Run(NewUndoOfAll())), "");
  EXPECT_EQ(deletes_, 2);
  EXPECT_FALSE(IsAnyHeld());
  EXPECT_EQ(Run(NewJob("mail,club\nb@x.y,acme\n")).counts.incomplete, 0);
}

TEST_F(LateDeleteTest, AnUndoThatIsCancelledMeanwhileSaysSoAndLeavesTheKeyHeldForTheNextProcess) {
  const JobId undo = NewUndoOfAll();
  then_ = [&] { process_->engine->CancelWasRequested(undo); };
  const model::Job job = Run(undo);
  EXPECT_EQ(Name(job.status), "CANCELLED");
  EXPECT_NE(job.file_warnings.back().find("ended before it was known what became of it"), std::string::npos)
      << job.file_warnings.back();
  EXPECT_TRUE(IsAnyHeld());
}

TEST_F(LateDeleteTest, TheHoldsOfTwoRecordsOfARowAreTheirOwnAndNoRowsOfTheUndo) {
  const JobId load = Load("mail,club,home\nb@x.y,globex,hooli\n");
  const JobId undo = NewUndo(load, "mail,club,home,_row\nb@x.y,globex,hooli,1\n");
  service_.before = [&](const net::HttpRequest& request) -> async::Task<void> {
    service_.lose_before = request.method == "DELETE" ? 1 : 0;
    if (request.method == "DELETE" && ++deletes_ == 2) process_->engine->CancelWasRequested(undo);
    co_return;
  };
  EXPECT_EQ(Name(Run(undo).status), "CANCELLED");
  const std::vector<ledger::HeldRow> held = *Wait(process_->ledger->HeldRows(TenantId{1}, instance_.id));
  ASSERT_EQ(held.size(), 2u);
  for (const ledger::HeldRow& one : held) {
    EXPECT_EQ(one.job, undo);
    EXPECT_GT(one.row, 1);
    EXPECT_EQ(one.keys.size(), 1u);
  }
}

/// A disk that gives way while the undo looks at what the load had made.
class MadeRecordsOnABadDiskTest : public MadeRecordsTest {
 protected:
  /// The first time that a club is deleted the call is lost, and `then` is done.
  void LoseFirstDelete(std::function<void()> then) {
    service_.before = [this, then = std::move(then)](const net::HttpRequest& request) -> async::Task<void> {
      service_.lose_before = 0;
      if (request.method != "DELETE" || ++deletes_ > 1) co_return;
      service_.lose_before = 1;
      EXPECT_TRUE(co_await process_->ledger->CheckWritable());  // so that what is read next is read from the disk
      then();
    };
  }
  ledger::BadSector bad_sector_;
  ledger::SmallDisk small_disk_;
};

TEST_F(MadeRecordsOnABadDiskTest, WhatTheLedgerCannotTellTheNextProcessAsksAgain) {
  const JobId load = Load("mail,club\na@x.y,acme\n");
  const JobId undo = NewUndo(load, "mail,club,_row\na@x.y,acme,1\n");
  LoseFirstDelete([this] { bad_sector_.Strike(); });
  process_->engine->Submit(TenantId{1}, undo);
  Wait(Until([this] { return bad_sector_.is_read(); }));
  Wait(Drained());
  EXPECT_FALSE(model::IsFinal(Wait(process_->ledger->GetJob(TenantId{1}, undo))->status));
  EXPECT_EQ(deletes_, 1);
  Crash();
  Boot();
  EXPECT_EQ(LeftBy(GoOn(undo)), "");
  EXPECT_TRUE(service_.clubs.empty());
  EXPECT_EQ(deletes_, 2);
}

TEST_F(MadeRecordsOnABadDiskTest, WhatTheLedgerCannotTellForNowIsNotTakenForAnAnswer) {
  const JobId undo = NewUndo(Load("mail,club\na@x.y,acme\n"), "mail,club,_row\na@x.y,acme,1\n");
  LoseFirstDelete([this] { bad_sector_.Strike(EACCES); });
  process_->engine->Submit(TenantId{1}, undo);
  Wait(Until([this] { return bad_sector_.is_read(); }));
  while (deletes_ < 2 && !model::IsFinal(Wait(process_->ledger->GetJob(TenantId{1}, undo))->status)) {
    process_->engine->Submit(TenantId{1}, undo);  // nothing happens as long as it runs
    Wait(ForAMoment());
  }
  EXPECT_EQ(LeftBy(Wait(UntilFinal(undo))), "");
  EXPECT_TRUE(service_.clubs.empty());
}

TEST_F(MadeRecordsOnABadDiskTest, NoClubIsDeletedWhoseKeyCouldNotBeHeldDurablyUntilThereIsRoom) {
  const JobId undo = NewUndo(Load("mail,club\na@x.y,acme\n"), "mail,club,_row\na@x.y,acme,1\n");
  bool is_full = false;
  service_.before = [&](const net::HttpRequest& request) -> async::Task<void> {
    if (request.method == "DELETE") {
      EXPECT_FALSE(is_full);
      ++deletes_;
    } else if (!is_full && request.url.target.starts_with("/clubs/")) {
      small_disk_.SetFull(is_full = true);
    }
    co_return;
  };
  process_->engine->Submit(TenantId{1}, undo);
  Wait(Until([this] { return small_disk_.refused() > 0; }));
  for (int i = 0; i < 20; ++i) EXPECT_FALSE(Wait(process_->ledger->CheckWritable()));  // behind its hold
  service_.before = [this](const net::HttpRequest& request) -> async::Task<void> {
    if (request.method == "DELETE") ++deletes_;
    co_return;
  };
  small_disk_.SetFull(false);
  EXPECT_EQ(LeftBy(Wait(UntilFinal(undo))), "");
  EXPECT_EQ(deletes_, 1);
  EXPECT_TRUE(service_.clubs.empty());
}

}  // namespace
}  // namespace rowcall::job
