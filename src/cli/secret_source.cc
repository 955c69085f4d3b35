#include "cli/secret_source.h"

#include <csignal>
#include <fstream>
#include <istream>
#include <iterator>
#include <ostream>

#include "cli/terminal_echo.h"

namespace rowcall::cli {

namespace {

Secret ReadAll(std::istream& in) {
  std::string text{std::istreambuf_iterator<char>(in), {}};
  while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();
  return Secret(std::move(text));
}

/// Up to the end of the line; what was broken off with Ctrl-C ends with it.
std::string TypedLine(std::istream& in) {
  std::string line;
  for (char c = 0; !line.ends_with(EchoOff::kCtrlC) && in.get(c) && c != '\n';) line += c;
  return line;
}

Secret AskPerson(const std::string& key, Surroundings& surroundings) {
  std::string line;
  {
    const EchoOff echo_off;  // first, so that nothing typed at the prompt is shown
    surroundings.err << key << ": " << std::flush;
    line = TypedLine(surroundings.in);
  }
  surroundings.err << std::endl;  // the person's own was not shown
  if (line.ends_with(EchoOff::kCtrlC)) {
    std::raise(SIGINT);  // as if the terminal had done it
    line.clear();
  }
  return Secret(std::move(line));
}

Result<Secret> ReadFrom(const std::string& key, const std::string& place, Surroundings& surroundings) {
  if (place == "-") return surroundings.in_is_terminal ? AskPerson(key, surroundings) : ReadAll(surroundings.in);
  if (place.starts_with("@")) {
    std::ifstream file(place.substr(1), std::ios::binary);
    if (!file) return Fail(ErrorKind::not_found, place.substr(1) + " cannot be read");
    return ReadAll(file);
  }
  if (place.starts_with("env:")) {
    const auto value = surroundings.environment(place.substr(4));
    if (!value.has_value()) return Fail(ErrorKind::not_found, "the variable " + place.substr(4) + " is not set");
    return Secret(*value);
  }
  return Fail(ErrorKind::invalid, "a secret is not written on the command line, where every process can read it",
              "Say where it stands: KEY=@FILE, KEY=- for standard input, or KEY=env:VARIABLE.");
}

}  // namespace

Result<std::pair<std::string, std::string>> SplitSetting(const std::string& given) {
  const std::size_t equals = given.find('=');
  if (equals == 0 || equals == std::string::npos) {
    return Fail(ErrorKind::invalid, "a setting is written KEY=VALUE", "The values of --set and --secret have a \"=\".");
  }
  return std::pair(given.substr(0, equals), given.substr(equals + 1));
}

Result<std::pair<std::string, Secret>> ReadSecret(const std::string& given, Surroundings& surroundings) {
  ASSIGN_OR_RETURN(const auto setting, SplitSetting(given));
  ASSIGN_OR_RETURN(Secret secret, ReadFrom(setting.first, setting.second, surroundings));
  if (secret.empty()) return Fail(ErrorKind::invalid, "the secret for " + setting.first + " is empty");
  return std::pair(setting.first, std::move(secret));
}

}  // namespace rowcall::cli
