#include <cstdlib>
#include <ostream>

#include "base/log.h"
#include "cli/command.h"
#include "cli/house.h"
#include "cli/listen_address.h"
#include "cli/stop_signal.h"

namespace rowcall::cli {

namespace {

struct ServeOptions {
  GivenSettings flags;
  std::string config;
  bool print_config = false;
};

LogLevel LevelNamed(const std::string& name) {
  if (name == "debug") return LogLevel::debug;
  if (name == "warning") return LogLevel::warning;
  if (name == "error") return LogLevel::error;
  return LogLevel::info;
}

Result<ServeSettings> SettingsOf(const ServeOptions& options, const Environment& environment) {
  GivenSettings file;
  const std::string path = options.config.empty() ? environment("ROWCALL_CONFIG").value_or("") : options.config;
  if (!path.empty()) {
    ASSIGN_OR_RETURN(file, ReadSettingsFile(path));
  }
  return ResolveServeSettings(options.flags, environment, file);
}

Result<void> CheckTls(const ServeSettings& settings) {
  if (settings.tls_certificate.empty() == settings.tls_key.empty()) return {};
  const bool has_key = settings.tls_certificate.empty();
  return Fail(
      ErrorKind::invalid,
      std::string("TLS needs a certificate and its key, and the ") + (has_key ? "certificate" : "key") + " is missing",
      std::string("Name it: ") + (has_key ? "--tls-certificate" : "--tls-key") + " FILE");
}

/// Secrets travel in every call, so that without TLS no other machine may listen in.
Result<void> CheckListen(const ServeSettings& settings) {
  ASSIGN_OR_RETURN(const net::ServerOptions listen, net::ParseListen(settings.listen));
  if (IsLoopback(listen.host) || !settings.tls_certificate.empty() || settings.listen_anyway_without_tls) return {};
  return Fail(ErrorKind::invalid,
              listen.host + " can be reached from other machines, and without TLS they could read along",
              "Give --tls-certificate and --tls-key, or listen at 127.0.0.1 behind a proxy that speaks TLS, or say "
              "--listen-anyway-without-tls.");
}

Result<void> Check(const ServeSettings& settings) {
  if (settings.data.empty()) {
    return Fail(ErrorKind::invalid, "no folder for the server's data", "Name one: --data DIR");
  }
  RETURN_IF_ERROR(CheckTls(settings));
  return CheckListen(settings);
}

Result<ExitCode> RunServe(const ServeOptions& options, Surroundings& surroundings) {
  ASSIGN_OR_RETURN(ServeSettings settings, SettingsOf(options, surroundings.environment));
  settings.connectors = FindConnectorFolder(settings.connectors, surroundings.environment);
  if (options.print_config) {
    surroundings.out << ToYaml(settings);
    return ExitCode::fine;
  }
  RETURN_IF_ERROR(Check(settings));
  SetLogLevel(LevelNamed(settings.log_level));
  StopSignal stop;
  ASSIGN_OR_RETURN(const auto house, House::Build(settings, settings.connectors));
  RETURN_IF_ERROR(house->Run());
  surroundings.out << "listening on " << house->address() << std::endl;
  Log(LogLevel::info, "listening", {{"address", house->address()}, {"version", ROWCALL_VERSION}});
  stop.Wait();
  Log(LogLevel::info, "stopping", {{"note", "What is in flight is finished first. Once more stops at once."}});
  house->Close();
  Log(LogLevel::info, "stopped");
  // All that matters is durable. What still waits on the loops would only be torn down.
  surroundings.out.flush();
  std::quick_exit(static_cast<int>(ExitCode::fine));
}

}  // namespace

void AddServe(CLI::App& root, Program& program) {
  auto options = std::make_shared<ServeOptions>();  // owners: the command, the run
  CLI::App* command = root.add_subcommand("serve", "Run the server");
  const auto setting = [&](const std::string& name, const std::string& type, const std::string& about) {
    const auto give = [options, name](const std::string& value) { options->flags[name].push_back(value); };
    command->add_option_function<std::string>("--" + name, give, about)->type_name(type)->trigger_on_parse();
  };
  setting("data", "DIR", "Folder of all state; made if there is none");
  setting("listen", "ADDRESS:PORT", "Where to listen (default 127.0.0.1:8080); port 0 takes any free one");
  setting("tls-certificate", "FILE", "PEM: own certificate, then those that lead to its authority");
  setting("tls-key", "FILE", "PEM: the certificate's private key, readable by its owner alone");
  setting("max-upload-size", "SIZE", "Longest request that is taken (default 100GiB)");
  setting("allow-egress", "CIDR", "Private network that may be called; may be repeated");
  setting("connectors", "DIR", "Folder of connectors (default: the installed ones)");
  setting("keep-rows", "TIME", "Purge rows and file of a job so long behind its end (default 7d), or forever");
  setting("keep-counts", "TIME", "Forget the job and its counts so long behind its end (default 90d), or forever");
  setting("log-level", "LEVEL", "debug, info, warning or error");
  const auto anyway = [options](std::int64_t) { options->flags["listen-anyway-without-tls"] = {"true"}; };
  command->add_flag_function("--listen-anyway-without-tls", anyway, "Listen where other machines can read along");
  command->add_option("--config", options->config, "YAML file with these settings (ROWCALL_CONFIG)")->type_name("FILE");
  command->add_flag("--print-config", options->print_config, "Print the settings, each with where it came from");
  command->footer(
      Examples({"rowcall serve --data ./data", "rowcall serve --data ./data --allow-egress 127.0.0.0/8",
                "rowcall serve --data ./data --listen 0.0.0.0:8443 --tls-certificate fullchain.pem "
                "--tls-key key.pem"}) +
      "\n\nA setting is taken from its flag, else from the environment (ROWCALL_DATA, ROWCALL_LISTEN, …),\n"
      "else from the file. The first start writes user and organization to DIR/admin.json.\n"
      "A renewed certificate is read at the next start. SIGTERM stops: no row is lost, jobs go on after it.");
  RunWith(*command, program, options, RunServe);
}

}  // namespace rowcall::cli
