#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

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

std::string Target(const JobsOptions& options, std::int64_t page_size, const std::string& next_page) {
  std::string target = "/bulk/jobs?pageSize=" + std::to_string(page_size);
  if (!options.where.empty()) target += "&where=" + PercentEncode(options.where);
  if (!next_page.empty()) target += "&nextPage=" + PercentEncode(next_page);
  return target;
}

/// One list of all pages up to --limit: the server ends a page early where few of many jobs match.
Result<boost::json::array> ListJobs(const JobsOptions& options, Client& client) {
  boost::json::array jobs;
  std::string next_page;
  do {
    const std::int64_t left = options.limit - static_cast<std::int64_t>(jobs.size());
    ASSIGN_OR_RETURN(const net::HttpAnswer answer, client.Get(Target(options, left, next_page)));
    boost::system::error_code error;
    const boost::json::value page = boost::json::parse(answer.body, error);
    if (error || !page.is_array()) return Fail(ErrorKind::unavailable, "the server's answer is not a list of jobs");
    jobs.insert(jobs.end(), page.get_array().begin(), page.get_array().end());
    next_page = answer.headers.Find("Elements-Next-Page-Token").value_or("");
  } while (!next_page.empty() && static_cast<std::int64_t>(jobs.size()) < options.limit);
  return jobs;
}

Result<ExitCode> RunJobs(const JobsOptions& options, Surroundings& surroundings) {
  ASSIGN_OR_RETURN(Access access, InstanceAccess(options.access, surroundings.environment));
  ASSIGN_OR_RETURN(const auto client, Client::Open(std::move(access)));
  ASSIGN_OR_RETURN(const boost::json::array list, ListJobs(options, *client));
  const std::string json = boost::json::serialize(list);
  if (options.json) {
    surroundings.out << json << "\n";
    return ExitCode::fine;
  }
  ASSIGN_OR_RETURN(const auto jobs, FromAnswer(wire::ParseJobList(json)));
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
  command->add_flag("--json", options->json, "The jobs as one JSON array");
  AddInstanceOptions(*command, options->access);
  command->footer(Examples({"rowcall jobs", "rowcall jobs --where \"job_status='RUNNING'\""}));
  RunWith(*command, program, options, RunJobs);
}

}  // namespace rowcall::cli
