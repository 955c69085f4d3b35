#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sandbox/reply.h"
#include "sandbox/routes.h"
#include "sandbox/state.h"
#include "sandbox/target.h"

namespace rowcall::sandbox {

/// The whole stand-in without its sockets: a request in, a reply out. Answers Intercom's API as an application with
/// the right token sees it, and /_sandbox (truth.h). Single-threaded, never blocks, sleeps nowhere.
class Service {
 public:
  /// `clock` must outlive the service.
  Service(const Clock& clock, const SandboxOptions& options, std::vector<FaultRule> script);

  Reply Handle(const Request& request);
  /// Lets a request take effect of which nobody hears the answer.
  void RunLate(const Request& request);

 private:
  Reply HandleApi(const Request& request, const Target& target, const std::optional<RouteMatch>& match);
  OrRefusal<Answer> Run(const Request& request, const Target& target, const RouteMatch& match, std::string_view fault);
  OrRefusal<Answer> CallEndpoint(const Request& request, const Target& target, const RouteMatch& match,
                                 std::string& key);

  State state_;
};

}  // namespace rowcall::sandbox
