#include "ledger/checked_vfs.h"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include "ledger/sqlite.h"
#include "ledger/temp_folder.h"
#include "ledger/test_flips.h"

namespace rowcall::ledger {
namespace {

class CheckedVfsTest : public ::testing::Test {
 protected:
  /// Rows of which each fills a page of its own, with one byte repeated.
  static void Fill(Database& db, int rows, char byte) {
    const std::string text(3'000, byte);
    EXPECT_TRUE(db.Execute("CREATE TABLE IF NOT EXISTS t (x INTEGER PRIMARY KEY, text TEXT)"));
    EXPECT_TRUE(db.Execute("BEGIN"));
    for (int x = 1; x <= rows; ++x) EXPECT_TRUE(db.Use("INSERT OR REPLACE INTO t VALUES (?1, ?2)", x, text).Run());
    EXPECT_TRUE(db.Execute("COMMIT"));
  }
  /// How many rows have that byte alone, if all can be read.
  static Result<std::int64_t> Count(Database& db, char byte) {
    Query query = db.Use("SELECT count(*) FROM t WHERE text = ?1", std::string(3'000, byte));
    RETURN_IF_ERROR(query.Next());
    return query.Int(0);
  }
  Result<std::int64_t> CountAnew(char byte) {
    ASSIGN_OR_RETURN(const auto db, Database::Open(path_));
    return Count(*db, byte);
  }
  std::string FileWithRows(int rows, char byte) {
    Fill(**Database::Open(path_), rows, byte);
    return BytesOf(path_);
  }
  void ExpectDamage(const Result<std::int64_t>& read, const std::string& what) {
    ASSERT_FALSE(read) << *read << " rows were read";
    EXPECT_EQ(read.error().kind, ErrorKind::corrupt);
    EXPECT_NE(read.error().message.find(what), std::string::npos) << read.error().message;
  }
  TempFolder folder_;
  const std::string path_ = folder_ / "x.db";
  const std::string log_ = path_ + "-wal";
};

TEST_F(CheckedVfsTest, APageOfWhichAPartWasNotWrittenIsNoticed) {
  const std::string before = FileWithRows(9, 'a');
  const std::string after = FileWithRows(9, 'b');
  ASSERT_EQ(*CountAnew('b'), 9);
  const std::size_t fifth = 4 * kPageSize;
  for (const std::size_t part : {1'536u, 2'048u, 4'088u}) {  // a row fills its page from its end
    std::string torn = after;
    torn.replace(fifth + part, kPageSize - part, before, fifth + part, kPageSize - part);
    WriteBytes(path_, torn);
    ExpectDamage(CountAnew('b'), "x.db: page 5 is damaged");
  }
}

TEST_F(CheckedVfsTest, APageInAnothersPlaceIsNoticed) {
  std::string bytes = FileWithRows(9, 'a');
  WriteBytes(path_, bytes.replace(5 * kPageSize, kPageSize, bytes, 4 * kPageSize, kPageSize));
  ExpectDamage(CountAnew('a'), "x.db: page 6 is damaged");
}

TEST_F(CheckedVfsTest, AFileThatIsTooShortIsNoticed) {
  const std::string bytes = FileWithRows(9, 'a');
  for (const std::size_t missing : {1u, 2'048u}) {
    WriteBytes(path_, bytes.substr(0, bytes.size() - missing));
    ASSERT_FALSE(CountAnew('a')) << missing;
    EXPECT_EQ(CountAnew('a').error().kind, ErrorKind::corrupt);
  }
}

TEST_F(CheckedVfsTest, AFlippedBitInTheLogIsNoticedByWhoeverReadsThePage) {
  const auto db = *Database::Open(path_);
  Fill(*db, 9, 'a');
  const auto reader = *Database::Open(path_);
  ASSERT_EQ(*Count(*reader, 'a'), 9);
  FlipABitInEachFrame(log_);
  EXPECT_EQ(*Count(*reader, 'a'), 9);  // from its memory
  ExpectDamage(CountAnew('a'), "x.db-wal: the frame of page");
}

TEST_F(CheckedVfsTest, NoCheckpointGivesADamagedPageAGoodChecksum) {
  const auto db = *Database::Open(path_);
  Fill(*db, 9, 'a');
  const std::string before = BytesOf(path_);
  FlipABitInEachFrame(log_);
  const Result<void> moved = db->Execute("PRAGMA wal_checkpoint(TRUNCATE)");
  ASSERT_FALSE(moved);
  EXPECT_EQ(moved.error().kind, ErrorKind::corrupt);
  EXPECT_EQ(BytesOf(path_), before);
}

TEST_F(CheckedVfsTest, DamageThatIsMetBehindACommitIsNotKeptSilent) {
  const auto db = *Database::Open(path_);
  Fill(*db, 9, 'a');
  FlipABitInEachFrame(log_);
  ASSERT_TRUE(db->Execute("PRAGMA wal_autocheckpoint = 1"));
  EXPECT_FALSE(db->broken());
  EXPECT_TRUE(db->Use("UPDATE t SET x = 10 WHERE x = 9").Run());  // it is in the log; its checkpoint fails
  ASSERT_TRUE(db->broken());
  EXPECT_EQ(db->broken()->kind, ErrorKind::corrupt);
  EXPECT_NE(db->broken()->message.find("x.db-wal"), std::string::npos);
}

// Pages that did not fit into memory would be written into the log twice.
TEST_F(CheckedVfsTest, ATransactionLargerThanTheCacheIsNotTakenForDamage) {
  const auto db = *Database::Open(path_);
  ASSERT_TRUE(db->Execute("PRAGMA cache_size = 10; CREATE TABLE t (x INTEGER PRIMARY KEY, text TEXT); BEGIN"));
  for (const char byte : {'a', 'b', 'c'}) {
    for (int x = 1; x <= 200; ++x) {
      ASSERT_TRUE(db->Use("INSERT OR REPLACE INTO t VALUES (?1, ?2)", x, std::string(3'000, byte)).Run());
    }
    ASSERT_EQ(Count(*db, byte).value_or(-1), 200);
  }
  ASSERT_TRUE(db->Execute("COMMIT"));
  EXPECT_EQ(*CountAnew('c'), 200);
}

TEST_F(CheckedVfsTest, ADatabaseWithoutChecksumsIsRefused) {
  for (const char* pages : {"PRAGMA page_size = 4096", "PRAGMA page_size = 1024"}) {
    std::filesystem::remove(path_);
    sqlite3* other = nullptr;
    ASSERT_EQ(sqlite3_open(path_.c_str(), &other), SQLITE_OK);
    ASSERT_EQ(sqlite3_exec(other, pages, nullptr, nullptr, nullptr), SQLITE_OK);
    ASSERT_EQ(sqlite3_exec(other, "CREATE TABLE theirs (x)", nullptr, nullptr, nullptr), SQLITE_OK);
    sqlite3_close(other);
    const std::string before = BytesOf(path_);
    const auto db = Database::Open(path_);
    ASSERT_FALSE(db) << pages;
    EXPECT_EQ(db.error().kind, ErrorKind::corrupt);
    EXPECT_NE(db.error().hint.find("not a database of ours"), std::string::npos) << db.error().hint;
    EXPECT_EQ(BytesOf(path_), before);
  }
}

}  // namespace
}  // namespace rowcall::ledger
