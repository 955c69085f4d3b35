#include "wire/status.h"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

#include "wire/job_list.h"
#include "wire/test_json.h"
#include "wire/time_text.h"

namespace rowcall::wire {
namespace {

model::Job FinishedJob() {
  model::Job job{.id = JobId{1234}, .status = model::JobStatus::completed};
  job.order = {.tenant = TenantId{1}, .instance = InstanceId{7}, .object = "contact"};
  job.order.file = {.key = "upload-ab", .name = "sample.csv", .size_bytes = 901, .sha256 = "00ff"};
  job.order.metadata_json = R"({"callback-payload":{"a":1},"path":"x"})";
  job.order.ignored_keys = {"path"};
  job.order.warnings = {"Mind this."};
  job.order.callback_url = "https://example.com/done";
  job.columns_not_loaded = {"C_Shoe"};
  job.read_as = "comma in 10 of 10 lines; UTF-8; header in the first line";
  job.file_warnings = {"Column 3 has no name."};
  job.counts[model::OutcomeKind::created] = 8;
  job.counts[model::OutcomeKind::rejected] = 2;
  job.counts.incomplete = 1;
  job.counts.warnings = 3;
  job.rows_in_file = 10;
  job.all_rows_read = true;
  job.revision = 5;
  job.created_at = FromEpochMs(1'767'225'600'000);
  job.started_at = FromEpochMs(1'767'225'601'000);
  job.finished_at = FromEpochMs(1'767'225'602'500);
  return job;
}

TEST(StatusTest, AClientReadsBackWhatTheServerWrote) {
  const model::Job job = FinishedJob();
  const auto status = ParseStatus(StatusJson(job, job.finished_at, "COMPLETED"));
  ASSERT_TRUE(status) << status.error().message;
  EXPECT_EQ(status->id, job.id);
  EXPECT_EQ(status->instance, job.order.instance);
  EXPECT_EQ(status->status, job.status);
  EXPECT_EQ(status->object, "contact");
  EXPECT_EQ(status->counts, job.counts);
  EXPECT_EQ(status->records, 10);
  EXPECT_TRUE(status->all_rows_read);
  EXPECT_EQ(status->file_size_bytes, 901);
  EXPECT_EQ(status->sha256, "00ff");
  EXPECT_EQ(status->message, "10 rows: 8 created, 2 rejected, 1 of them incomplete.");
  EXPECT_EQ(status->columns_not_loaded, job.columns_not_loaded);
  EXPECT_EQ(status->ignored, job.order.ignored_keys);
  EXPECT_EQ(status->read_as, job.read_as);
  EXPECT_EQ(status->warnings, (std::vector<std::string>{"Mind this.", "Column 3 has no name."}));
  EXPECT_EQ(status->created_at, job.created_at);
  EXPECT_EQ(status->finished_at, job.finished_at);
}

TEST(StatusTest, AllThreeGenerationsStandInOneObject) {
  const auto status = ParseObject(StatusJson(FinishedJob(), {}, "COMPLETED", "req-1"));
  EXPECT_EQ(status.at("id"), "1234");
  EXPECT_EQ(status.at("status"), "COMPLETED");
  EXPECT_EQ(status.at("numOfLeadsProcessed"), 10);
  EXPECT_EQ(status.at("numOfRowsFailed"), 2);
  EXPECT_EQ(status.at("numOfRowsWithWarning"), 3);
  EXPECT_EQ(status.at("recordsCount"), 10);
  EXPECT_EQ(status.at("recordsFailedCount"), 2);
  EXPECT_EQ(status.at("object_name"), "contact");
  EXPECT_EQ(status.at("job_direction"), "UPLOAD");
  EXPECT_EQ(status.at("fileFormat"), "csv");
  EXPECT_EQ(status.at("bulk_finish_time"), "2026-01-01T00:00:02.500Z");
  EXPECT_EQ(status.at("recordCount"), 10);
  EXPECT_EQ(status.at("errorCount"), 2);
  EXPECT_EQ(status.at("jobStatus"), "COMPLETED");
  EXPECT_EQ(status.at("completionTime"), 1'767'225'602'500);
  EXPECT_EQ(status.at("notificationUrl"), "https://example.com/done");
  EXPECT_EQ(status.at("native"), false);
  EXPECT_EQ(status.at("requestId"), "req-1");
  EXPECT_EQ(status.at("metadata"), status.at("metaData"));
  EXPECT_FALSE(status.contains("error"));
}

TEST(StatusTest, AFileWithoutRowsIsSaidToHaveNone) {
  model::Job job{.id = JobId{1}, .status = model::JobStatus::completed};
  EXPECT_EQ(StatusSentence(job), "0 rows: the file has a header, but no row below it.");
  job.order.file.format = model::FileFormat::json;
  EXPECT_EQ(StatusSentence(job), "0 rows: the file has no records.");
}

TEST(StatusTest, ARunningJobTellsItsRateAndWhatIsLeftAndItsCountsAddUp) {
  model::Job job = FinishedJob();
  job.status = model::JobStatus::running;
  job.finished_at = {};
  job.rows_in_file = 100;
  job.paced_from = {job.started_at, 0};
  const WallTime now = job.started_at + std::chrono::seconds(4);
  const auto status = ParseStatus(StatusJson(job, now, "COMPLETED"));
  ASSERT_TRUE(status) << status.error().message;
  EXPECT_DOUBLE_EQ(status->rows_per_second, 2.5);
  EXPECT_EQ(status->records_expected, 100);
  EXPECT_EQ(status->left, std::pair(std::chrono::seconds(36), std::chrono::seconds(36)));
  EXPECT_EQ(ParseObject(StatusJson(job, now, "COMPLETED")).at("recordsOpen"), 90);
  EXPECT_FALSE(ParseObject(StatusJson(FinishedJob(), now, "COMPLETED")).contains("rowsPerSecond"));
}

TEST(StatusTest, AnUnfinishedJobHasNoFinishTimeAndSaysWhyItWaits) {
  model::Job job = FinishedJob();
  job.status = model::JobStatus::running;
  job.finished_at = {};
  job.wait_reason = "rate limit until 14:03:20";
  const auto status = ParseObject(StatusJson(job, job.finished_at, "COMPLETED"));
  EXPECT_FALSE(status.contains("bulk_finish_time"));
  EXPECT_FALSE(status.contains("completionTime"));
  EXPECT_EQ(status.at("waitReason"), "rate limit until 14:03:20");
  EXPECT_EQ(status.at("message"), "10 of 10 rows done. Waiting: rate limit until 14:03:20");
}

TEST(StatusTest, JobsThatHaveToDoWithItsRowsAreNamed) {
  Retries retries;
  retries.jobs = {JobId{19}, JobId{21}};
  retries.undos = {JobId{23}};
  retries.open_rows = 1;
  model::Job job = FinishedJob();
  const auto loaded = ParseStatus(StatusJson(job, job.finished_at, "COMPLETED", {}, &retries));
  EXPECT_EQ(loaded->follows, "");
  EXPECT_EQ(loaded->retries, (std::vector<std::string>{"19", "21"}));
  EXPECT_EQ(loaded->undone_by, std::vector<std::string>{"23"});
  EXPECT_EQ(loaded->records_to_retry, 1);
  job.order.retry_of = JobId{17};
  EXPECT_EQ(ParseStatus(StatusJson(job, job.finished_at, "COMPLETED"))->follows, "17");
  job.order.undoes = true;
  EXPECT_EQ(ParseStatus(StatusJson(job, job.finished_at, "COMPLETED"))->follows, "17");
}

TEST(StatusTest, AFailedJobTellsItsError) {
  model::Job job = FinishedJob();
  job.status = model::JobStatus::aborted;
  job.error = "The file has no header.";
  const auto status = ParseObject(StatusJson(job, job.finished_at, "COMPLETED"));
  EXPECT_EQ(status.at("status"), "ABORTED");
  EXPECT_EQ(status.at("error"), "The file has no header.");
}

TEST(StatusTest, AClientWrittenToThePageReadsComplete) {
  const std::string json = StatusJson(FinishedJob(), {}, "COMPLETE");
  EXPECT_EQ(ParseObject(json).at("status"), "COMPLETE");
  EXPECT_EQ(ParseStatus(json)->status, model::JobStatus::completed);
}

TEST(StatusTest, TheCallbackEchoesThePayload) {
  const auto callback = ParseObject(CallbackJson(FinishedJob(), "COMPLETED"));
  EXPECT_EQ(callback.at("callback-payload"), boost::json::parse(R"({"a":1})"));
  EXPECT_EQ(callback.at("recordsCount"), 10);
  EXPECT_FALSE(callback.contains("requestId"));
}

TEST(StatusTest, WhatIsNoStatusIsRefused) {
  EXPECT_FALSE(ParseStatus("[]"));
  EXPECT_FALSE(ParseStatus(R"({"id":"x","status":"RUNNING"})"));
  EXPECT_FALSE(ParseStatus(R"({"id":"1","status":"WALKING"})"));
  EXPECT_FALSE(ParseStatus(R"({"id":"1","status":"RUNNING"} extra)"));
}

TEST(StatusTest, TheReceiptHasExactlyThreeMembers) {
  EXPECT_EQ(ReceiptJson(JobId{1234}, InstanceId{7}), R"({"id":"1234","instanceId":7,"status":"CREATED"})");
  EXPECT_EQ(ParseReceipt(ReceiptJson(JobId{1234}, InstanceId{7})), JobId{1234});
}

TEST(JobListTest, AListedJobHasANumberForItsIdAndReadsBack) {
  std::string out;
  JsonWriter json(out);
  json.BeginArray();
  WriteListedJob(json, FinishedJob(), "COMPLETED");
  json.EndArray();
  EXPECT_EQ(boost::json::parse(out).at(0).at("id"), 1234);
  const auto jobs = ParseJobList(out);
  ASSERT_TRUE(jobs);
  ASSERT_EQ(jobs->size(), 1u);
  EXPECT_EQ(jobs->front().id, JobId{1234});
  EXPECT_EQ(jobs->front().failed, 2);
  EXPECT_EQ(jobs->front().finished_at, FinishedJob().finished_at);
}

}  // namespace
}  // namespace rowcall::wire
