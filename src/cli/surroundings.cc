#include "cli/surroundings.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>

namespace rowcall::cli {

namespace {

std::optional<std::string> ReadEnvironment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  if (value == nullptr) return std::nullopt;
  return value;
}

int TerminalColumns() {
  winsize size{};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return size.ws_col;
}

}  // namespace

Surroundings OfThisProcess() {
  const bool err_is_terminal = isatty(STDERR_FILENO) == 1;
  const bool dumb = ReadEnvironment("TERM") == "dumb";
  const bool no_colour = !ReadEnvironment("NO_COLOR").value_or("").empty();
  return {
      .in = std::cin,
      .out = std::cout,
      .err = std::cerr,
      .in_is_terminal = isatty(STDIN_FILENO) == 1,
      .err_is_terminal = err_is_terminal && !dumb,
      .columns = TerminalColumns(),
      .colour = err_is_terminal && !dumb && !no_colour,
      .environment = ReadEnvironment,
  };
}

}  // namespace rowcall::cli
