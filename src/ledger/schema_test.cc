#include "ledger/schema.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "ledger/reads.h"
#include "ledger/temp_folder.h"

namespace rowcall::ledger {
namespace {

constexpr const char* kSteps[] = {"CREATE TABLE a (x INTEGER)", "CREATE TABLE b (y INTEGER); INSERT INTO a VALUES (2)"};
constexpr const char* kBrokenSteps[] = {kSteps[0], "INSERT INTO a VALUES (7); INSERT INTO nowhere VALUES (1)"};
const Schema kOld{"test", 77, std::span(kSteps).first(1)};
const Schema kNew{"test", 77, kSteps};
const Schema kBroken{"test", 77, kBrokenSteps};

std::int64_t Number(Database& db, const char* sql) {
  Query query = db.Use(sql);
  EXPECT_TRUE(query.Next().value_or(false)) << sql;
  return query.Int(0);
}

TEST(SchemaTest, StepsThatAreMissingAreRunOnce) {
  const TempFolder folder;
  const auto db = *Database::Open(folder / "x.db");
  ASSERT_TRUE(Migrate(*db, kOld));
  ASSERT_TRUE(db->Execute("INSERT INTO a VALUES (1)"));
  ASSERT_TRUE(Migrate(*db, kNew));
  ASSERT_TRUE(Migrate(*db, kNew));
  EXPECT_EQ(Number(*db, "SELECT count(*) FROM a"), 2);
  EXPECT_EQ(Number(*db, "PRAGMA user_version"), 2);
}

TEST(SchemaTest, AStepThatFailsLeavesTheFileAsItWas) {
  const TempFolder folder;
  const auto db = *Database::Open(folder / "x.db");
  EXPECT_FALSE(Migrate(*db, kBroken));
  EXPECT_EQ(Number(*db, "PRAGMA user_version"), 1);
  EXPECT_EQ(Number(*db, "SELECT count(*) FROM a"), 0);
  EXPECT_TRUE(Migrate(*db, kNew));
}

TEST(SchemaTest, AFileOfANewerProgramIsRefused) {
  const TempFolder folder;
  ASSERT_TRUE(Migrate(**Database::Open(folder / "x.db"), kNew));
  const auto refused = Migrate(**Database::Open(folder / "x.db"), kOld);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::conflict);
  EXPECT_NE(refused.error().message.find("number 2, this program knows up to 1"), std::string::npos);
}

TEST(SchemaTest, AnotherProgramsDatabaseIsRefused) {
  const TempFolder folder;
  const auto foreign = *Database::Open(folder / "x.db");
  ASSERT_TRUE(foreign->Execute("CREATE TABLE theirs (x)"));
  EXPECT_EQ(Migrate(*foreign, kNew).error().kind, ErrorKind::corrupt);
  ASSERT_TRUE(Migrate(**Database::Open(folder / "y.db"), kCatalogueSchema));
  EXPECT_EQ(Migrate(**Database::Open(folder / "y.db"), kLedgerSchema).error().kind, ErrorKind::corrupt);
}

TEST(SchemaTest, WhatIsAskedAboutARecordReadsNoOutcomesOfOtherRecords) {
  constexpr JobId kJob{9};
  constexpr TenantId kTenant{1};
  const auto db = *Database::Open(":memory:");
  ASSERT_TRUE(Migrate(*db, kLedgerSchema));
  ASSERT_TRUE(db->Execute(
      "PRAGMA foreign_keys = OFF;"
      "INSERT INTO job (tenant, id, instance, object, action, match_field, restore_archived, file_key, file_name, "
      "file_size, file_sha256, file_format, metadata, ignored_keys, warnings, callback_url, region, mapping, "
      "connector_digest, created_at) VALUES (1, 9, 7, 'o', 'upsert', '', 0, '', '', 0, '', 'csv', '{}', '[]', '[]', "
      "'', '', '', '', 0);"
      "WITH RECURSIVE n (row) AS (SELECT 1 UNION ALL SELECT row + 1 FROM n WHERE row < 20000) "
      "INSERT INTO outcome SELECT 1, 9, row, 0, 'created', 'p' || row, 0, 0 FROM n"));
  EXPECT_TRUE(RowToUndo(*db, kTenant, kJob, 10'000));
  EXPECT_FALSE(*WasArchivedByUndo(*db, kTenant, "p10000"));
  EXPECT_FALSE(*IsHeldByOtherRow(*db, kTenant, kJob, 10'000, "p10000"));
  EXPECT_LT(Number(*db, "SELECT max(nstep) FROM sqlite_stmt WHERE sql LIKE '%vendor_id = ?%'"), 1'000);
}

TEST(SchemaTest, AFileThatIsNoDatabaseIsRefusedByName) {
  const TempFolder folder;
  WriteBytes(folder / "x.db", std::string(5'000, 'x'));
  const auto db = Database::Open(folder / "x.db");
  ASSERT_FALSE(db);
  EXPECT_EQ(db.error().kind, ErrorKind::corrupt);
  EXPECT_NE(db.error().message.find("x.db"), std::string::npos);
}

TEST(SchemaTest, ANewFileIsPrivateAndKeepsEightBytesAPageFree) {
  const TempFolder folder;
  const std::string path = folder / "x.db";
  ASSERT_TRUE(Migrate(**Database::Open(path), kLedgerSchema));
  struct stat about{};
  ASSERT_EQ(stat(path.c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777, 0600u);
  EXPECT_EQ(BytesOf(path)[20], 8);  // "bytes of unused space at the end of each page", SQLite's file format §1.3.4
}

TEST(SchemaTest, ALeaseKeepsItsEpochWhenItsKeyGetsATenant) {
  const auto db = *Database::Open(":memory:");
  const Schema before{kLedgerSchema.name, kLedgerSchema.application_id, kLedgerSchema.migrations.first(2)};
  ASSERT_TRUE(Migrate(*db, before));
  ASSERT_TRUE(db->Execute(
      "INSERT INTO job (tenant, id, instance, object, action, match_field, restore_archived, file_key, file_name, "
      "file_size, file_sha256, file_format, metadata, ignored_keys, warnings, callback_url, region, mapping, "
      "connector_digest, created_at) SELECT 5, n, 7, 'o', 'upsert', '', 0, '', '', 0, '', 'csv', '{}', '[]', '[]', '', "
      "'', '', '', 0 FROM (SELECT 8 AS n UNION SELECT 9);"
      "INSERT INTO lease VALUES (7, 42), (6, 3)"));  // nobody ever gave instance 6 a job
  ASSERT_TRUE(Migrate(*db, kLedgerSchema));
  EXPECT_EQ(Number(*db, "SELECT epoch FROM lease WHERE tenant = 5 AND instance = 7"), 42);
  EXPECT_EQ(Number(*db, "SELECT count(*) FROM lease"), 1);
}

TEST(SchemaTest, ACatalogueWithoutMappingsKeepsItsInstancesAndGetsThem) {
  const TempFolder folder;
  const auto db = *Database::Open(folder / "x.db");
  const Schema first{"catalogue", kCatalogueSchema.application_id, kCatalogueSchema.migrations.first(1)};
  ASSERT_TRUE(Migrate(*db, first));
  ASSERT_TRUE(
      db->Execute("INSERT INTO organization VALUES (1, zeroblob(32), 0);"
                  "INSERT INTO instance VALUES (1, 3, 'crm', 'Ours', '{}', 0, 0, zeroblob(32), x'00')"));
  ASSERT_TRUE(Migrate(*db, kCatalogueSchema));
  EXPECT_EQ(Number(*db, "SELECT id FROM instance"), 3);
  EXPECT_TRUE(db->Execute("INSERT INTO mapping VALUES (1, 3, 'people', 'person', 0, 0, '{}')"));
  for (const char* illegal : {
           "INSERT INTO mapping VALUES (1, 3, 'people', 'club', 0, 0, '{}')",
           "INSERT INTO mapping VALUES (1, 4, 'people', 'person', 0, 0, '{}')",
           "INSERT INTO mapping VALUES (2, 3, 'people', 'person', 0, 0, '{}')",
           "INSERT INTO mapping VALUES (1, 3, '', 'person', 0, 0, '{}')",
       }) {
    EXPECT_FALSE(db->Execute(illegal)) << illegal;
  }
}

TEST(SchemaTest, TheLedgersTablesRefuseIllegalStates) {
  const auto db = *Database::Open(":memory:");
  ASSERT_TRUE(Migrate(*db, kLedgerSchema));
  ASSERT_TRUE(db->Execute(
      "INSERT INTO job VALUES (1, 9, 1, 'o', 'upsert', '', 0, '', '', 0, '', 'csv', '{}', '[]', '[]', '', "
      "'', '', '', 0, "
      "'', '[]', '', '', '[]', 0, 0, 1000, 0, 0, 0, 0, 0); INSERT INTO progress VALUES (1, 9, 'RUNNING', 0, '', '', 1, "
      "NULL, NULL, 1, 0, "
      "5, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, '', 0, 0, 0, 0, 0, NULL, NULL)"));
  for (const char* illegal : {
           "UPDATE progress SET status = 'PAUSED'",
           "UPDATE job SET file_encoding = 'ebcdic'",
           "UPDATE progress SET status = 'COMPLETED'",
           "UPDATE progress SET finished_at = 1",
           "UPDATE progress SET purge_begun_at = 1",  // before the job's end
           "UPDATE progress SET rows_purged_at = 1",
           "UPDATE progress SET status = 'COMPLETED', finished_at = 1",
           "UPDATE progress SET status = 'COMPLETED', finished_at = 1, all_rows_read = 1",
           "UPDATE progress SET cancel_requested = 1",
           "UPDATE progress SET status = 'CANCELLATION_PENDING'",
           "UPDATE progress SET paused_by = 'somebody'",
           "UPDATE progress SET paused_by = 'user', cancel_requested = 1, status = 'CANCELLATION_PENDING'",
           "UPDATE progress SET hold_after = -1",
           "UPDATE progress SET failed = -1",
           "UPDATE progress SET updated = 5",
           "UPDATE progress SET next_row = 0",
           "UPDATE sequence SET next = 9007199254740992",
           "UPDATE sequence SET commits = -1",
           "INSERT INTO sequence VALUES (2, 1, 0)",
           "INSERT INTO open_window VALUES (1, 9, 1, 5, 4, 0, 0, 1)",
           "INSERT INTO open_window VALUES (1, 8, 1, 4, 5, 0, 0, 1)",
           "INSERT INTO outcome VALUES (1, 9, 1, 0, 'done', NULL, 0, 0)",
           "INSERT INTO outcome VALUES (1, 9, 0, 0, 'created', NULL, 0, 0)",
           "INSERT INTO outcome VALUES (1, 9, 1, 0, 'created', '', 0, 0)",
           "INSERT INTO outcome VALUES (1, 9, 'one', 0, 'created', NULL, 0, 0)",
           "INSERT INTO outcome_detail VALUES (1, 9, 1, '[]', '[]')",
           "INSERT INTO outcome_range VALUES (1, 9, 1, 2, 0, 'created', '[]')",
           "UPDATE job SET undoes = 1",  // of no other job
           "INSERT INTO pre_image VALUES (1, 8, 1, 'p1', 0, '', '{}')",
           "INSERT INTO pre_image VALUES (1, 9, 1, '', 0, '', '{}')",
           "INSERT INTO made_record VALUES (1, 9, 1, 'firm', 'f1')",  // of a row without an outcome
           "INSERT INTO callback VALUES (1, 5, 1, 9, '', '', '', 'lost', 0, 0, '')",
       }) {
    EXPECT_FALSE(db->Execute(illegal)) << illegal;
  }
  EXPECT_TRUE(db->Execute("UPDATE progress SET status = 'COMPLETED', finished_at = 1, all_rows_read = 1, updated = 4"));
}

}  // namespace
}  // namespace rowcall::ledger
