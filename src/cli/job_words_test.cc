#include "cli/job_words.h"

#include <gtest/gtest.h>

#include "cli/progress_line.h"
#include "cli/row_estimate.h"

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
  EXPECT_EQ(ProgressLine(status, Pace(), 0, 200).find('\x1b'), std::string::npos);
}

constexpr MonoTime kStart{seconds(1'000)};

TEST(ProgressLineTest, ShowsShareRateAndTheRangeOfTimeLeft) {
  wire::Status status = Finished(6'000, 112, 0);
  status.status = JobStatus::running;
  status.records = 10'000;
  Pace pace;
  pace.See(kStart, 0);
  pace.See(kStart + seconds(40), 4'112);  // slow at first
  pace.See(kStart + seconds(60), 6'112);
  EXPECT_EQ(ProgressLine(status, pace, 0, 100),
            "███████████████░░░░░░░░░  61%  6,112 of 10,000 rows  100/s  38 to 39 s left");
}

TEST(ProgressLineTest, SaysWhyNothingMovesInsteadOfATimeLeft) {
  wire::Status status = Finished(1, 0, 0);
  status.records = 2;
  status.wait_reason = "rate limit";
  EXPECT_EQ(ProgressLine(status, Pace(), 0, 200), "████████████░░░░░░░░░░░░  50%  1 of 2 rows  waits: rate limit");
}

TEST(ProgressLineTest, NoShareIsClaimedBeforeTheWholeFileWasRead) {
  wire::Status status = Finished(1'500, 0, 0);
  status.all_rows_read = false;
  EXPECT_EQ(ProgressLine(status, Pace(), 0, 200), "1,500 rows so far");
}

TEST(ProgressLineTest, UntilThenTheSendersEstimateStandsForIt) {
  wire::Status status = Finished(1'500, 0, 0);
  status.all_rows_read = false;
  EXPECT_EQ(ProgressLine(status, Pace(), 3'000, 200), "████████████░░░░░░░░░░░░  50%  1,500 of about 3,000 rows");
  EXPECT_EQ(ProgressLine(status, Pace(), 1'000, 200), "████████████████████████  100%  1,500 of about 1,500 rows");
}

TEST(ProgressLineTest, NeverWiderThanTheTerminalAndNeverCutInsideACharacter) {
  wire::Status status = Finished(1, 0, 0);
  EXPECT_EQ(ProgressLine(status, Pace(), 0, 3), "███");
  EXPECT_EQ(ProgressLine(status, Pace(), 0, 0), "");
}

TEST(RowEstimateTest, CountsLinesOutsideQuotesWithoutTheHeaderAndBlankLines) {
  RowEstimate estimate;
  EXPECT_EQ(estimate.rows(), 0);
  for (const char* piece : {"a,b\r\n1,\"x\n", "y\"\r\n\r\n", "2,z"}) estimate.See(piece);
  EXPECT_EQ(estimate.rows(), 2);
  estimate.See("\n");
  EXPECT_EQ(estimate.rows(), 2);
}

TEST(PaceTest, TheRecentRateForgetsWhatIsOlderThanHalfAMinute) {
  Pace pace;
  EXPECT_FALSE(pace.Recent().has_value());
  pace.See(kStart, 0);
  EXPECT_FALSE(pace.Recent().has_value());
  pace.See(kStart + seconds(10), 1'000);
  pace.See(kStart + seconds(20), 1'000);
  pace.See(kStart + seconds(40), 1'200);
  EXPECT_DOUBLE_EQ(*pace.Overall(), 30.0);
  EXPECT_NEAR(*pace.Recent(), 200.0 / 30.0, 1e-9);
}

TEST(PaceTest, AStandstillGivesNoTimeLeft) {
  Pace pace;
  pace.See(kStart, 5);
  pace.See(kStart + seconds(10), 5);
  EXPECT_FALSE(pace.Remaining(10).has_value());
}

}  // namespace
}  // namespace rowcall::cli
