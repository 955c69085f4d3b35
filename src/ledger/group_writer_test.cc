#include "ledger/group_writer.h"

#include <gtest/gtest.h>

#include "async/loop.h"
#include "async/task_group.h"

namespace rowcall::ledger {
namespace {

using async::Task;

Result<std::int64_t> Count(Database& db) {
  Query query = db.Use("SELECT count(*) FROM t");
  RETURN_IF_ERROR(query.Next());
  return query.Int(0);
}

class GroupWriterTest : public ::testing::Test {
 protected:
  GroupWriterTest() { EXPECT_TRUE(db_->Execute("CREATE TABLE t (x INTEGER PRIMARY KEY)")); }

  const std::unique_ptr<Database> db_ = *Database::Open(":memory:");
  SystemClock clock_;
  async::Loop loop_;
};

// Inserts `x`, and then fails if it is divisible by 10.
Task<void> Insert(GroupWriter& writer, std::int64_t x, int& refused) {
  auto call = [x](Transaction& transaction) -> Result<void> {
    RETURN_IF_ERROR(transaction.db().Use("INSERT INTO t VALUES (?1)", x).Run());
    if (x % 10 == 0) return Fail(ErrorKind::internal, "no");
    return {};
  };
  const Result<void> result = co_await writer.Run<void>(std::move(call));
  if (!result) ++refused;
}

Task<int> InsertMany(async::Loop& loop, GroupWriter& writer, std::int64_t count) {
  int refused = 0;
  async::TaskGroup group(loop, 1'000);
  for (std::int64_t x = 1; x <= count; ++x) co_await group.Add(Insert(writer, x, refused));
  co_await group.Join();
  co_return refused;
}

TEST_F(GroupWriterTest, ACallThatFailsAfterAChangeIsUndoneAlone) {
  {
    GroupWriter writer(*db_, clock_, {}, nullptr, nullptr);
    EXPECT_EQ(async::RunToEnd(loop_, InsertMany(loop_, writer, 100)), 10);
  }
  EXPECT_EQ(*Count(*db_), 90);
}

TEST_F(GroupWriterTest, AGroupIsNeverLargerThanItsLimit) {
  {
    GroupWriter writer(*db_, clock_, {.group_delay = std::chrono::milliseconds(5), .group_size = 1}, nullptr, nullptr);
    EXPECT_EQ(async::RunToEnd(loop_, InsertMany(loop_, writer, 25)), 2);
  }
  EXPECT_EQ(*Count(*db_), 23);
}

Task<Result<void>> Finish(GroupWriter& writer, bool fail) {
  auto call = [fail](Transaction& transaction) -> Result<void> {
    ++transaction.changes().doubts;
    transaction.changes().jobs_ended.push_back(model::JobStatus::completed);
    RETURN_IF_ERROR(transaction.db().Use("INSERT INTO t VALUES (NULL)").Run());
    if (fail) return Fail(ErrorKind::internal, "no");
    return {};
  };
  co_return co_await writer.Run<void>(std::move(call));
}

TEST_F(GroupWriterTest, OnlyWhatIsCommittedIsCounted) {
  std::vector<Committed> commits;
  SqliteLedgerOptions options;
  options.committed = [&](const Committed& committed) { commits.push_back(committed); };
  {
    GroupWriter writer(*db_, clock_, options, nullptr, nullptr);
    EXPECT_TRUE(async::RunToEnd(loop_, Finish(writer, false)));
    EXPECT_FALSE(async::RunToEnd(loop_, Finish(writer, true)));
  }
  ASSERT_EQ(commits.size(), 1u);
  EXPECT_EQ(commits[0].doubts, 1);
  EXPECT_EQ(commits[0].jobs_ended, std::vector{model::JobStatus::completed});
  EXPECT_GT(commits[0].took, Duration(0));
}

Task<std::thread::id> ThreadOfAnswer(GroupWriter& writer) {
  auto call = [](Transaction&) -> Result<int> { return 1; };
  const Result<int> result = co_await writer.Run<int>(std::move(call));
  EXPECT_EQ(result.value_or(0), 1);
  co_return std::this_thread::get_id();
}

TEST_F(GroupWriterTest, AnAnswerComesOnTheCallersLoop) {
  GroupWriter writer(*db_, clock_, {}, nullptr, nullptr);
  EXPECT_EQ(async::RunToEnd(loop_, ThreadOfAnswer(writer)), std::this_thread::get_id());
}

Task<void> InsertAndNote(GroupWriter& writer, std::int64_t x, int& answered) {
  int refused = 0;
  co_await Insert(writer, x, refused);
  ++answered;
}

TEST_F(GroupWriterTest, WhatWasAskedBeforeTheEndIsCommittedAndAnswered) {
  int answered = 0;
  {
    GroupWriter writer(*db_, clock_, {.group_delay = std::chrono::hours(1), .group_size = 1'000}, nullptr, nullptr);
    for (std::int64_t x = 1; x <= 9; ++x) loop_.Spawn(InsertAndNote(writer, x, answered));
    loop_.Post([this] { loop_.Stop(); });
    loop_.Run();  // every call is with the writer now, which would wait for an hour
  }
  EXPECT_EQ(*Count(*db_), 9);
  loop_.Post([this] { loop_.Stop(); });
  loop_.Run();
  EXPECT_EQ(answered, 9);
}

}  // namespace
}  // namespace rowcall::ledger
