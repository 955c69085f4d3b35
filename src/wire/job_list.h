#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_writer.h"
#include "base/result.h"
#include "model/job.h"

namespace rowcall::wire {

/// A job in the list of `GET /bulk/jobs`: {"id":1234,"instanceId":7,"status":…,"job_state":…,"job_direction":"UPLOAD",
/// "object_name":…,"fileFormat":…,"record_count":10,"error_count":0,"createdDate":ms,"completion_time":ms,
/// "notification_url":…,"job_reset_attempt":0}. Here the id is a number, as in Open Connectors.
void WriteListedJob(JsonWriter& json, const model::Job& job, std::string_view completed_word);

struct ListedJob {
  JobId id;
  model::JobStatus status = model::JobStatus::created;
  std::string object;
  std::int64_t records = 0;
  std::int64_t failed = 0;
  WallTime created_at{};
  WallTime finished_at{};  ///< Epoch = not yet.
};

/// Fails with `invalid` if it is not an array of jobs.
Result<std::vector<ListedJob>> ParseJobList(std::string_view json);

}  // namespace rowcall::wire
