#include <ostream>

#include "cli/client.h"
#include "cli/command.h"
#include "cli/job_words.h"
#include "cli/printable.h"

namespace rowcall::cli {

namespace {

struct StatusOptions {
  AccessOptions access;
  std::int64_t job = 0;
  bool json = false;
};

Result<ExitCode> RunStatus(const StatusOptions& options, Surroundings& surroundings) {
  ASSIGN_OR_RETURN(Access access, InstanceAccess(options.access, surroundings.environment));
  ASSIGN_OR_RETURN(const auto client, Client::Open(std::move(access)));
  ASSIGN_OR_RETURN(const net::HttpAnswer answer, client->Get("/bulk/" + std::to_string(options.job) + "/status"));
  ASSIGN_OR_RETURN(const wire::Status status, FromAnswer(wire::ParseStatus(answer.body)));
  if (options.json) {
    surroundings.out << answer.body << "\n";
  } else {
    surroundings.out << model::Name(status.status) << "\n";
    if (!status.wait_reason.empty()) surroundings.out << "Waits: " << Printable(status.wait_reason) << "\n";
    surroundings.out << JobReport(status);
    if (const std::string next = NextCommand(status); !next.empty()) surroundings.err << "Next: " << next << "\n";
  }
  return model::IsFinal(status.status) ? ExitCodeOf(status) : ExitCode::fine;
}

}  // namespace

void AddStatus(CLI::App& root, Program& program) {
  auto options = std::make_shared<StatusOptions>();  // owners: the command, the run
  CLI::App* command = root.add_subcommand("status", "Show where a job stands; of an ended one, also by the exit code");
  command->add_option("job", options->job, "The job's id")->required();
  AddInstanceOptions(*command, options->access);
  command->add_flag("--json", options->json, "The server's answer as it stands");
  command->footer(Examples({"rowcall status 17"}));
  RunWith(*command, program, options, RunStatus);
}

}  // namespace rowcall::cli
