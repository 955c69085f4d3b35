#include "api/router.h"

#include <optional>
#include <vector>

#include "base/text.h"

namespace rowcall::api {

namespace {

using Values = std::map<std::string, std::string, std::less<>>;

constexpr std::string_view kHubs = "/hubs/";

bool IsAtRootToo(std::string_view path) {
  return path == "/healthz" || path == "/readyz" || path == "/metrics" || path == "/openapi.json";
}

/// The path below the base and the hub; nullopt if it is not below the base.
struct Below {
  std::string_view path;
  std::string_view hub;
};
std::optional<Below> BelowBase(std::string_view path) {
  if (IsAtRootToo(path)) return Below{path, {}};
  if (!path.starts_with(kBasePath)) return std::nullopt;
  path.remove_prefix(kBasePath.size());
  if (!path.starts_with('/')) return std::nullopt;
  if (!path.starts_with(kHubs)) return Below{path, {}};
  path.remove_prefix(kHubs.size());
  const std::size_t slash = path.find('/');
  if (slash == std::string_view::npos || slash == 0) return std::nullopt;
  return Below{path.substr(slash), path.substr(0, slash)};
}

std::optional<Values> Fit(std::string_view pattern, const std::vector<std::string_view>& segments) {
  const std::vector<std::string_view> wanted = Split(pattern, '/');
  if (wanted.size() != segments.size()) return std::nullopt;
  Values values;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (wanted[i].starts_with('{')) {
      if (segments[i].empty()) return std::nullopt;
      values[std::string(wanted[i].substr(1, wanted[i].size() - 2))] = segments[i];
    } else if (wanted[i] != segments[i]) {
      return std::nullopt;
    }
  }
  return values;
}

void AddMethod(std::string& allow, std::string_view method) {
  if (allow.find(method) != std::string::npos) return;
  if (!allow.empty()) allow += ", ";
  allow += method;
  if (method == "GET") allow += ", HEAD";
}

}  // namespace

RouteMatch FindRoute(std::string_view method, std::string_view path) {
  RouteMatch match;
  const auto below = BelowBase(path);
  if (!below) return match;
  match.hub = below->hub;
  const std::string_view wanted = method == "HEAD" ? "GET" : method;
  const std::vector<std::string_view> segments = Split(below->path, '/');
  for (const Route& route : AllRoutes()) {
    auto values = Fit(route.pattern, segments);
    if (!values) continue;
    AddMethod(match.allow, route.method);
    if (route.method != wanted || match.route != nullptr) continue;
    match.route = &route;
    match.values = *std::move(values);
  }
  return match;
}

}  // namespace rowcall::api
