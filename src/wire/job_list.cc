#include "wire/job_list.h"

#include "wire/json_object.h"
#include "wire/time_text.h"

namespace rowcall::wire {

void WriteListedJob(JsonWriter& json, const model::Job& job, std::string_view completed_word) {
  const std::string_view word = job.status == model::JobStatus::completed ? completed_word : model::Name(job.status);
  json.BeginObject();
  json.Key("id").Int(job.id.value);
  json.Key("instanceId").Int(job.order.instance.value);
  json.Key("status").String(word).Key("job_state").String(word);
  json.Key("job_direction").String("UPLOAD");
  json.Key("object_name").String(job.order.object);
  json.Key("fileFormat").String(model::Name(job.order.file.format));
  json.Key("record_count").Int(job.rows_in_file);
  json.Key("error_count").Int(job.counts.Failed());
  json.Key("createdDate").Int(EpochMs(job.created_at));
  if (job.finished_at != WallTime{}) json.Key("completion_time").Int(EpochMs(job.finished_at));
  if (!job.order.callback_url.empty()) json.Key("notification_url").String(job.order.callback_url);
  json.Key("job_reset_attempt").Int(0);
  json.EndObject();
}

Result<std::vector<ListedJob>> ParseJobList(std::string_view json) {
  ASSIGN_OR_RETURN(const auto objects, ParseObjects(json, "The list of jobs"));
  std::vector<ListedJob> jobs;
  for (const boost::json::object& object : objects) {
    const std::string word = TextOf(object, "status");
    const auto status = word == "COMPLETE" ? model::JobStatus::completed : model::JobStatusNamed(word);
    ListedJob job;
    job.id = JobId{NumberOf(object, "id")};
    if (!job.id || !status) return Fail(ErrorKind::invalid, "The list holds a job without id or status.");
    job.status = *status;
    job.object = TextOf(object, "object_name");
    job.records = NumberOf(object, "record_count");
    job.failed = NumberOf(object, "error_count");
    job.created_at = FromEpochMs(NumberOf(object, "createdDate"));
    job.finished_at = FromEpochMs(NumberOf(object, "completion_time"));
    jobs.push_back(std::move(job));
  }
  return jobs;
}

}  // namespace rowcall::wire
