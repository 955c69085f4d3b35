#include <ostream>

#include "base/text.h"
#include "cli/client.h"
#include "cli/command.h"
#include "cli/table.h"
#include "wire/json_object.h"

namespace rowcall::cli {

namespace {

struct FieldsOptions {
  AccessOptions access;
  std::string object;
  bool json = false;
};

Result<ExitCode> RunFields(const FieldsOptions& options, Surroundings& surroundings) {
  ASSIGN_OR_RETURN(Access access, InstanceAccess(options.access, surroundings.environment));
  ASSIGN_OR_RETURN(const auto client, Client::Open(std::move(access)));
  ASSIGN_OR_RETURN(const net::HttpAnswer answer,
                   client->Get("/objects/" + PercentEncode(options.object) + "/metadata"));
  if (options.json) {
    surroundings.out << answer.body << "\n";
    return ExitCode::fine;
  }
  ASSIGN_OR_RETURN(const boost::json::object metadata, FromAnswer(wire::ParseObject(answer.body, "The answer")));
  std::vector<std::vector<std::string>> rows = {{"FIELD", "TYPE", "", "TITLE"}};
  for (const boost::json::object& field : wire::ObjectsOf(metadata, "fields")) {
    const bool required = wire::TruthOf(field, "vendorRequired");
    const bool read_only = wire::TruthOf(field, "vendorReadOnly");
    rows.push_back({wire::TextOf(field, "vendorPath"), wire::TextOf(field, "type"),
                    required    ? "required"
                    : read_only ? "read-only"
                                : "",
                    wire::TextOf(field, "vendorDisplayName")});
  }
  surroundings.out << Table(rows);
  return ExitCode::fine;
}

}  // namespace

void AddFields(CLI::App& root, Program& program) {
  auto options = std::make_shared<FieldsOptions>();  // owners: the command, the run
  CLI::App* command = root.add_subcommand("fields", "List an object's fields, those of your workspace included");
  command->add_option("object", options->object, "The object's name")->required();
  AddInstanceOptions(*command, options->access);
  command->add_flag("--json", options->json, "The server's answer as it stands");
  command->footer(Examples({"rowcall fields " + program.words.object}));
  RunWith(*command, program, options, RunFields);
}

}  // namespace rowcall::cli
