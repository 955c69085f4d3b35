#include <memory>
#include <utility>

#include "cli/command.h"
#include "cli/new_job.h"

namespace rowcall::cli {

namespace {

struct RetryOptions {
  AccessOptions access;
  std::int64_t job = 0;
  std::string file;
  std::string callback;
  bool no_wait = false;
  bool json = false;
};

Result<ExitCode> RunRetry(const RetryOptions& options, Surroundings& surroundings) {
  std::unique_ptr<UploadBody> body;
  if (!options.file.empty()) {
    ASSIGN_OR_RETURN(body, UploadBody::Open(options.file, "{}"));
  }
  ASSIGN_OR_RETURN(Access access, InstanceAccess(options.access, surroundings.environment));
  ASSIGN_OR_RETURN(const auto client, Client::Open(std::move(access)));
  // A refusal is heard for certain only where no long body is in its way.
  RETURN_IF_ERROR(client->Get("/bulk/" + std::to_string(options.job) + "/status"));
  Call call;
  call.method = "POST";
  call.target = "/bulk/" + std::to_string(options.job) + "/retry";
  if (!options.callback.empty()) call.headers.Set("Elements-Async-Callback-Url", options.callback);
  ASSIGN_OR_RETURN(const JobId job, SendForJob(*client, std::move(call), body.get()));
  return GoOnWith(*client, job, {options.no_wait, options.json}, surroundings);
}

}  // namespace

void AddRetry(CLI::App& root, Program& program) {
  auto options = std::make_shared<RetryOptions>();  // owners: the command, the run
  CLI::App* command =
      root.add_subcommand("retry", "Try the rows of a job again that are not in their place, as they were or mended");
  command->add_option("job", options->job, "The job's id; it must have ended")->required();
  command->add_option(
      "file", options->file,
      "A result file of the job that you have mended; - is standard input. Without one, rows that failed, "
      "were cancelled or are incomplete are sent as they were; rejected ones must be mended");
  command->add_option("--callback", options->callback, "Address that is told when the new job ends");
  command->add_flag("--no-wait", options->no_wait, "Print the new job's id and end");
  command->add_flag("--json", options->json, "Every change as one line of JSON");
  AddInstanceOptions(*command, options->access);
  command->footer(Examples({"rowcall results 17 failed.csv --output failed.csv", "rowcall retry 17 failed.csv",
                            "rowcall retry 17"}) +
                  "\n\nNothing is sent if the file has a fault. Ends as rowcall upload does.");
  RunWith(*command, program, options, RunRetry);
}

}  // namespace rowcall::cli
