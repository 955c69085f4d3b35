#include "cli/program.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <ostream>

#include "base/text.h"
#include "cli/printable.h"

namespace rowcall::cli {

namespace {

constexpr char kAbout[] = "Loads files of records into cloud services and tells, row by row, what became of them.";

std::vector<std::string> CommandNames(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands(nullptr)) names.push_back(command->get_name());
  return names;
}

std::vector<std::string> FlagNames(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

/// The command that was begun, or the program itself.
const CLI::App& Begun(const CLI::App& app) {
  const auto begun = app.get_subcommands();
  return begun.empty() ? app : *begun.front();
}

void SayUsage(const std::string& message, const std::string& guess, const CLI::App& command, std::ostream& err) {
  err << "rowcall: " << PrintableLines(message) << "\n";
  if (!guess.empty()) err << "Did you mean \"" << guess << "\"?\n";
  const std::string name = command.get_name();
  err << "See: rowcall " << (name == "rowcall" ? "" : name + " ") << "--help\n";
}

/// The first flag on the line that the command does not know; "" if that is not what is wrong.
std::string UnknownFlag(const CLI::ParseError& error) {
  if (error.get_exit_code() != static_cast<int>(CLI::ExitCodes::ExtrasError)) return {};
  const std::string text = error.what();
  const std::size_t dashes = text.find("--");
  if (dashes == std::string::npos) return {};
  return text.substr(dashes, text.find_first_of(" =", dashes) - dashes);
}

/// Nothing to run: the usage error or the help was shown.
ExitCode ShowParseEnd(const CLI::App& app, const CLI::ParseError& end, Surroundings& surroundings) {
  if (end.get_exit_code() == 0) {  // --help or --version
    app.exit(end, surroundings.out, surroundings.err);
    return ExitCode::fine;
  }
  const CLI::App& command = Begun(app);
  const std::string flag = UnknownFlag(end);
  const std::string message = flag.empty() ? end.what() : "there is no flag " + flag;
  SayUsage(message, flag.empty() ? "" : Closest(flag, FlagNames(command)), command, surroundings.err);
  return ExitCode::usage;
}

void AddCommands(CLI::App& app, Program& program) {
  AddServe(app, program);
  AddSandbox(app, program);
  AddConnect(app, program);
  AddObjects(app, program);
  AddFields(app, program);
  AddUpload(app, program);
  AddStatus(app, program);
  AddWatch(app, program);
  AddRows(app, program);
  AddResults(app, program);
  AddRetry(app, program);
  AddUndo(app, program);
  AddJobs(app, program);
  AddPause(app, program);
  AddResume(app, program);
  AddCancel(app, program);
  AddPurge(app, program);
  AddKeys(app, program);
}

void SayError(const Error& error, Surroundings& surroundings) {
  surroundings.err << "rowcall: " << PrintableLines(error.message) << "\n";
  if (!error.hint.empty()) surroundings.err << PrintableLines(error.hint) << "\n";
}

}  // namespace

ExitCode RunProgram(const std::vector<std::string>& arguments, Surroundings& surroundings) {
  Program program{surroundings, ExampleWordsFrom(FindConnectorFolder("", surroundings.environment)), {}};
  CLI::App app(kAbout, "rowcall");
  app.set_version_flag("--version", "rowcall " ROWCALL_VERSION);
  AddCommands(app, program);
  if (arguments.empty()) {
    surroundings.out << app.help();
    return ExitCode::usage;
  }
  const std::vector<std::string> names = CommandNames(app);
  if (!arguments.front().starts_with('-') && std::ranges::find(names, arguments.front()) == names.end()) {
    SayUsage("there is no command \"" + arguments.front() + "\"", Closest(arguments.front(), names), app,
             surroundings.err);
    return ExitCode::usage;
  }
  try {
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::ParseError& end) {
    return ShowParseEnd(app, end, surroundings);
  }
  if (!program.run) {
    SayUsage("a command is missing", "", app, surroundings.err);
    return ExitCode::usage;
  }
  const Result<ExitCode> code = program.run();
  if (code.has_value()) return *code;
  SayError(code.error(), surroundings);
  return ExitCodeOf(code.error().kind);
}

}  // namespace rowcall::cli
