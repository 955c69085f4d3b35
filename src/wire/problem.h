#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/result.h"

namespace rowcall::wire {

/// One place of a request body that is wrong.
struct Fault {
  std::string pointer;  ///< JSON pointer (RFC 6901); "" = the body as a whole.
  std::string message;
};

using Faults = std::vector<Fault>;

/// What a request body says, or all that is wrong with it.
template <typename T>
using Checked = std::expected<T, Faults>;

/// Why a call failed: application/problem+json (RFC 9457), which carries `requestId`, `message` and `providerMessage`
/// too, where Open Connectors' clients look.
struct Problem {
  int status = 500;
  std::string code;              ///< A stable word; `type` is "urn:rowcall:problem:" and this.
  std::string detail;            ///< The sentence; also `message`.
  std::string hint;              ///< What to do; left out if empty.
  std::string provider_message;  ///< The service's own words; left out if empty.
  std::string request_id;
  Faults faults;                 ///< `errors`: [{"pointer":…,"detail":…}]; left out if empty.
};

std::string ProblemJson(const Problem& problem);
/// Lenient: a body that is no problem document becomes one that quotes it, so that a client always has something to
/// show. `status` is the answer's.
Problem ParseProblem(int status, std::string_view body);

/// A problem as an Error, for a client: the kind by the status.
Error ToError(const Problem& problem);

}  // namespace rowcall::wire
