#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>
#include <string>

#include "formats/test_gzip.h"
#include "job/test_engine.h"

namespace rowcall::job {
namespace {

using formats::Gzip;
using model::OutcomeKind;

TEST_F(JobEngineTest, EveryRowOfAFileGetsItsOutcome) {
  service_.AddPerson("old@x.y", "Before");
  const model::Job job = Run(NewJob("mail,name,club\nnew@x.y,Ann,Acme\nold@x.y,Bob,Acme\nnomail,Eve,\n"));
  EXPECT_EQ(Name(job.status), "COMPLETED");
  EXPECT_EQ(job.rows_in_file, 3);
  const auto rows = Rows(job.id);
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(Name(rows[0].kind), "created");
  EXPECT_EQ(Name(rows[1].kind), "updated");
  EXPECT_EQ(Name(rows[2].kind), "rejected");
  EXPECT_EQ(rows[2].reasons.at(0).column, "mail");
  EXPECT_EQ(service_.people["old@x.y"].name, "Bob");
  EXPECT_EQ(service_.people["new@x.y"].clubs.size(), 1u);
  EXPECT_EQ(service_.clubs_made, (std::map<std::string, int>{{"Acme", 1}}));
}

TEST_F(JobEngineTest, AJobThatIsBegunTwiceAtOnceRunsOnce) {
  const JobId id = NewJob("mail,name\na@x.y,Ann\n");
  int runs = 0;
  service_.before = [&](const net::HttpRequest& request) -> async::Task<void> {
    if (request.url.target == "/fields") ++runs;
    co_return;
  };
  process_->engine->Submit(TenantId{1}, id);
  Run(id);
  EXPECT_EQ(runs, 1);
}

TEST_F(JobEngineTest, ARowsWindowIsDurableBeforeTheRowIsSent) {
  const JobId id = NewJob("mail,name\na@x.y,Ann\nb@x.y,Bob\n");
  int checked = 0;
  service_.before = [&](const net::HttpRequest& request) -> async::Task<void> {
    if (request.method != "POST") co_return;
    const ledger::Recovery recovery = *co_await process_->ledger->Recover(TenantId{1}, id);
    EXPECT_EQ(recovery.open_windows.size(), 1u);
    for (const ledger::Window& window : recovery.open_windows) {
      EXPECT_EQ(window.first, 1);
      EXPECT_EQ(window.last, 2);
    }
    EXPECT_EQ(recovery.next.row, 3);
    ++checked;
  };
  Run(id);
  EXPECT_EQ(checked, 2);
}

TEST_F(JobEngineTest, ARowWhoseAnswerWasLostIsCreatedOnceAndCalledCreated) {
  service_.lose_after = 0.3;
  std::string csv = "mail,name,club\n";
  for (int i = 0; i < 60; ++i) csv += fmt::format("p{}@x.y,Name {},Club {}\n", i, i, i % 5);
  const model::Job job = Run(NewJob(csv));
  for (const model::Outcome& row : Rows(job.id)) {
    EXPECT_EQ(Name(row.kind), "created") << row.row << ": " << Words(row);
  }
  EXPECT_EQ(job.counts.incomplete, 0);
  for (const auto& [mail, person] : service_.people) EXPECT_EQ(person.creates, 1) << mail;
  for (const auto& [name, made] : service_.clubs_made) EXPECT_EQ(made, 1) << name;
}

// The job that waited was created first, so it is the first to be taken up.
TEST_F(JobEngineTest, AfterACrashARowThatWasSentComesBeforeOneOfAnotherJobThatWaited) {
  [[maybe_unused]] const AbandonedTasks abandoned;
  const JobId waited = NewJob("mail,name\na@x.y,Second\n");
  const JobId was_sent = NewJob("mail,name\na@x.y,First\n");
  int sent = 0;
  service_.before = [&](const net::HttpRequest& request) -> async::Task<void> {
    if (request.url.target != "/people") co_return;
    if (++sent > 1) process_->loop.Stop();  // behind the first, which was carried out
    if (sent > 1) co_return;
    process_->engine->Submit(TenantId{1}, waited);
    for (bool waits = false; !waits;) {
      co_await process_->timers->SleepFor(std::chrono::milliseconds(2));
      const ledger::Recovery recovery = *co_await process_->ledger->Recover(TenantId{1}, waited);
      waits = !recovery.waiting.empty();
    }
    service_.lose_after = 1;
  };
  process_->engine->Submit(TenantId{1}, was_sent);
  process_->loop.Run();
  Crash();
  Boot();
  service_.before = nullptr;
  service_.lose_after = 0;
  EXPECT_EQ(GoOn(waited).counts[OutcomeKind::updated], 1);
  EXPECT_EQ(Wait(UntilFinal(was_sent)).counts[OutcomeKind::created], 1);
  EXPECT_EQ(service_.people["a@x.y"].name, "Second");
}

TEST_F(JobEngineTest, RowsOfOneKeyAreWrittenInFileOrder) {
  std::string csv = "mail,name\n";
  for (int i = 0; i < 50; ++i) csv += fmt::format("same@x.y,Name {}\n", i);
  const model::Job job = Run(NewJob(csv));
  EXPECT_EQ(job.counts[OutcomeKind::created], 1);
  EXPECT_EQ(job.counts[OutcomeKind::updated], 49);
  EXPECT_EQ(service_.people["same@x.y"].name, "Name 49");
  EXPECT_EQ(service_.people["same@x.y"].writes, 49);
}

TEST_F(JobEngineTest, AFileWithoutAKeyColumnIsAborted) {
  const model::Job job = Run(NewJob("name,club\nAnn,Acme\nBob,\n"));
  EXPECT_EQ(Name(job.status), "ABORTED");
  EXPECT_EQ(
      job.error,
      "No column of the file names a person. Expected: mail (\"mail\"). Columns seen: \"name\" and \"club\". The file "
      "was read as: comma in 3 of 3 lines; UTF-8; header in the first line. Rename a column, or say in "
      "metaData.mapping what the columns mean.");
  EXPECT_EQ(job.counts[OutcomeKind::rejected], 2);
  EXPECT_EQ(job.read_as, "comma in 3 of 3 lines; UTF-8; header in the first line");
  EXPECT_TRUE(service_.people.empty());
}

TEST_F(JobEngineTest, TheStatusTellsHowTheFileIsRead) {
  const model::Job job = Run(NewJob("mail;name\na@x.y;Jos\xE9\n"));
  EXPECT_EQ(Name(job.status), "COMPLETED");
  EXPECT_EQ(
      job.read_as,
      "semicolon in 2 of 2 lines; Windows-1252, as it is not UTF-8 (bad bytes: 1; characters of several bytes: 0); "
      "header in the first line");
  EXPECT_EQ(service_.people["a@x.y"].name, "José");
}

TEST_F(JobEngineTest, TheEncodingThatWasAskedForIsUsed) {
  model::JobOrder order;
  order.file.encoding = model::Encoding::iso8859_1;
  Run(NewJob("mail,name\na@x.y,José\n", order));
  EXPECT_EQ(service_.people["a@x.y"].name, "JosÃ©");
}

TEST_F(JobEngineTest, AnEmptyFileIsAborted) {
  const model::Job job = Run(NewJob(""));
  EXPECT_EQ(Name(job.status), "ABORTED");
  EXPECT_EQ(job.error, "The file is empty: it has no header row. The first line must name the columns.");
  EXPECT_EQ(job.rows_in_file, 0);
}

TEST_F(JobEngineTest, AFileWithoutRowsIsCompletedWithNone) {
  const model::Job job = Run(NewJob("mail,name\n"));
  EXPECT_EQ(Name(job.status), "COMPLETED");
  EXPECT_EQ(job.rows_in_file, 0);
  model::JobOrder json;
  json.file.format = model::FileFormat::json;
  EXPECT_EQ(Name(Run(NewJob("[]", json)).status), "COMPLETED");
}

TEST_F(JobEngineTest, ABinaryFileIsAbortedByName) {
  const model::Job job = Run(NewJob("PK\x03\x04…[Content_Types].xml…"));
  EXPECT_EQ(Name(job.status), "ABORTED");
  EXPECT_TRUE(job.error.starts_with("This is an Excel workbook; save it as CSV.")) << job.error;
  EXPECT_EQ(Name(Run(NewJob(std::string("mail\na\0@x.y\n", 12))).status), "ABORTED");
}

TEST_F(JobEngineTest, AZeroByteBehindTheFirstBlockIsAFaultOfItsRow) {
  std::string csv = "mail,name\n";
  for (int i = 0; i < 3; ++i) csv += fmt::format("p{}@x.y,{}\n", i, std::string(30'000, 'x'));
  const model::Job job = Run(NewJob(csv + std::string("q@x.y,a\0b\n", 10) + "r@x.y,Ann\n"));
  EXPECT_EQ(Name(job.status), "COMPLETED");
  const auto rows = Rows(job.id);
  ASSERT_EQ(rows.size(), 5u);
  EXPECT_EQ(rows[3].reasons.at(0).code, "zero_byte");
  EXPECT_EQ(Name(rows[4].kind), "created");
}

TEST_F(JobEngineTest, ACompressedFileIsLoadedAndStoredAsItCame) {
  const std::string bytes = Gzip("mail,name\na@x.y,Ann\nb@x.y,Bob\n");
  const model::Job job = Run(NewJob(bytes));
  EXPECT_EQ(Name(job.status), "COMPLETED");
  EXPECT_EQ(job.order.file.size_bytes, static_cast<std::int64_t>(bytes.size()));
  EXPECT_EQ(job.read_as, "gzip; comma in 3 of 3 lines; UTF-8; header in the first line");
  EXPECT_EQ(Rows(job.id).at(1).byte_offset, 20);
  EXPECT_EQ(service_.people["b@x.y"].name, "Bob");
}

TEST_F(JobEngineTest, ACompressedFileThatIsDamagedAtItsStartIsAborted) {
  const model::Job job = Run(NewJob(Gzip("mail\na@x.y\n").substr(0, 15)));
  EXPECT_EQ(Name(job.status), "ABORTED");
  EXPECT_NE(job.error.find("The gzip file is cut off"), std::string::npos) << job.error;
  EXPECT_EQ(job.rows_in_file, 0);
}

TEST_F(JobEngineTest, ACompressedFileThatIsCutOffIsLoadedUpToThereAndAborted) {
  std::mt19937 random(1);
  std::string csv = "mail,name\n";
  for (int i = 0; i < 500; ++i) csv += fmt::format("p{}@x.y,Name {:0300}\n", i, random());
  const std::string bytes = Gzip(csv);
  const model::Job job = Run(NewJob(bytes.substr(0, bytes.size() - 8)));
  EXPECT_EQ(Name(job.status), "ABORTED");
  EXPECT_TRUE(job.error.starts_with("The file cannot be read behind row ")) << job.error;
  EXPECT_NE(job.error.find("The gzip file is cut off"), std::string::npos) << job.error;
  EXPECT_GT(job.rows_in_file, 100);
  EXPECT_EQ(job.counts[OutcomeKind::created], job.rows_in_file);
}

TEST_F(JobEngineTest, ABombIsAborted) {
  const model::Job job = Run(NewJob(Gzip("mail\na@x.y\n" + std::string(50'000'000, '\n'))));
  EXPECT_EQ(Name(job.status), "ABORTED");
  EXPECT_NE(job.error.find("grows to more than 100 times its size"), std::string::npos) << job.error;
  EXPECT_EQ(job.counts[OutcomeKind::created], 1);
}

TEST_F(JobEngineTest, AColumnThatStandsTwiceIsLoadedOnceAndReported) {
  const model::Job job = Run(NewJob("mail,name,name\na@x.y,Ann,Other\n"));
  EXPECT_EQ(service_.people["a@x.y"].name, "Ann");
  EXPECT_EQ(job.columns_not_loaded, std::vector<std::string>{"name (column 3)"});
  ASSERT_EQ(job.file_warnings.size(), 1u);
}

TEST_F(JobEngineTest, TheCallbackFallsDueWithTheEndOfTheJob) {
  model::JobOrder order;
  order.callback_url = "http://callback.test/x";
  order.metadata_json = R"({"callback-payload":{"a":1}})";
  const model::Job job = Run(NewJob("mail\na@x.y\n", order));
  const auto due = *Wait(process_->ledger->DueCallbacks(clock_.Now() + std::chrono::seconds(1), 10));
  ASSERT_EQ(due.size(), 1u);
  EXPECT_EQ(due[0].job, job.id);
  EXPECT_NE(due[0].body.find(R"("COMPLETED")"), std::string::npos);
  EXPECT_NE(due[0].body.find(R"("callback-payload":{"a":1})"), std::string::npos) << due[0].body;
}

TEST_F(JobEngineTest, ARefusedTokenIsWaitedForAndFailsNoRow) {
  service_.refuse_all = true;
  const JobId id = NewJob("mail\na@x.y\nb@x.y\n");
  process_->engine->Submit(TenantId{1}, id);
  EXPECT_NE(Wait(UntilItWaits(id)).find("Token invalid"), std::string::npos);
  service_.refuse_all = false;
  process_->engine->InstanceChanged(instance_.id);
  const model::Job job = Wait(UntilFinal(id));
  EXPECT_EQ(job.counts[OutcomeKind::created], 2);
  EXPECT_EQ(job.wait_reason, "");
}

TEST_F(JobEngineTest, CancelLeavesEveryRowAccountedFor) {
  std::string csv = "mail\n";
  for (int i = 0; i < 3'000; ++i) csv += fmt::format("p{}@x.y\n", i);
  const JobId id = NewJob(csv);
  std::size_t before_cancel = 0;
  service_.before = [&](const net::HttpRequest&) -> async::Task<void> {
    if (service_.calls == 100) {
      EXPECT_TRUE(co_await process_->ledger->RequestCancel(TenantId{1}, id));
      process_->engine->CancelWasRequested(id);
      process_->loop.Post([&] { before_cancel = service_.people.size(); });  // behind the cancel
    }
  };
  const model::Job job = Run(id);
  EXPECT_EQ(Name(job.status), "CANCELLED");
  EXPECT_EQ(job.rows_in_file, 3'000);
  EXPECT_EQ(job.counts.Total(), 3'000);
  EXPECT_EQ(job.counts[OutcomeKind::created], static_cast<std::int64_t>(service_.people.size()));
  EXPECT_LE(service_.people.size(), before_cancel + 8);  // max_in_flight of the toy service; not the rest of the window
  EXPECT_LT(service_.people.size(), 3'000u);
}

TEST_F(JobEngineTest, AServiceThatIsAwayCostsAWaitAndNoRow) {
  std::string csv = "mail\n";
  for (int i = 0; i < 500; ++i) csv += fmt::format("p{}@x.y\n", i);
  const JobId id = NewJob(csv);
  service_.before = [&](const net::HttpRequest&) -> async::Task<void> {
    if (service_.calls == 100) service_.lose_before = 1;
    co_return;
  };
  process_->engine->Submit(TenantId{1}, id);
  const std::string reason = Wait(UntilItWaits(id));
  EXPECT_TRUE(reason.starts_with("paused: vendor unavailable")) << reason;
  EXPECT_LT(service_.calls, 200);  // twenty in a row, those in flight, and tests
  service_.lose_before = 0;
  const model::Job job = Wait(UntilFinal(id));
  EXPECT_EQ(Name(job.status), "COMPLETED");
  EXPECT_EQ(job.counts[OutcomeKind::created], 500);
  for (const auto& [mail, person] : service_.people) EXPECT_EQ(person.creates, 1) << mail;
}

TEST_F(JobEngineTest, AfterACancelOnlyTheCallsInFlightGoOn) {
  std::string csv = "mail\n";
  for (int i = 0; i < 300; ++i) csv += fmt::format("p{}@x.y\n", i);
  const JobId id = NewJob(csv);
  service_.before = [&](const net::HttpRequest& request) -> async::Task<void> {
    if (request.method != "POST") co_return;
    process_->engine->CancelWasRequested(id);
    async::OneShot<bool> cancelled;
    process_->loop.Post([cancelled]() mutable { cancelled.Set(true); });  // behind the cancel
    co_await cancelled.Wait();
  };
  const model::Job job = Run(id);
  EXPECT_EQ(job.counts.Total(), 300);
  EXPECT_LE(service_.people.size(), 8u);  // max_in_flight of the toy service
}

/// ASCII as UTF-16.
std::string Utf16(const std::string& text) {
  std::string bytes = "\xFF\xFE";
  for (const char c : text) bytes += {c, '\0'};
  return bytes;
}

/// The process ends at a random call, again and again; answers are lost before and after. Of three files one is UTF-16
/// and one is compressed.
class CrashTest : public JobEngineTest, public testing::WithParamInterface<int> {};

TEST_P(CrashTest, NoRowIsLostDoubledOrMislabelled) {
  [[maybe_unused]] const AbandonedTasks abandoned;
  std::mt19937_64 random(static_cast<std::uint64_t>(GetParam()));
  std::string csv = "mail,name,club\n";
  std::map<std::string, int> rows_of;
  for (int i = 0; i < 300; ++i) {
    const std::string mail = fmt::format("p{}@x.y", random() % 250);
    ++rows_of[mail];
    csv += fmt::format("{},\"Name\n{}\",Club {}\n", mail, i, random() % 20);
  }
  std::set<std::string> before;
  for (int i = 0; i < 250; i += 7) {
    before.insert(fmt::format("p{}@x.y", i));
    service_.AddPerson(fmt::format("p{}@x.y", i), "Before");
  }
  service_.lose_before = 0.03;
  service_.lose_after = 0.05;
  service_.most_losses = 4;  // a fifth in a row leaves a row unresolved, as it should
  const JobId id = NewJob(GetParam() % 3 == 0 ? csv : GetParam() % 3 == 1 ? Utf16(csv) : Gzip(csv));
  for (int crash = 0; crash < 6; ++crash) {
    const std::int64_t at = service_.calls + 20 + static_cast<std::int64_t>(random() % 200);
    service_.before = [this, at](const net::HttpRequest&) -> async::Task<void> {
      if (service_.calls == at) process_->loop.Stop();
      co_return;
    };
    RunUntilStopped(id);
    Crash();
    Boot();
  }
  service_.before = nullptr;
  const model::Job job = GoOn(id);
  EXPECT_EQ(job.counts.Total(), 300);
  EXPECT_EQ(job.counts.Failed(), 0);
  EXPECT_EQ(job.counts.incomplete, 0);
  std::int64_t new_people = 0;
  for (const auto& [mail, person] : service_.people) {
    if (before.contains(mail)) continue;
    EXPECT_EQ(person.creates, 1) << mail;
    ++new_people;
  }
  EXPECT_EQ(job.counts[OutcomeKind::created], new_people);
  EXPECT_EQ(job.counts[OutcomeKind::updated], 300 - new_people);
  for (const auto& [name, made] : service_.clubs_made) EXPECT_EQ(made, 1) << name;
  for (const auto& [mail, rows] : rows_of) EXPECT_TRUE(service_.people.contains(mail)) << mail;
  for (const model::Outcome& row : Rows(id)) EXPECT_FALSE(row.vendor_id.empty()) << row.row << ": " << Words(row);
}

INSTANTIATE_TEST_SUITE_P(Seeds, CrashTest, testing::Range(1, 11));

}  // namespace
}  // namespace rowcall::job
