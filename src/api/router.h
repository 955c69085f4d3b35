#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>

#include "api/call.h"

namespace rowcall::api {

/// Answers a call whose caller is known. An Error becomes a problem document.
using RouteHandler = async::Task<Result<net::ServerAnswer>> (*)(Call&);

inline constexpr std::string_view kJson = "application/json";

struct Route {
  std::string_view method;
  std::string_view pattern;  ///< Below the base path; a segment in braces takes any one segment.
  Auth auth;
  RouteHandler handler;
  std::string_view type = kJson;  ///< Of a good answer; "" = the path says which.
};

/// The whole interface. Where several patterns fit a path, the first counts.
std::span<const Route> AllRoutes();

struct RouteMatch {
  const Route* route = nullptr;  ///< Null: no route has this path, or none has this method.
  std::string allow;             ///< The methods that the path has, "GET, HEAD"; "" = there is no such path.
  std::string hub;               ///< The {hub} of the path; "" = none.
  std::map<std::string, std::string, std::less<>> values;
};

/// `path` is decoded. Paths without base are served too where a probe expects them: /healthz, /metrics, /openapi.json.
RouteMatch FindRoute(std::string_view method, std::string_view path);

}  // namespace rowcall::api
