#include "cli/command.h"
#include "cli/follow.h"

namespace rowcall::cli {

namespace {

struct WatchOptions {
  AccessOptions access;
  std::int64_t job = 0;
  bool json = false;
};

Result<ExitCode> RunWatch(const WatchOptions& options, Surroundings& surroundings) {
  ASSIGN_OR_RETURN(Access access, InstanceAccess(options.access, surroundings.environment));
  ASSIGN_OR_RETURN(const auto client, Client::Open(std::move(access)));
  return Follow(*client, JobId{options.job}, {.json = options.json}, surroundings);
}

}  // namespace

void AddWatch(CLI::App& root, Program& program) {
  auto options = std::make_shared<WatchOptions>();  // owners: the command, the run
  CLI::App* command = root.add_subcommand("watch", "Follow a job until it ends or is paused; Ctrl-C leaves it running");
  command->add_option("job", options->job, "The job's id")->required();
  AddInstanceOptions(*command, options->access);
  command->add_flag("--json", options->json, "Every change as one line of JSON");
  command->footer(Examples({"rowcall watch 17", "rowcall watch 17 --json | jq .recordsCount"}));
  RunWith(*command, program, options, RunWatch);
}

}  // namespace rowcall::cli
