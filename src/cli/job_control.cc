#include <ostream>

#include "cli/client.h"
#include "cli/command.h"
#include "wire/status.h"

namespace rowcall::cli {

namespace {

/// A command that asks for one thing of a job that has not ended.
struct Control {
  const char* name;
  const char* summary;
  const char* next;  ///< What is said when it was done; the job's id follows.
};

struct ControlOptions {
  const Control& control;
  AccessOptions access = {};
  std::int64_t job = 0;
  bool json = false;
};

constexpr Control kCancelControl{"cancel", "Stop a job; rows that were sent stay loaded",
                                 "Rows on their way are finished; the rest is cancelled. Next: rowcall watch "};
constexpr Control kPauseControl{"pause", "Begin no further row of a job until it is resumed",
                                "Rows on their way are finished. Go on: rowcall resume "};
constexpr Control kResumeControl{"resume", "Go on with a job that is paused", "Next: rowcall watch "};

Result<ExitCode> RunControl(const ControlOptions& options, Surroundings& surroundings) {
  ASSIGN_OR_RETURN(Access access, InstanceAccess(options.access, surroundings.environment));
  ASSIGN_OR_RETURN(const auto client, Client::Open(std::move(access)));
  const std::string id = std::to_string(options.job);
  Call call;
  call.method = "PUT";
  call.target = "/bulk/" + id + "/" + options.control.name;
  ASSIGN_OR_RETURN(const net::HttpAnswer answer, client->Send(call));
  if (options.json) {
    surroundings.out << answer.body << "\n";
    return ExitCode::fine;
  }
  ASSIGN_OR_RETURN(const wire::Status status, FromAnswer(wire::ParseStatus(answer.body)));
  surroundings.out << "Job " << id << ": " << (status.paused ? "PAUSED" : model::Name(status.status)) << "\n";
  surroundings.err << options.control.next << id << "\n";
  return ExitCode::fine;
}

void AddControl(CLI::App& root, Program& program, const Control& control) {
  auto options = std::make_shared<ControlOptions>(ControlOptions{control});  // owners: the command, the run
  CLI::App* command = root.add_subcommand(control.name, control.summary);
  command->add_option("job", options->job, "The job's id")->required();
  AddInstanceOptions(*command, options->access);
  command->add_flag("--json", options->json, "The server's answer as it stands");
  command->footer(Examples({std::string("rowcall ") + control.name + " 17"}));
  RunWith(*command, program, options, RunControl);
}

}  // namespace

void AddCancel(CLI::App& root, Program& program) { AddControl(root, program, kCancelControl); }
void AddPause(CLI::App& root, Program& program) { AddControl(root, program, kPauseControl); }
void AddResume(CLI::App& root, Program& program) { AddControl(root, program, kResumeControl); }

}  // namespace rowcall::cli
