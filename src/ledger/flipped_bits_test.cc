// The promise: whichever bit of the ledger is flipped, either somebody says so, or all that can be read is what was
// written. SEED=N repeats the places of a run.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <random>

#include "ledger/json_text.h"
#include "ledger/ledger_conformance.h"
#include "ledger/sqlite_ledger.h"
#include "ledger/temp_folder.h"
#include "ledger/test_flips.h"

namespace rowcall::ledger {
namespace {

constexpr std::int64_t kRows = 700;
constexpr const char* kFiles[] = {"ledger.db", "ledger.db-wal", "ledger.head"};
using Files = std::vector<std::string>;  // the bytes of each

std::int64_t Milliseconds(WallTime time) { return time.time_since_epoch().count(); }

std::string TextOf(const model::Job& job) {
  std::string text =
      fmt::format("job {} {} {} {} {} {} {} {} {} {} {} {} {} {} {}\n", job.id.value, Name(job.status), job.wait_reason,
                  job.error, job.plan_json, job.read_as, fmt::join(job.counts.by_kind, ","), job.counts.incomplete,
                  job.counts.warnings, job.rows_in_file, job.all_rows_read, job.revision, Milliseconds(job.created_at),
                  Milliseconds(job.started_at), Milliseconds(job.finished_at));
  const model::JobOrder& order = job.order;
  return text + fmt::format("order {} {} {} {} {} {} {} {} {} {} {} {} {}\n", order.tenant.value, order.instance.value,
                            order.object, order.match_field, order.file.key, order.file.name, order.file.size_bytes,
                            order.file.sha256, order.metadata_json, fmt::join(order.ignored_keys, ","),
                            fmt::join(order.warnings, ","), order.callback_url, order.mapping_json);
}

std::string TextOf(const model::Outcome& outcome) {
  return fmt::format("{} {} {} {} {} {} {}\n", outcome.row, outcome.byte_offset, Name(outcome.kind), outcome.vendor_id,
                     outcome.written_digest, ReasonsToJson(outcome.reasons), StepsToJson(outcome.incomplete));
}

std::string TextOf(const Recovery& recovery) {
  std::string text = fmt::format("next {} {}\n", recovery.next.row, recovery.next.byte_offset);
  for (const Window& window : recovery.open_windows) {
    text += fmt::format("window {} {} {} {}\n", window.id.value, window.first, window.last, window.vendor_time);
  }
  for (const RowPlace& row : recovery.waiting) text += fmt::format("waiting {} {}\n", row.row, row.byte_offset);
  for (const InDoubtRow& row : recovery.in_doubt) {
    text += fmt::format("doubt {} {} {} {}\n", row.place.row, row.place.byte_offset, row.step, row.attempts);
  }
  return text;
}

class FlippedBitsTest : public ::testing::Test {
 protected:
  FlippedBitsTest() {
    const char* seed = std::getenv("SEED");
    seed_ = seed != nullptr ? std::strtoull(seed, nullptr, 10) : std::random_device()();
    random_.seed(seed_);
  }

  template <typename T>
  Result<T> Do(async::Task<Result<T>> task) {
    return async::RunToEnd(loop_, std::move(task));
  }

  /// A job that has ended, with all kinds of outcomes, reasons and a callback; then a second one in its midst. What the
  /// first left is mostly in the database, what the second did is in the log.
  void Work() {
    auto ledger = *OpenSqliteLedger(folder_ / kFiles[0], clock_);
    lease_ = *Do(ledger->TakeLease(kTenant, kInstance));
    ASSERT_TRUE(Do(ledger->PutConnector("d1", std::string(20'000, 'c'))));
    Begin(*ledger);
    Record(*ledger, 1, kRows);
    FinishOrder order;
    order.callback = model::Callback{.id = {},
                                     .tenant = kTenant,
                                     .instance = kInstance,
                                     .job = jobs_[0],
                                     .webhook_id = "msg_1",
                                     .url = "https://example.test/hook",
                                     .body = std::string(5'000, 'b'),
                                     .attempts = 0,
                                     .next_attempt_at = {}};
    ASSERT_TRUE(Do(ledger->FinishReading(lease_, jobs_[0], kRows)));
    ASSERT_TRUE(Do(ledger->FinishJob(lease_, jobs_[0], order)));
    ledger.reset();

    ledger_ = *OpenSqliteLedger(folder_ / kFiles[0], clock_);
    Begin(*ledger_);
    WindowOrder window = AWindow(1, 200);
    window.waiting = {{50, 500}, {60, 600}};
    ASSERT_TRUE(Do(ledger_->OpenWindow(lease_, jobs_[1], window)));
    Record(*ledger_, 70, 180);
    for (const RowNumber row : {1, 2, 3}) ASSERT_TRUE(Do(ledger_->RecordDoubt(lease_, jobs_[1], ADoubt(row), {})));
  }

  void Begin(Ledger& ledger) {
    const Submission submission{"key " + std::to_string(jobs_.size()), "digest"};
    jobs_.push_back(Do(ledger.CreateJob(AnOrder(), submission))->id);
    ASSERT_TRUE(Do(ledger.StartJob(lease_, jobs_.back(), {R"({"plan":1})", "as CSV", {"a"}, {"b"}})));
  }

  void Record(Ledger& ledger, RowNumber first, RowNumber last) {
    std::vector<RowEnd> ends;
    for (RowNumber row = first; row <= last; ++row) {
      const auto kind = model::kAllOutcomes[static_cast<std::size_t>(row * row) % model::kAllOutcomes.size()];
      model::Outcome outcome = AnOutcome(row, kind);
      outcome.vendor_id = fmt::format("{:024x}", row * 7'919);
      outcome.written_digest = static_cast<std::uint64_t>(row) * 0x9E3779B97F4A7C15u;
      if (row % 9 == 0) outcome.reasons = {model::Because("code", std::string(static_cast<std::size_t>(row) / 2, 'r'))};
      if (row % 31 == 0) outcome.incomplete = {{"company", model::Because("why", "not")}};
      ends.push_back({outcome, {}});
      if (ends.size() < 100 && row < last) continue;
      ASSERT_TRUE(Do(ledger.RecordOutcomes(lease_, jobs_.back(), ends)));
      ends.clear();
    }
  }

  /// All that the ledger tells.
  Result<std::string> Everything(Ledger& ledger) {
    std::string text;
    ASSIGN_OR_RETURN(const auto unfinished, Do(ledger.UnfinishedJobs()));
    for (const model::Job& job : unfinished) text += TextOf(job);
    ASSIGN_OR_RETURN(const auto listed, Do(ledger.ListJobs(kTenant, kInstance, {}, 10)));
    for (const model::Job& job : listed) text += TextOf(job);
    ASSIGN_OR_RETURN(const auto same_file, Do(ledger.NewestJobWithFile(kTenant, kInstance, "contact", kSha256)));
    text += fmt::format("same file {}\n", same_file.value_or(JobId()).value);
    ASSIGN_OR_RETURN(const auto connector, Do(ledger.GetConnector("d1")));
    text += connector;
    ASSIGN_OR_RETURN(const auto due, Do(ledger.DueCallbacks(clock_.Now() + std::chrono::hours(1), 10)));
    for (const model::Callback& callback : due) text += callback.webhook_id + callback.url + callback.body;
    ASSIGN_OR_RETURN(const auto open, Do(ledger.CountOpenWork(clock_.Now())));
    text += fmt::format("open {} {} {}\n", open.jobs_running, open.rows_in_doubt, open.callbacks_owed);
    for (const JobId job : jobs_) RETURN_IF_ERROR(AddRows(ledger, job, text));
    return text;
  }

  Result<void> AddRows(Ledger& ledger, JobId job, std::string& text) {
    ASSIGN_OR_RETURN(const auto rows, Do(ledger.Rows(kTenant, job, {}, 0, 10'000)));
    for (const model::Outcome& outcome : rows) text += TextOf(outcome);
    const RowFilter failed{{model::OutcomeKind::failed}, true};
    ASSIGN_OR_RETURN(const auto notable, Do(ledger.Rows(kTenant, job, failed, 0, 10'000)));
    for (const model::Outcome& outcome : notable) text += TextOf(outcome);
    ASSIGN_OR_RETURN(const auto ended, Do(ledger.RowsWithOutcome(kTenant, job, 1, 10'000)));
    text += fmt::format("ended {}\n", fmt::join(ended, ","));
    ASSIGN_OR_RETURN(const auto recovery, Do(ledger.Recover(kTenant, job)));
    text += TextOf(recovery);
    for (const RowNumber row : {80, 90, 690}) {
      const std::string id = fmt::format("{:024x}", row * 7'919);
      ASSIGN_OR_RETURN(const bool held, Do(ledger.IsHeldByOtherRow(kTenant, job, 4, id)));
      text += held ? "held\n" : "free\n";
    }
    return {};
  }

  Files FilesNow() const {
    Files files;
    for (const char* name : kFiles) files.push_back(BytesOf(folder_ / name));
    return files;
  }

  /// What is told by a new process that finds these files.
  Result<std::string> EverythingOf(const Files& files) {
    const TempFolder found;
    for (std::size_t i = 0; i < files.size(); ++i) WriteBytes(found / kFiles[i], files[i]);
    Result<std::string> told = EverythingIn(found);
    // What was found to be damaged is left as it is.
    for (std::size_t i = 0; !told && i < files.size(); ++i) EXPECT_TRUE(BytesOf(found / kFiles[i]) == files[i]) << i;
    return told;
  }

  Result<std::string> EverythingIn(const TempFolder& found) {
    ASSIGN_OR_RETURN(const auto ledger, OpenSqliteLedger(found / kFiles[0], clock_));
    return Everything(*ledger);
  }

  /// Flips one bit of one of the files at a time, and returns how many flips were noticed.
  int Flip(const Files& files, std::size_t file, int times) {
    int noticed = 0;
    for (int i = 0; i < times; ++i) {
      Files flipped = files;
      const std::uint64_t bit = std::uniform_int_distribution<std::uint64_t>(0, flipped[file].size() * 8 - 1)(random_);
      flipped[file][bit / 8] ^= static_cast<char>(1 << (bit % 8));
      const Result<std::string> told = EverythingOf(flipped);
      const std::string where = fmt::format("bit {} of byte {} of {}, SEED={}", bit % 8, bit / 8, kFiles[file], seed_);
      if (told) {
        EXPECT_TRUE(*told == truth_) << where << " was not noticed";
      } else {
        EXPECT_EQ(told.error().kind, ErrorKind::corrupt) << where << ": " << told.error().message;
        EXPECT_NE(told.error().message.find("ledger.db"), std::string::npos) << where << ": " << told.error().message;
        ++noticed;
      }
    }
    return noticed;
  }

  const std::string kSha256 = std::string(64, 'a');
  TempFolder folder_;
  FakeClock clock_;
  async::Loop loop_;
  std::unique_ptr<Ledger> ledger_;
  Lease lease_;
  std::vector<JobId> jobs_;
  std::uint64_t seed_ = 0;
  std::mt19937_64 random_;
  std::string truth_;
};

TEST_F(FlippedBitsTest, EachFlippedBitIsNoticedOrChangesNothingThatIsRead) {
  ASSERT_NO_FATAL_FAILURE(Work());
  truth_ = *Everything(*ledger_);
  const Files of_killed = FilesNow();
  ledger_.reset();
  const Files of_ended = FilesNow();
  for (const Files& files : {of_killed, of_ended}) ASSERT_EQ(*EverythingOf(files), truth_);
  EXPECT_GT(Flip(of_ended, 0, 400), 200);  // the others lie in pages that are not read
  EXPECT_GT(Flip(of_killed, 0, 20), 0);  // … or that stand anew in the log
  EXPECT_EQ(Flip(of_killed, 1, 200), 200);
  EXPECT_EQ(Flip(of_killed, 2, 5), 0);
}

TEST_F(FlippedBitsTest, DamageThatAReadMeetsStopsTheWriter) {
  ASSERT_NO_FATAL_FAILURE(Work());
  FlipABitInEachFrame(folder_ / kFiles[1]);
  const auto read = Do(ledger_->Rows(kTenant, jobs_[1], {}, 0, 10));
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().kind, ErrorKind::corrupt);
  EXPECT_NE(read.error().message.find("ledger.db-wal: the frame of page"), std::string::npos) << read.error().message;
  for (const auto& written : {Do(ledger_->CheckWritable()), Do(ledger_->PutConnector("d2", "x"))}) {
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().kind, ErrorKind::corrupt);
    EXPECT_NE(written.error().message.find("has stopped writing"), std::string::npos);
  }
}

}  // namespace
}  // namespace rowcall::ledger
