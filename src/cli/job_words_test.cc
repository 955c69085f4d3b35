#include "cli/job_words.h"

#include <gtest/gtest.h>

#include "cli/progress_line.h"

namespace rowcall::cli {
namespace {

using model::JobStatus;
using model::OutcomeKind;
using std::chrono::seconds;

wire::Status Finished(std::int64_t created, std::int64_t updated, std::int64_t failed) {
  wire::Status status;
  status.id = JobId{17};
  status.status = JobStatus::completed;
  status.counts[OutcomeKind::created] = created;
  status.counts[OutcomeKind::updated] = updated;
  status.counts[OutcomeKind::failed] = failed;
  status.records = created + updated + failed;
  status.all_rows_read = true;
  return status;
}

TEST(JobWordsTest, NumbersAreGrouped) {
  EXPECT_EQ(WithCommas(0), "0");
  EXPECT_EQ(WithCommas(999), "999");
  EXPECT_EQ(WithCommas(1'000), "1,000");
  EXPECT_EQ(WithCommas(12'345'678), "12,345,678");
  EXPECT_EQ(WithCommas(-123), "-123");
  EXPECT_EQ(WithCommas(-1'234), "-1,234");
}

TEST(JobWordsTest, TheEndIsOneSentence) {
  EXPECT_EQ(OutcomeSentence(Finished(9'812, 140, 48)), "9,812 created, 140 updated, 48 failed; 0 unaccounted");
  wire::Status lost = Finished(2, 0, 0);
  lost.records = 3;
  EXPECT_EQ(OutcomeSentence(lost), "2 created; 1 unaccounted");
}

TEST(JobWordsTest, WhileAJobRunsNoRowIsCalledUnaccounted) {
  wire::Status status = Finished(2, 0, 0);
  status.status = JobStatus::running;
  status.records = 3;
  EXPECT_EQ(OutcomeSentence(status), "2 created; 1 on their way");
}

TEST(JobWordsTest, TheExitCodeTellsWhatBecameOfTheRows) {
  EXPECT_EQ(ExitCodeOf(Finished(10, 2, 0)), ExitCode::fine);
  EXPECT_EQ(ExitCodeOf(Finished(10, 2, 1)), ExitCode::failed_rows);
  wire::Status rejected = Finished(1, 0, 0);
  rejected.counts[OutcomeKind::rejected] = 1;
  EXPECT_EQ(ExitCodeOf(rejected), ExitCode::failed_rows);
  wire::Status incomplete = Finished(1, 0, 0);
  incomplete.counts.incomplete = 1;
  EXPECT_EQ(ExitCodeOf(incomplete), ExitCode::failed_rows);
  wire::Status unresolved = Finished(1, 0, 1);
  unresolved.counts[OutcomeKind::unresolved] = 1;
  EXPECT_EQ(ExitCodeOf(unresolved), ExitCode::unresolved_rows);
  for (const JobStatus ended : {JobStatus::aborted, JobStatus::error, JobStatus::cancelled}) {
    wire::Status status = Finished(1, 0, 0);
    status.status = ended;
    EXPECT_EQ(ExitCodeOf(status), ExitCode::error) << model::Name(ended);
  }
}

TEST(JobWordsTest, TheNextCommandShowsTheRowsThatFailed) {
  EXPECT_EQ(NextCommand(Finished(1, 0, 0)), "");
  EXPECT_EQ(NextCommand(Finished(1, 0, 1)), "rowcall rows 17 --errors");
  wire::Status running = Finished(1, 0, 1);
  running.status = JobStatus::running;
  EXPECT_EQ(NextCommand(running), "rowcall watch 17");
  wire::Status undo = Finished(0, 1, 0);
  undo.undoes = true;
  undo.counts[OutcomeKind::skipped] = 1;
  EXPECT_EQ(NextCommand(undo), "rowcall rows 17 --outcome skipped");
}

TEST(JobWordsTest, OtherJobsOfItsRowsAreNamedAndWhatIsLeftToDo) {
  wire::Status load = Finished(8, 0, 2);
  load.retries = {"19"};
  load.records_to_retry = 1;
  EXPECT_NE(JobReport(load).find("Tried again by job 19: 1 row still to retry.\n"), std::string::npos);
  EXPECT_EQ(NextCommand(load), "rowcall rows 17 --errors");
  load.retries = {"19", "21"};
  load.records_to_retry = 0;
  EXPECT_NE(JobReport(load).find("Tried again by job 19, 21: every row is in its place now.\n"), std::string::npos);
  EXPECT_EQ(NextCommand(load), "");
  load.undone_by = {"23"};
  EXPECT_NE(JobReport(load).find("Tried again by job 19, 21.\nUndone by job 23.\n"), std::string::npos);
  wire::Status follower = Finished(1, 0, 0);
  follower.follows = "17";
  EXPECT_NE(JobReport(follower).find("Retry of job 17.\n"), std::string::npos);
  follower.undoes = true;
  EXPECT_NE(JobReport(follower).find("Undo of job 17.\n"), std::string::npos);
}

TEST(JobWordsTest, AColumnWithoutAPlaceIsSaid) {
  wire::Status status = Finished(1, 0, 0);
  status.columns_not_loaded = {"C_Fax", "C_Shoe"};
  EXPECT_NE(JobReport(status).find("Columns not loaded: C_Fax, C_Shoe\n"), std::string::npos);
}

TEST(JobWordsTest, HowTheFileWasReadIsSaidWhereItMayMatter) {
  wire::Status status = Finished(1, 0, 1);
  status.read_as = "semicolon in 2 of 2 lines; Windows-1252";
  EXPECT_NE(JobReport(status).find("File read as: semicolon in 2 of 2 lines; Windows-1252\n"), std::string::npos);
  status = Finished(1, 0, 0);
  status.read_as = "semicolon in 2 of 2 lines; Windows-1252";
  EXPECT_EQ(JobReport(status).find("File read as"), std::string::npos);
}

TEST(JobWordsTest, WordsOfTheFileAndOfTheServiceCannotDriveTheTerminal) {
  wire::Status status = Finished(1, 0, 0);
  status.columns_not_loaded = {"C_\x1b[2JFax"};
  status.ignored = {"\x1b[1m"};
  status.warnings = {"\x1b[2J"};
  status.error = "\x1b[3J";
  status.wait_reason = "\x1b[4J";
  EXPECT_EQ(JobReport(status).find('\x1b'), std::string::npos) << JobReport(status);
  EXPECT_NE(JobReport(status).find("C_ [2JFax"), std::string::npos) << JobReport(status);
  EXPECT_EQ(ProgressLine(status, 200).find('\x1b'), std::string::npos);
}

TEST(ProgressLineTest, ShowsShareRateAndTheRangeOfTimeLeft) {
  wire::Status status = Finished(6'000, 112, 0);
  status.status = JobStatus::running;
  status.records = 10'000;
  status.rows_per_second = 99.8;
  status.left = {seconds(38), seconds(39)};
  EXPECT_EQ(ProgressLine(status, 100), "███████████████░░░░░░░░░  61%  6,112 of 10,000 rows  100/s  38 to 39 s left");
}

TEST(ProgressLineTest, SaysWhyNothingMovesInsteadOfATimeLeft) {
  wire::Status status = Finished(1, 0, 0);
  status.records = 2;
  status.wait_reason = "rate limit";
  status.left = {seconds(1), seconds(2)};
  EXPECT_EQ(ProgressLine(status, 200), "████████████░░░░░░░░░░░░  50%  1 of 2 rows  waits: rate limit");
}

TEST(ProgressLineTest, NoShareIsClaimedBeforeSomethingIsKnownOfTheWholeFile) {
  wire::Status status = Finished(1'500, 0, 0);
  status.all_rows_read = false;
  EXPECT_EQ(ProgressLine(status, 200), "1,500 rows so far");
  status.records_expected = 3'000;
  EXPECT_EQ(ProgressLine(status, 200), "████████████░░░░░░░░░░░░  50%  1,500 of about 3,000 rows");
}

TEST(ProgressLineTest, NeverWiderThanTheTerminalAndNeverCutInsideACharacter) {
  wire::Status status = Finished(1, 0, 0);
  EXPECT_EQ(ProgressLine(status, 3), "███");
  EXPECT_EQ(ProgressLine(status, 0), "");
}

}  // namespace
}  // namespace rowcall::cli
