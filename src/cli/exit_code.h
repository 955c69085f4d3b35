#pragma once

#include <cstdint>

#include "base/error.h"

namespace rowcall::cli {

/// What the program ends with. Scripts rely on these numbers.
enum class ExitCode : std::uint8_t {
  fine = 0,             ///< Done; of a load: every row is in its place.
  error = 1,            ///< It could not be done, or the job ended without doing it.
  usage = 2,            ///< The command line is wrong, or a setting or a file of settings that it names.
  failed_rows = 3,      ///< The job finished; some rows, or steps of rows, did not get there.
  unresolved_rows = 4,  ///< The job finished; of some rows nobody can tell.
  authentication = 5,   ///< Who calls is unknown or not allowed.
  limit = 6,            ///< A limit or quota was passed.
  paused = 7,           ///< The job is paused: it waits for `rowcall resume`.
  interrupted = 130,    ///< Ctrl-C.
};

/// For a command that ended with this kind of error.
ExitCode ExitCodeOf(ErrorKind kind);

}  // namespace rowcall::cli
