#pragma once

#include <cstdint>
#include <string>

#include "base/clock.h"
#include "net/http_server.h"

namespace rowcall::sandbox {

/// The service that it stands in for, as its connector is called.
inline constexpr char kServiceName[] = "intercom";

/// How a sandbox shall behave. The defaults are an ordinary workspace.
struct SandboxOptions {
  net::ServerOptions listen{};
  int rate_limit = 1666;  ///< Requests per window of 10 s; 0 = no limit and no X-RateLimit headers.
  Duration latency{0};  ///< How long each answer takes; the request takes effect half-way.
  int at_once = 0;  ///< Requests on which it works at the same time, each for its latency; others wait. 0 = any number.
  Duration search_lag{0};  ///< How long POST /contacts/search does not see a new contact, or a change.
  Duration late = std::chrono::seconds(1);  ///< A request cut off by the fault "late" takes effect within this time.
  std::uint64_t seed = 1;  ///< Of ids, of request ids and of faults by probability.
  bool company_find_list = true;  ///< GET /companies?name= answers a list, as the official file says; else one object.
  bool email_unique = true;  ///< A user's e-mail is taken for all others; else two may share it.
  std::string fault_file{};  ///< A fault script (faults.h); "" = no faults.
};

}  // namespace rowcall::sandbox
