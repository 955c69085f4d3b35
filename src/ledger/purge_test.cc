// After a purge no byte of the rows is left in the ledger's files.

#include <gtest/gtest.h>

#include <filesystem>
#include <random>
#include <set>
#include <unordered_set>

#include "base/crypto.h"
#include "ledger/ledger_conformance.h"
#include "ledger/sqlite_ledger.h"
#include "ledger/temp_folder.h"

namespace rowcall::ledger {
namespace {

constexpr RowNumber kRowsOfJob = 15'000;
constexpr RowNumber kBatch = 150;
constexpr std::size_t kIdLength = 24;

class PurgeTest : public ::testing::Test {
 protected:
  template <typename T>
  Result<T> Do(async::Task<Result<T>> task) {
    return async::RunToEnd(loop_, std::move(task));
  }
  template <typename T>
  T Must(async::Task<Result<T>> task) {
    Result<T> result = Do(std::move(task));
    if (!result) throw std::runtime_error(result.error().message);
    if constexpr (!std::is_void_v<T>) return *std::move(result);
  }
  void Open() { ledger_ = *OpenSqliteLedger(folder_ / "ledger.db", clock_); }

  JobId AStartedJob(const std::string& mark) {
    lease_ = Must(ledger_->TakeLease(kTenant, kInstance));
    model::JobOrder order = AnOrder();
    order.file.name = order.metadata_json = order.mapping_json = order.callback_url = mark;
    order.warnings = {mark};
    const JobId job = Must(ledger_->CreateJob(order, {})).id;
    Must(ledger_->StartJob(lease_, job, {mark, mark, {mark}, {mark}}));
    return job;
  }
  /// Ids without an order, as of services that draw lots: so rows move between the pages of the index.
  void RecordBatch(JobId job, RowNumber first, const std::string& mark, std::set<std::string>& ids) {
    std::vector<RowEnd> ends;
    for (RowNumber row = first; row < first + kBatch; ++row) {
      RowEnd end{AnOutcome(row), {}};
      end.outcome.vendor_id = Hex(Bytes(random_()) + Bytes(random_()));
      ids.insert(end.outcome.vendor_id);
      if (random_() % 4 == 0) {
        model::Reason reason;
        reason.message = mark + std::string(random_() % 300, 'x');
        end.outcome.reasons.push_back(std::move(reason));
      }
      ends.push_back(std::move(end));
    }
    Must(ledger_->RecordOutcomes(lease_, job, ends));
  }
  static std::string Bytes(std::uint64_t number) { return {reinterpret_cast<const char*>(&number), kIdLength / 4}; }

  void Finish(JobId job, const std::string& mark) {
    Must(ledger_->FinishReading(lease_, job, kRowsOfJob));
    FinishOrder order;
    order.status = model::JobStatus::error;
    order.error = mark;
    order.callback.emplace();
    order.callback->url = order.callback->body = mark;
    Must(ledger_->FinishJob(lease_, job, order));
    const auto owed = Must(ledger_->DueCallbacks(WallTime::max(), 1));
    Must(ledger_->RecordCallbackAttempt(owed.at(0), CallbackResult::delivered, {}, mark));
  }
  void PurgeRows(JobId job) {
    Must(ledger_->BeginPurge(kTenant, job));
    while (Must(ledger_->PurgeSlice(kTenant, job, 1'000)) > 0) {
    }
  }
  std::string AllBytes() {
    std::string bytes;
    for (const auto& file : std::filesystem::directory_iterator(folder_.path())) bytes += BytesOf(file.path());
    return bytes;
  }
  /// How many of the ids stand there.
  static std::size_t Count(const std::string& bytes, const std::set<std::string>& ids) {
    const std::unordered_set<std::string_view> wanted(ids.begin(), ids.end());
    std::set<std::string_view> found;
    std::size_t digits = 0;  // hexadecimal ones, up to here
    for (std::size_t at = 0; at < bytes.size(); ++at) {
      const char c = bytes[at];
      digits = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') ? digits + 1 : 0;
      if (digits < kIdLength) continue;
      const auto id = wanted.find(std::string_view(bytes).substr(at + 1 - kIdLength, kIdLength));
      if (id != wanted.end()) found.insert(*id);
    }
    return found.size();
  }

  FakeClock clock_;
  async::Loop loop_;
  TempFolder folder_;
  std::unique_ptr<Ledger> ledger_;
  Lease lease_;
  std::mt19937_64 random_{20'261'127};
};

TEST_F(PurgeTest, LeavesNoByteOfTheRowsInAnyFileAndAllOfAnotherJobs) {
  Open();
  const std::string mark = "TheseRows", others_mark = "OtherRows";
  const JobId job = AStartedJob(mark), other = AStartedJob(others_mark);
  std::set<std::string> ids, others;
  for (RowNumber first = 1; first <= kRowsOfJob; first += kBatch) {
    RecordBatch(job, first, mark, ids);
    RecordBatch(other, first, others_mark, others);
  }
  Finish(job, mark);
  Must(ledger_->FinishReading(lease_, other, kRowsOfJob));
  Must(ledger_->FinishJob(lease_, other, {}));
  ASSERT_EQ(Count(AllBytes(), ids), ids.size());
  PurgeRows(job);
  Must(ledger_->EndPurge(kTenant, job));

  const auto expect_gone = [&](const std::string& when) {
    const std::string bytes = AllBytes();
    EXPECT_EQ(Count(bytes, ids), 0u) << when;
    EXPECT_EQ(bytes.find(mark), std::string::npos) << when;
  };
  expect_gone("at once");
  std::set<std::string> left;
  for (RowNumber after = 0; after < kRowsOfJob;) {
    for (const model::Outcome& outcome : Must(ledger_->Rows(kTenant, other, {}, after, 5'000))) {
      left.insert(outcome.vendor_id);
      after = outcome.row;
    }
  }
  EXPECT_EQ(left, others);
  // Nor do bytes come back that the writer had in memory.
  const JobId next = AStartedJob("NextRows");
  std::set<std::string> next_ids;
  for (RowNumber first = 1; first <= kRowsOfJob / 3; first += kBatch) RecordBatch(next, first, "NextRows", next_ids);
  expect_gone("after more rows");
  ledger_.reset();
  expect_gone("at the end");
}

TEST_F(PurgeTest, IsGoneOnWithByTheNextProcess) {
  Open();
  const JobId job = AStartedJob("TheseRows");
  std::set<std::string> ids;
  for (RowNumber first = 1; first <= kRowsOfJob; first += kBatch) RecordBatch(job, first, "TheseRows", ids);
  Finish(job, "TheseRows");
  Must(ledger_->BeginPurge(kTenant, job));
  EXPECT_EQ(Must(ledger_->PurgeSlice(kTenant, job, 100)), 100);
  Open();
  EXPECT_EQ(Must(ledger_->JobsToPurge(WallTime::min(), 10)), (std::vector<JobName>{{kTenant, job}}));
  PurgeRows(job);
  Must(ledger_->EndPurge(kTenant, job));
  EXPECT_EQ(Count(AllBytes(), ids), 0u);
}

TEST_F(PurgeTest, IsNotSaidToBeDoneWhileTheLogCannotBeEmptied) {
  Open();
  const JobId job = AStartedJob("TheseRows");
  std::set<std::string> ids;
  for (RowNumber first = 1; first <= kRowsOfJob; first += kBatch) RecordBatch(job, first, "TheseRows", ids);
  Finish(job, "TheseRows");
  PurgeRows(job);
  {
    const auto reader = *Database::Open(folder_ / "ledger.db");
    ASSERT_TRUE(reader->Execute("BEGIN; SELECT count(*) FROM job"));
    const Result<void> ended = Do(ledger_->EndPurge(kTenant, job));
    ASSERT_FALSE(ended);
    EXPECT_EQ(ended.error().kind, ErrorKind::unavailable);
    EXPECT_EQ(Must(ledger_->GetJob(kTenant, job)).rows_purged_at, WallTime{});
    EXPECT_EQ(Must(ledger_->JobsToPurge(WallTime::min(), 10)).size(), 1u);
  }
  Must(ledger_->EndPurge(kTenant, job));
  EXPECT_EQ(Must(ledger_->GetJob(kTenant, job)).rows_purged_at, clock_.Now());
}

}  // namespace
}  // namespace rowcall::ledger
