#include <ostream>

#include "cli/client.h"
#include "cli/command.h"
#include "cli/interrupt.h"
#include "wire/status.h"

namespace rowcall::cli {

namespace {

constexpr Duration kBetweenLooks = std::chrono::milliseconds(500);

struct PurgeOptions {
  AccessOptions access;
  std::int64_t job = 0;
  bool json = false;
};

/// Asks until the rows are gone; nullopt if Ctrl-C was pressed before.
Result<std::optional<net::HttpAnswer>> AskUntilGone(Client& client, const std::string& target) {
  InterruptWatch interrupt;
  Call call;
  call.method = "DELETE";
  call.target = target;
  for (;;) {
    ASSIGN_OR_RETURN(net::HttpAnswer answer, client.Send(call));
    ASSIGN_OR_RETURN(const wire::Status status, FromAnswer(wire::ParseStatus(answer.body)));
    if (status.rows_purged) return answer;
    if (interrupt.Wait(kBetweenLooks)) return std::nullopt;
  }
}

Result<ExitCode> RunPurge(const PurgeOptions& options, Surroundings& surroundings) {
  ASSIGN_OR_RETURN(Access access, InstanceAccess(options.access, surroundings.environment));
  ASSIGN_OR_RETURN(const auto client, Client::Open(std::move(access)));
  const std::string id = std::to_string(options.job);
  ASSIGN_OR_RETURN(const auto answer, AskUntilGone(*client, "/bulk/" + id + "/rows"));
  if (!answer) {
    surroundings.err << "The purge goes on. See how far: rowcall status " << id << "\n";
    return ExitCode::error;
  }
  if (options.json) {
    surroundings.out << answer->body << "\n";
  } else {
    surroundings.out << "Job " << id << ": its rows and its file are purged; its counts stay.\n";
  }
  return ExitCode::fine;
}

}  // namespace

void AddPurge(CLI::App& root, Program& program) {
  auto options = std::make_shared<PurgeOptions>();  // owners: the command, the run
  CLI::App* command = root.add_subcommand("purge", "Take away the rows and the file of a job that has ended, for good");
  command->add_option("job", options->job, "The job's id")->required();
  AddInstanceOptions(*command, options->access);
  command->add_flag("--json", options->json, "The server's answer as it stands");
  command->footer(Examples({"rowcall purge 17"}) +
                  "\n\nIt ends when nothing of them is left on the server's disk. The job's counts stay. What was\n"
                  "loaded into the service stays there.");
  RunWith(*command, program, options, RunPurge);
}

}  // namespace rowcall::cli
