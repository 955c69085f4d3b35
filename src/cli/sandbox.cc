#include "sandbox/sandbox.h"

#include <future>
#include <optional>
#include <ostream>

#include "cli/command.h"
#include "cli/duration_text.h"
#include "cli/listen_address.h"
#include "cli/stop_signal.h"

namespace rowcall::cli {

namespace {

struct SandboxCommand {
  std::string service;
  std::string listen = "127.0.0.1:9090";
  std::string latency = "0";
  std::string search_lag = "0";
  std::string company_find = "list";
  std::string email_unique = "yes";
  sandbox::SandboxOptions options;
};

std::string CheckDuration(const std::string& text) {
  const Result<Duration> duration = ParseDuration(text);
  return duration.has_value() ? std::string() : duration.error().message + ". " + duration.error().hint;
}

Result<sandbox::SandboxOptions> OptionsOf(const SandboxCommand& command) {
  sandbox::SandboxOptions options = command.options;
  ASSIGN_OR_RETURN(options.listen, net::ParseListen(command.listen));
  ASSIGN_OR_RETURN(options.latency, ParseDuration(command.latency));
  ASSIGN_OR_RETURN(options.search_lag, ParseDuration(command.search_lag));
  options.company_find_list = command.company_find == "list";
  options.email_unique = command.email_unique == "yes";
  return options;
}

Result<ExitCode> RunSandbox(const SandboxCommand& command, Surroundings& surroundings) {
  ASSIGN_OR_RETURN(const sandbox::SandboxOptions options, OptionsOf(command));
  StopSignal stop;
  const SystemClock clock;
  async::Loop loop;
  async::LoopTimers timers(loop, clock);
  std::optional<sandbox::Sandbox> sandbox(std::in_place, loop, timers, clock, options);
  RETURN_IF_ERROR(sandbox->Start());
  const std::uint16_t port = sandbox->port();
  loop.StartThread("sandbox");
  surroundings.out << "listening on " << AddressOf("http", options.listen.host, port) << std::endl;
  stop.Wait();
  std::promise<void> gone;
  loop.Post([&] {  // what lives on the loop ends on it
    sandbox.reset();
    gone.set_value();
  });
  gone.get_future().wait();
  return ExitCode::fine;
}

}  // namespace

void AddSandbox(CLI::App& root, Program& program) {
  auto options = std::make_shared<SandboxCommand>();  // owners: the command, the run
  CLI::App* command = root.add_subcommand("sandbox", "Run a stand-in for a service, for trial and tests");
  command->add_option("service", options->service, "Which service")
      ->required()
      ->check(CLI::IsMember({std::string(sandbox::kServiceName)}));
  command->add_option("--listen", options->listen, "Address and port; port 0 takes any free one")
      ->capture_default_str();
  command->add_option("--rate-limit", options->options.rate_limit, "Requests per window of 10 s; 0 = no limit")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  command->add_option("--search-lag", options->search_lag, "How long search does not see a new record or a change")
      ->check(CheckDuration)
      ->capture_default_str();
  command->add_option("--latency", options->latency, "How long each answer takes")
      ->check(CheckDuration)
      ->capture_default_str();
  command->add_option("--at-once", options->options.at_once, "Requests worked on at once, others wait; 0 = all")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  command->add_option("--seed", options->options.seed, "Of ids and of faults by chance")->capture_default_str();
  command->add_option("--fault", options->options.fault_file, "File with a script of faults");
  command->add_option("--company-find", options->company_find, "What finding a company by name answers")
      ->check(CLI::IsMember({"list", "one"}))
      ->capture_default_str();
  command->add_option("--email-unique", options->email_unique, "Whether an e-mail is taken for all others")
      ->check(CLI::IsMember({"yes", "no"}))
      ->capture_default_str();
  const std::string service = sandbox::kServiceName;
  command->footer(
      Examples({"rowcall sandbox " + service, "rowcall sandbox " + service + " --rate-limit 100 --latency 50ms"}));
  RunWith(*command, program, options, RunSandbox);
}

}  // namespace rowcall::cli
