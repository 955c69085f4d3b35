#include "api/following_job.h"

#include <utility>

#include "api/answer.h"

namespace rowcall::api {

JobId RootOf(const model::Job& job) { return job.order.retry_root ? job.order.retry_root : job.id; }

net::ServerAnswer UnderWayAnswer(const Call& call, const model::Job& other) {
  const std::string id = std::to_string(other.id.value);
  if (other.order.undoes) {
    return RefusalAnswer(call, 409, "undo_under_way", "Rows of this job are being taken back by job " + id + ".",
                         "Wait until it has ended, or cancel it.");
  }
  return RefusalAnswer(call, 409, "retry_under_way", "Rows of this job are being tried again by job " + id + ".",
                       "Wait until it has ended, or cancel it. Then what is still open can be tried again.");
}

std::optional<net::ServerAnswer> RefuseToFollow(const Call& call, const model::Job& job,
                                                const std::vector<model::Job>& followers) {
  if (!model::IsFinal(job.status)) {
    return RefusalAnswer(call, 409, "job_not_ended", "The job has not ended.", "Wait until it has, or cancel it.");
  }
  if (job.plan_json.empty()) {
    return RefusalAnswer(call, 409, "no_rows", "No row of this job's file was read.",
                         "The status says why. Upload the file again once that is mended.");
  }
  for (const model::Job& other : followers) {
    if (!model::IsFinal(other.status)) return UnderWayAnswer(call, other);
  }
  return std::nullopt;
}

model::JobOrder OrderBehind(const model::Job& job, std::string callback_url) {
  model::JobOrder order = job.order;
  order.retry_of = job.id;
  order.retry_root = RootOf(job);
  order.callback_url = std::move(callback_url);
  order.canary_rows = order.stop_after = 0;
  order.ignored_keys.clear();
  order.warnings.clear();
  return order;
}

void Refer(const files::StoredFile& stored, model::FileRef& file) {
  file.key = stored.key;
  file.size_bytes = stored.size_bytes;
  file.sha256 = stored.sha256;
  file.encoding.reset();
}

async::Task<Result<ledger::CreatedJob>> EnterBehind(const Call& call, const model::JobOrder& order, std::size_t known) {
  ledger::Submission submission;
  submission.retries_known = known;
  Result<ledger::CreatedJob> job = co_await call.parts.ledger.CreateJob(order, submission);
  const bool is_in_use = job ? job->is_new : job.error().kind == ErrorKind::unavailable;
  if (!is_in_use) CO_RETURN_IF_ERROR(co_await call.parts.files.Remove(order.file.key));
  if (job && job->is_new) {
    call.parts.metrics.FileStored(order.file.size_bytes);
    call.parts.job_was_created(call.caller.tenant, job->id);
  }
  co_return job;
}

}  // namespace rowcall::api
