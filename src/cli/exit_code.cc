#include "cli/exit_code.h"

namespace rowcall::cli {

ExitCode ExitCodeOf(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::unauthenticated:
    case ErrorKind::forbidden: return ExitCode::authentication;
    case ErrorKind::too_large: return ExitCode::limit;
    case ErrorKind::invalid: return ExitCode::usage;
    case ErrorKind::not_found:
    case ErrorKind::conflict:
    case ErrorKind::gone:
    case ErrorKind::timeout:
    case ErrorKind::unavailable:
    case ErrorKind::no_space:
    case ErrorKind::corrupt:
    case ErrorKind::fenced:
    case ErrorKind::internal: return ExitCode::error;
  }
  return ExitCode::error;
}

}  // namespace rowcall::cli
