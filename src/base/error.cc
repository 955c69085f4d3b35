#include "base/error.h"

#include "base/assert.h"

namespace rowcall {

std::string_view Name(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::invalid: return "invalid";
    case ErrorKind::unauthenticated: return "unauthenticated";
    case ErrorKind::forbidden: return "forbidden";
    case ErrorKind::not_found: return "not_found";
    case ErrorKind::conflict: return "conflict";
    case ErrorKind::gone: return "gone";
    case ErrorKind::too_large: return "too_large";
    case ErrorKind::timeout: return "timeout";
    case ErrorKind::unavailable: return "unavailable";
    case ErrorKind::no_space: return "no_space";
    case ErrorKind::corrupt: return "corrupt";
    case ErrorKind::fenced: return "fenced";
    case ErrorKind::internal: return "internal";
  }
  ROWCALL_ASSERT(false);
  return "internal";
}

}  // namespace rowcall
