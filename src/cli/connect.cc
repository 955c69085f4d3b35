#include <algorithm>
#include <ostream>

#include "cli/client.h"
#include "cli/command.h"
#include "cli/known_instances.h"
#include "cli/secret_source.h"
#include "wire/instance.h"

namespace rowcall::cli {

namespace {

struct ConnectOptions {
  AccessOptions access;
  std::string connector;
  std::string name;
  std::vector<std::string> settings;
  std::vector<std::string> secrets;
  bool replace = false;
  bool json = false;
};

std::string NameOf(const ConnectOptions& options) { return options.name.empty() ? options.connector : options.name; }

/// Token and webhook secret are shown once, so that there must be a place to keep them, and none may be lost.
Result<void> CheckCanRemember(const ConnectOptions& options, const std::string& path) {
  if (path.empty()) {
    return Fail(ErrorKind::unavailable, "there is no place to keep the instance's token",
                "Set HOME or XDG_CONFIG_HOME to a folder of yours.");
  }
  ASSIGN_OR_RETURN(const auto known, ReadKnownInstances(path));
  const bool is_known = std::ranges::find(known, NameOf(options), &KnownInstance::name) != known.end();
  if (!is_known || options.replace) return {};
  return Fail(ErrorKind::invalid, "an instance is known by the name \"" + NameOf(options) + "\" already",
              "Give the new one another name: --name OTHER. Or forget the old one with its token: --replace.");
}

Result<wire::InstanceOrder> OrderOf(const ConnectOptions& options, Surroundings& surroundings) {
  wire::InstanceOrder order;
  order.connector = options.connector;
  order.name = NameOf(options);
  for (const std::string& given : options.settings) {
    ASSIGN_OR_RETURN(auto setting, SplitSetting(given));
    order.configuration[setting.first] = Secret(std::move(setting.second));
  }
  for (const std::string& given : options.secrets) {
    ASSIGN_OR_RETURN(auto secret, ReadSecret(given, surroundings));
    order.configuration[secret.first] = std::move(secret.second);
  }
  return order;
}

Result<net::HttpAnswer> SendOrder(Client& client, const wire::InstanceOrder& order) {
  const Secret body(wire::InstanceOrderJson(order));
  Call call;
  call.method = "POST";
  call.target = "/instances";
  call.headers.Set("Content-Type", "application/json");
  call.body = body.Reveal();
  return client.Send(call);
}

Result<ExitCode> RunConnect(const ConnectOptions& options, Surroundings& surroundings) {
  const std::string path = KnownInstancesPath(surroundings.environment);
  RETURN_IF_ERROR(CheckCanRemember(options, path));
  ASSIGN_OR_RETURN(const wire::InstanceOrder order, OrderOf(options, surroundings));
  ASSIGN_OR_RETURN(Access access, ServerAccess(options.access, surroundings.environment));
  ASSIGN_OR_RETURN(const auto client, Client::Open(std::move(access)));
  ASSIGN_OR_RETURN(const net::HttpAnswer answer, SendOrder(*client, order));
  if (options.json) surroundings.out << answer.body << std::endl;
  ASSIGN_OR_RETURN(const wire::InstanceView made, FromAnswer(wire::ParseInstance(answer.body)));
  const KnownInstance known{order.name,         options.connector,     client->access().server,
                            made.id.value,      client->access().user, made.token,
                            made.webhook_secret};
  RETURN_IF_ERROR(RememberInstance(path, known));
  if (options.json) return ExitCode::fine;
  surroundings.out << "Connected \"" << order.name << "\", instance " << made.id.value << ".\n";
  surroundings.err << "Its token, and the secret that checks its callbacks, stand in " << path << ".\n"
                   << "Next: rowcall objects\n";
  return ExitCode::fine;
}

}  // namespace

void AddConnect(CLI::App& root, Program& program) {
  auto options = std::make_shared<ConnectOptions>();  // owners: the command, the run
  CLI::App* command = root.add_subcommand("connect", "Make an instance: a connector with credentials");
  command->add_option("connector", options->connector, "The connector's name")->required();
  command->add_option("--name", options->name, "What the instance is called here (default: as the connector)");
  command->add_option("--set", options->settings, "KEY=VALUE, a setting that is no secret; may be repeated")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  command->add_option("--secret", options->secrets, "KEY=@FILE, KEY=- (standard input) or KEY=env:VARIABLE")
      ->type_name("KEY=PLACE")
      ->allow_extra_args(false);
  command->add_flag("--replace", options->replace, "Forget the instance that is known by this name, with its token");
  command->add_flag("--json", options->json, "The server's answer as it stands, with its secrets");
  AddServerOptions(*command, options->access);
  const std::string begin = "rowcall connect " + program.words.connector;
  command->footer(
      Examples({begin + " --credentials DIR/admin.json --secret oauth.user.token=-",
                begin + " --name trial --set base.url=http://127.0.0.1:9090 --secret oauth.user.token=@token"}));
  RunWith(*command, program, options, RunConnect);
}

}  // namespace rowcall::cli
