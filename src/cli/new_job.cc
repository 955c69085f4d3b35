#include "cli/new_job.h"

#include <ostream>
#include <utility>

#include "cli/follow.h"
#include "wire/status.h"

namespace rowcall::cli {

namespace {

constexpr Duration kLongestUpload = std::chrono::hours(6);

}  // namespace

Result<JobId> SendForJob(Client& client, Call call, UploadBody* body) {
  if (body != nullptr) call.headers.Set("Content-Type", body->content_type());
  call.upload = body;
  call.deadline = kLongestUpload;
  Result<net::HttpAnswer> answer = client.Ask(call);
  if (!answer.has_value()) {
    return Fail(answer.error().kind, answer.error().message,
                "The file may have arrived all the same: rowcall jobs shows whether there is a job.");
  }
  ASSIGN_OR_RETURN(const net::HttpAnswer good, GoodAnswer(*std::move(answer)));
  return FromAnswer(wire::ParseReceipt(good.body));
}

Result<ExitCode> GoOnWith(Client& client, JobId job, const NewJobOptions& options, Surroundings& surroundings) {
  const std::string id = std::to_string(job.value);
  if (!options.no_wait) {
    if (!options.json) surroundings.err << "Job " << id << std::endl;
    return Follow(client, job, {.json = options.json}, surroundings);
  }
  if (options.json) {
    surroundings.out << R"({"id":")" << id << "\"}\n";
  } else {
    surroundings.out << id << "\n";
    surroundings.err << "Next: rowcall watch " << id << "\n";
  }
  return ExitCode::fine;
}

}  // namespace rowcall::cli
