#include "model/estimate.h"

#include <gtest/gtest.h>

namespace rowcall::model {
namespace {

using std::chrono::seconds;

constexpr WallTime kStart{std::chrono::milliseconds(1'767'225'600'000)};

/// 100 s after its start: 5,000 of 10,000 rows are done, 1,500 of them in the last 15 s.
Job Running() {
  Job job;
  job.status = JobStatus::running;
  job.started_at = kStart;
  job.counts[OutcomeKind::created] = 5'000;
  job.paced_from = {kStart + seconds(85), 3'500};
  job.rows_in_file = 10'000;
  job.all_rows_read = true;
  return job;
}

TEST(EstimateTest, TheTimeLeftIsARangeBetweenTheRateOfLateAndThatSinceTheStart) {
  const Estimate estimate = *EstimateOf(Running(), kStart + seconds(100));
  EXPECT_DOUBLE_EQ(estimate.rows_per_second, 100);
  EXPECT_EQ(estimate.rows_expected, 10'000);
  ASSERT_TRUE(estimate.left);
  EXPECT_EQ(estimate.left->first, seconds(50));
  EXPECT_EQ(estimate.left->second, seconds(100));
}

TEST(EstimateTest, UntilTheFileIsReadItsRowsAreToldFromTheBytesThatWereRead) {
  Job job = Running();
  job.all_rows_read = false;
  job.rows_in_file = 6'000;
  job.bytes_read = 60'000;
  job.order.file.size_bytes = 100'000;
  const Estimate estimate = *EstimateOf(job, kStart + seconds(100));
  EXPECT_EQ(estimate.rows_expected, 10'000);
  ASSERT_TRUE(estimate.left);
  EXPECT_LT(estimate.left->first, seconds(50));
  EXPECT_GT(estimate.left->second, seconds(100));
}

TEST(EstimateTest, ACompressedFileTellsNothingBeforeItsEnd) {
  Job job = Running();
  job.all_rows_read = false;
  job.is_compressed = true;
  job.bytes_read = 60'000;
  job.order.file.size_bytes = 10'000;
  const Estimate estimate = *EstimateOf(job, kStart + seconds(100));
  EXPECT_EQ(estimate.rows_expected, 0);
  EXPECT_FALSE(estimate.left);
  EXPECT_DOUBLE_EQ(estimate.rows_per_second, 100);
}

TEST(EstimateTest, WhatStandsStillHasNoEnd) {
  Job job = Running();
  job.paced_from = {kStart + seconds(85), 5'000};
  EXPECT_FALSE(EstimateOf(job, kStart + seconds(100))->left);
}

TEST(EstimateTest, AClockThatWasSetBackPromisesNothing) {
  const Estimate estimate = *EstimateOf(Running(), kStart - seconds(3'600));
  EXPECT_EQ(estimate.rows_per_second, 0);
  EXPECT_FALSE(estimate.left);
}

TEST(EstimateTest, NothingIsEstimatedOfAJobThatDoesNotRun) {
  for (const JobStatus status : {JobStatus::created, JobStatus::completed, JobStatus::cancelled, JobStatus::error}) {
    Job job = Running();
    job.status = status;
    EXPECT_FALSE(EstimateOf(job, kStart + seconds(100))) << Name(status);
  }
  Job paused = Running();
  paused.paused_by = PausedBy::user;
  EXPECT_FALSE(EstimateOf(paused, kStart + seconds(100)));
}

}  // namespace
}  // namespace rowcall::model
