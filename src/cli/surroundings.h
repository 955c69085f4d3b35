#pragma once

#include <functional>
#include <iosfwd>
#include <optional>
#include <string>

namespace rowcall::cli {

/// The value of an environment variable; nullopt if it is not set.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;

/// What a command sees of the machine, so that tests can give their own. Streams outlive it.
struct Surroundings {
  std::istream& in;
  std::ostream& out;  ///< What was asked for.
  std::ostream& err;  ///< Messages and progress.
  bool in_is_terminal = false;
  bool err_is_terminal = false;
  int columns = 80;    ///< Of the terminal behind `err`.
  bool colour = false;
  Environment environment;
};

/// Those of this process. Colour is off without a terminal, with NO_COLOR set, or with TERM=dumb.
Surroundings OfThisProcess();

}  // namespace rowcall::cli
