#include <algorithm>
#include <ostream>

#include "base/text.h"
#include "cli/client.h"
#include "cli/command.h"
#include "cli/job_words.h"
#include "cli/table.h"
#include "wire/job_list.h"
#include "wire/time_text.h"

namespace rowcall::cli {

namespace {

struct JobsOptions {
  AccessOptions access;
  std::string where;
  std::int64_t limit = 20;
  bool json = false;
};

Result<ExitCode> RunJobs(const JobsOptions& options, Surroundings& surroundings) {
  ASSIGN_OR_RETURN(Access access, InstanceAccess(options.access, surroundings.environment));
  ASSIGN_OR_RETURN(const auto client, Client::Open(std::move(access)));
  std::string target = "/bulk/jobs?pageSize=" + std::to_string(options.limit);
  if (!options.where.empty()) target += "&where=" + PercentEncode(options.where);
  ASSIGN_OR_RETURN(const net::HttpAnswer answer, client->Get(target));
  if (options.json) {
    surroundings.out << answer.body << "\n";
    return ExitCode::fine;
  }
  ASSIGN_OR_RETURN(const auto jobs, FromAnswer(wire::ParseJobList(answer.body)));
  std::vector<std::vector<std::string>> table = {{"JOB", "STATUS", "OBJECT", "ROWS", "FAILED", "CREATED"}};
  for (const wire::ListedJob& job : jobs) {
    table.push_back({std::to_string(job.id.value), std::string(model::Name(job.status)), job.object,
                     WithCommas(job.records), WithCommas(job.failed), wire::Iso8601(job.created_at)});
  }
  surroundings.out << Table(table);
  return ExitCode::fine;
}

}  // namespace

void AddJobs(CLI::App& root, Program& program) {
  auto options = std::make_shared<JobsOptions>();  // owners: the command, the run
  CLI::App* command = root.add_subcommand("jobs", "List the instance's jobs, the newest first");
  command->add_option("--where", options->where, "Condition over object_name, job_status, job_direction, record_count");
  command->add_option("--limit", options->limit, "At most so many")->check(CLI::Range(1, 1000))->capture_default_str();
  command->add_flag("--json", options->json, "The server's answer as it stands");
  AddInstanceOptions(*command, options->access);
  command->footer(Examples({"rowcall jobs", "rowcall jobs --where \"job_status='RUNNING'\""}));
  RunWith(*command, program, options, RunJobs);
}

}  // namespace rowcall::cli
