#include <ostream>

#include "cli/client.h"
#include "cli/command.h"
#include "wire/status.h"

namespace rowcall::cli {

namespace {

struct CancelOptions {
  AccessOptions access;
  std::int64_t job = 0;
  bool json = false;
};

Result<ExitCode> RunCancel(const CancelOptions& options, Surroundings& surroundings) {
  ASSIGN_OR_RETURN(Access access, InstanceAccess(options.access, surroundings.environment));
  ASSIGN_OR_RETURN(const auto client, Client::Open(std::move(access)));
  const std::string id = std::to_string(options.job);
  Call call;
  call.method = "PUT";
  call.target = "/bulk/" + id + "/cancel";
  ASSIGN_OR_RETURN(const net::HttpAnswer answer, client->Send(call));
  if (options.json) {
    surroundings.out << answer.body << "\n";
    return ExitCode::fine;
  }
  ASSIGN_OR_RETURN(const wire::Status status, FromAnswer(wire::ParseStatus(answer.body)));
  surroundings.out << "Job " << id << ": " << model::Name(status.status) << "\n";
  surroundings.err << "Rows on their way are finished; the rest is cancelled. Next: rowcall watch " << id << "\n";
  return ExitCode::fine;
}

}  // namespace

void AddCancel(CLI::App& root, Program& program) {
  auto options = std::make_shared<CancelOptions>();  // owners: the command, the run
  CLI::App* command = root.add_subcommand("cancel", "Stop a job; rows that were sent stay loaded");
  command->add_option("job", options->job, "The job's id")->required();
  AddInstanceOptions(*command, options->access);
  command->add_flag("--json", options->json, "The server's answer as it stands");
  command->footer(Examples({"rowcall cancel 17"}));
  RunWith(*command, program, options, RunCancel);
}

}  // namespace rowcall::cli
