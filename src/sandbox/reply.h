#pragma once

#include <functional>
#include <string>

#include "base/clock.h"
#include "net/headers.h"

namespace rowcall::sandbox {

/// A request as it came, without the connection that it came on.
struct Request {
  std::string method = "GET";
  std::string target;         ///< As received.
  std::string authorization;  ///< The headers that matter; "" = absent.
  std::string version;
  std::string accept;
  std::string body;
  net::Headers headers;  ///< All of them; only of requests to /_sandbox.
};

/// What shall happen on the connection. Nothing has happened there yet.
struct Reply {
  enum class Action {
    answer,        ///< Send the answer.
    cut,           ///< Reset the connection.
    hold,          ///< Stay silent for `wait`, then reset it.
    cut_then_run,  ///< Reset it, and hand the request to Service::RunLate after `wait`.
  };
  Action action = Action::answer;
  Duration wait{0};
  int status = 200;
  net::Headers headers;
  std::string body;
  /// If set, gives the rest of the body piece by piece; "" at the end.
  std::function<std::string()> more;
};

Reply JsonReply(int status, std::string body);

}  // namespace rowcall::sandbox
