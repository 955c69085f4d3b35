#include "ledger/ledger_head.h"

#include <gtest/gtest.h>

#include "ledger/ledger_conformance.h"
#include "ledger/sqlite_ledger.h"
#include "ledger/temp_folder.h"
#include "ledger/test_small_disk.h"

namespace rowcall::ledger {
namespace {

class LedgerHeadTest : public ::testing::Test {
 protected:
  template <typename T>
  Result<T> Do(async::Task<Result<T>> task) {
    return async::RunToEnd(loop_, std::move(task));
  }
  void Open() { ledger_ = *OpenSqliteLedger(path_, clock_); }
  /// What a process that is killed now leaves behind, in another folder.
  std::string CopyAsIfKilled() {
    for (const char* name : {"ledger.db", "ledger.db-wal", "ledger.head"}) {
      WriteBytes(copy_ / name, BytesOf(folder_ / name));
    }
    return copy_ / "ledger.db";
  }
  Error Refused() {
    auto opened = OpenSqliteLedger(copy_ / "ledger.db", clock_);
    if (opened) throw std::runtime_error("it was opened");
    return opened.error();
  }
  std::int64_t NumberInHead() { return std::stoll(BytesOf(folder_ / "ledger.head")); }
  std::int64_t NumberInLedger() {
    const auto db = *Database::Open(path_);
    Query query = db->Use("SELECT commits FROM sequence");
    return query.Next().value_or(false) ? query.Int(0) : -1;
  }

  TempFolder folder_, copy_;
  const std::string path_ = folder_ / "ledger.db";
  FakeClock clock_;
  async::Loop loop_;
  std::unique_ptr<Ledger> ledger_;
};

TEST_F(LedgerHeadTest, EachCommitThatChangesSomethingHasTheNextNumber) {
  Open();
  EXPECT_EQ(NumberInHead(), 0);
  for (std::int64_t commit = 1; commit <= 3; ++commit) {
    ASSERT_TRUE(Do(ledger_->TakeLease(kTenant, kInstance)));
    EXPECT_EQ(NumberInHead(), commit);
    EXPECT_EQ(NumberInLedger(), commit);
  }
  EXPECT_FALSE(Do(ledger_->RequestCancel(kTenant, JobId(7))));
  EXPECT_EQ(NumberInHead(), 3);
}

TEST_F(LedgerHeadTest, ALogWhoseEndSqliteDropsIsRefusedAndLeftAsItIs) {
  Open();
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(Do(ledger_->TakeLease(kTenant, kInstance)));
  CopyAsIfKilled();
  std::string log = BytesOf(copy_ / "ledger.db-wal");
  log[log.size() - 2'000] ^= 1;
  WriteBytes(copy_ / "ledger.db-wal", log);
  const std::string database = BytesOf(copy_ / "ledger.db");
  for (int start = 1; start <= 2; ++start) {  // the first one must not mend it so that the second takes it for whole
    const Error error = Refused();
    EXPECT_EQ(error.kind, ErrorKind::corrupt);
    for (const char* part : {"ledger.db: its last commit is number 4, but number 5", "ledger.head", "ledger.db-wal"}) {
      EXPECT_NE(error.message.find(part), std::string::npos) << error.message;
    }
    EXPECT_NE(error.hint.find("uploaded files"), std::string::npos) << error.hint;
    EXPECT_EQ(BytesOf(copy_ / "ledger.db-wal"), log);
    EXPECT_EQ(BytesOf(copy_ / "ledger.db"), database);
  }
}

TEST_F(LedgerHeadTest, ALogThatIsGoneIsNoticed) {
  Open();
  ASSERT_TRUE(Do(ledger_->TakeLease(kTenant, kInstance)));
  CopyAsIfKilled();
  std::filesystem::remove(copy_ / "ledger.db-wal");
  const std::string database = BytesOf(copy_ / "ledger.db");  // empty but for what SQLite makes first
  EXPECT_EQ(Refused().kind, ErrorKind::corrupt);
  EXPECT_EQ(BytesOf(copy_ / "ledger.db"), database);
  EXPECT_EQ(BytesOf(copy_ / "ledger.db-wal"), "");
}

TEST_F(LedgerHeadTest, AHeadThatCannotBeReadOrLagsClaimsNothing) {
  Open();
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(Do(ledger_->TakeLease(kTenant, kInstance)));
  const std::string path = folder_ / "ledger.head";
  const std::string head = BytesOf(path);
  std::string flipped = head;
  flipped[10] ^= 1;
  std::string ahead = head;
  ahead[18] = '9';
  ledger_.reset();
  for (const std::string& text : {std::string(), head.substr(0, 20), flipped, ahead, std::string(37, '\0')}) {
    WriteBytes(path, text);
    ASSERT_TRUE(OpenSqliteLedger(path_, clock_)) << text;
    EXPECT_EQ(BytesOf(path), head);
  }
  std::filesystem::remove(path);
  ASSERT_TRUE(OpenSqliteLedger(path_, clock_));
  EXPECT_EQ(BytesOf(path), head);
  Open();
  ASSERT_TRUE(Do(ledger_->TakeLease(kTenant, kInstance)));
  ledger_.reset();
  WriteBytes(path, head);
  Open();
  EXPECT_EQ(NumberInHead(), 4);
}

TEST_F(LedgerHeadTest, ACommitThatFailedIsNotClaimed) {
  SmallDisk disk;
  Open();
  ASSERT_TRUE(Do(ledger_->PutConnector("d", "text")));
  const std::int64_t before = NumberInHead();
  disk.SetFull(true);
  EXPECT_EQ(Do(ledger_->TakeLease(kTenant, kInstance)).error().kind, ErrorKind::no_space);
  disk.SetFull(false);
  ASSERT_TRUE(Do(ledger_->PutConnector("d", "text")));  // changes nothing
  EXPECT_EQ(NumberInHead(), before);
  ledger_.reset();
  EXPECT_TRUE(OpenSqliteLedger(path_, clock_));
}

}  // namespace
}  // namespace rowcall::ledger
