#pragma once

#include <string>
#include <string_view>

namespace rowcall {

/// What kind of failure this is. Callers decide by the kind, never by the text.
enum class ErrorKind {
  invalid,          ///< The input is wrong; the same call can never succeed.
  unauthenticated,  ///< Who calls is unknown, or a credential was refused.
  forbidden,        ///< Known, but not allowed (also: refused by the egress guard).
  not_found,        ///< The thing named does not exist, or is not the caller's.
  conflict,         ///< It exists already, or is in a state that does not allow the call.
  gone,             ///< It existed, and was taken away for good.
  too_large,        ///< A limit on size was passed.
  timeout,          ///< A deadline passed.
  unavailable,      ///< A service, a disk or a peer cannot be used now; later it may.
  no_space,         ///< The disk of the data folder is full: nothing was changed; later it may go.
  corrupt,          ///< Stored bytes are not what was written.
  fenced,           ///< The lease behind a write is no longer ours; stop all work for it.
  internal,         ///< A bug of ours, or an answer from a library that should not happen.
};

/// The kind's name as it stands in logs and problem documents, e.g. "not_found".
std::string_view Name(ErrorKind kind);

/// An expected failure, as a value: what went wrong, in a sentence for a person, and what to do about it.
struct Error {
  ErrorKind kind = ErrorKind::internal;
  std::string message;  ///< What and where. Never holds a secret or personal data.
  std::string hint;     ///< What to do; empty where there is nothing to advise.
};

}  // namespace rowcall
