#include <boost/json/parse.hpp>

#include <ostream>

#include "cli/client.h"
#include "cli/command.h"
#include "cli/printable.h"

namespace rowcall::cli {

namespace {

struct ObjectsOptions {
  AccessOptions access;
  bool json = false;
};

Result<ExitCode> RunObjects(const ObjectsOptions& options, Surroundings& surroundings) {
  ASSIGN_OR_RETURN(Access access, InstanceAccess(options.access, surroundings.environment));
  ASSIGN_OR_RETURN(const auto client, Client::Open(std::move(access)));
  ASSIGN_OR_RETURN(const net::HttpAnswer answer, client->Get("/objects"));
  if (options.json) {
    surroundings.out << answer.body << "\n";
    return ExitCode::fine;
  }
  boost::system::error_code error;
  const boost::json::value names = boost::json::parse(answer.body, error);
  if (error || !names.is_array()) return Fail(ErrorKind::unavailable, "the server's answer is not a list of objects");
  for (const boost::json::value& name : names.get_array()) {
    if (name.is_string()) surroundings.out << Printable(name.get_string()) << "\n";
  }
  return ExitCode::fine;
}

}  // namespace

void AddObjects(CLI::App& root, Program& program) {
  auto options = std::make_shared<ObjectsOptions>();  // owners: the command, the run
  CLI::App* command = root.add_subcommand("objects", "List the objects that can be loaded into the instance");
  AddInstanceOptions(*command, options->access);
  command->add_flag("--json", options->json, "The server's answer as it stands");
  command->footer(Examples({"rowcall objects"}));
  RunWith(*command, program, options, RunObjects);
}

}  // namespace rowcall::cli
