#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sandbox/call.h"

namespace rowcall::sandbox {

/// One operation that the sandbox knows.
struct Route {
  std::string_view method;
  std::string_view pattern;  ///< "/contacts/{id}/companies"
  Endpoint endpoint;
  /// How it is named in counts, logs and fault rules: "POST /contacts/{id}/companies".
  std::string Operation() const;
  bool IsRead() const { return method == "GET" || pattern.ends_with("/search") || pattern.ends_with("/list"); }
};

std::span<const Route> Routes();

struct RouteMatch {
  const Route* route;
  std::size_t index;                  ///< In Routes().
  std::vector<std::string_view> ids;  ///< What stands where the pattern has braces; views into `segments`.
};

/// None if no operation has this path and method: Intercom answers 404 to both.
std::optional<RouteMatch> FindRoute(std::string_view method, const std::vector<std::string>& segments);

}  // namespace rowcall::sandbox
