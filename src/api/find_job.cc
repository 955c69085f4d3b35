#include "api/find_job.h"

#include <charconv>

#include "results/open_rows.h"
#include "wire/time_text.h"

namespace rowcall::api {

std::int64_t ReadId(std::string_view text) {
  std::int64_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  return error == std::errc() && end == text.data() + text.size() && id > 0 ? id : 0;
}

async::Task<Result<model::Job>> FindJob(const Call& call) {
  const auto unknown =
      Fail(ErrorKind::not_found, "There is no such job.", "GET /bulk/jobs lists this instance's jobs.");
  const JobId id{ReadId(call.path.at("id"))};
  if (!id) co_return unknown;
  Result<model::Job> job = co_await call.parts.ledger.GetJob(call.caller.tenant, id);
  if (job ? job->order.instance != call.caller.instance.id : job.error().kind == ErrorKind::not_found) {
    co_return unknown;
  }
  co_return job;
}

async::Task<Result<model::Job>> FindJobWithRows(const Call& call) {
  ASSIGN_OR_CO_RETURN(model::Job job, co_await FindJob(call));
  if (job.purge_begun_at == WallTime{}) co_return job;
  co_return Fail(
      ErrorKind::gone,
      "The rows of job " + std::to_string(job.id.value) + " were purged at " + wire::Iso8601(job.purge_begun_at) + ".",
      "Its counts are in its status. To load the file once more, upload it again.");
}

async::Task<Result<std::optional<wire::Retries>>> RetriesOf(ledger::Ledger& ledger, const model::Job& job) {
  if (!model::IsFinal(job.status)) co_return std::nullopt;
  const JobId root = job.order.retry_root ? job.order.retry_root : job.id;
  ASSIGN_OR_CO_RETURN(const auto jobs, co_await ledger.RetriesUnder(job.order.tenant, root));
  wire::Retries retries;
  retries.open_rows = results::CountOpenRows(job, jobs);
  for (const model::Job& retry : jobs) {
    if (retry.order.retry_of == job.id) (retry.order.undoes ? retries.undos : retries.jobs).push_back(retry.id);
  }
  co_return retries;
}

std::string_view CompletedWord(const model::Instance& instance) {
  const auto set = instance.configuration.find("bulk.status.completed");
  return set == instance.configuration.end() ? model::Name(model::JobStatus::completed) : set->second;
}

}  // namespace rowcall::api
