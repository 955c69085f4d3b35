#include "api/server.h"

#include <algorithm>

#include "api/answer.h"
#include "api/router.h"
#include "api/sign_in.h"
#include "base/text.h"

namespace rowcall::api {

namespace {

/// Whether one range of an Accept header allows `type`; JSON is allowed by any type that is made of it, too.
bool Allows(std::string_view range, std::string_view type) {
  const std::string wanted = AsciiLower(Trim(range.substr(0, range.find(';'))));
  if (wanted.empty() || wanted == "*/*" || wanted == type) return true;
  if (wanted.ends_with("/*")) return type.starts_with(wanted.substr(0, wanted.size() - 1));
  return type == kJson && wanted.starts_with("application/") && wanted.ends_with("+json");
}

/// Whether an Accept header lets us answer `type`; "" = whatever the path names. Weights are not looked at: we have nothing else to offer.
bool Accepts(const net::Headers& headers, std::string_view type) {
  if (type.empty()) return true;
  const auto accept = headers.Find("Accept");
  if (!accept) return true;
  return std::ranges::any_of(Split(*accept, ','), [type](std::string_view range) { return Allows(range, type); });
}

net::ServerAnswer NoRoute(const Call& call, const RouteMatch& match) {
  if (match.allow.empty()) {
    return ErrorAnswer(call, {ErrorKind::not_found, "There is nothing at " + Quoted(call.request.path) + ".",
                              "/openapi.json lists what there is."});
  }
  net::ServerAnswer answer = RefusalAnswer(call, 405, "method_not_allowed",
                                           "This address does not know the method " + Quoted(call.request.method) + ".",
                                           "It knows " + match.allow + ".");
  answer.headers.Add("Allow", match.allow);
  return answer;
}

net::ServerAnswer NotAcceptable(const Call& call, std::string_view type) {
  return RefusalAnswer(call, 406, "not_acceptable",
                       "This answer is " + std::string(type) + ", which the request's Accept header does not allow.",
                       "Send Accept: " + std::string(type) + ", or no Accept header.");
}

/// A hub in the path must be the instance's own; in a call without an instance, that of any connector.
Result<void> CheckHub(const Call& call) {
  if (call.hub.empty()) return {};
  if (call.caller.connector != nullptr) {
    if (EqualsIgnoringAsciiCase(call.hub, call.connector().hub)) return {};
    return Fail(ErrorKind::not_found, "This instance is not of the hub " + Quoted(call.hub) + ".",
                "Its hub is \"" + call.connector().hub + "\"; the path works without a hub too.");
  }
  for (const auto& [key, known] : call.parts.connectors.all()) {
    if (EqualsIgnoringAsciiCase(call.hub, known.connector->hub)) return {};
  }
  return Fail(ErrorKind::not_found, "No connector is of the hub " + Quoted(call.hub) + ".",
              "Leave /hubs/… out of the path.");
}

async::Task<net::ServerAnswer> Dispatch(Call& call) {
  RouteMatch match = FindRoute(call.request.method, call.request.path);
  call.hub = std::move(match.hub);
  call.path = std::move(match.values);
  if (match.route == nullptr) co_return NoRoute(call, match);
  call.request.route = match.route->pattern;
  if (!Accepts(call.request.headers, match.route->type)) co_return NotAcceptable(call, match.route->type);
  Result<Caller> caller = co_await SignIn(call, match.route->auth);
  if (!caller) co_return ErrorAnswer(call, caller.error());
  call.caller = *std::move(caller);
  call.request.tenant = call.caller.tenant;
  call.request.instance = call.caller.instance.id;
  if (const Result<void> hub = CheckHub(call); !hub) co_return ErrorAnswer(call, hub.error());
  Result<net::ServerAnswer> answer = co_await match.route->handler(call);
  if (!answer) co_return ErrorAnswer(call, answer.error());
  co_return *std::move(answer);
}

}  // namespace

Api::Api(ApiParts parts) : parts_(std::move(parts)) {}

Api::~Api() = default;

async::Task<net::ServerAnswer> Api::Handle(net::ServerRequest& request) {
  Call call{parts_, request, {}, {}, submissions_, known_callers_, {}};
  net::ServerAnswer answer = co_await Dispatch(call);
  answer.headers.Add("X-Request-Id", request.id);
  answer.headers.Add("Elements-Request-Id", request.id);
  answer.headers.Add("Cache-Control", "no-store");
  answer.headers.Add("X-Content-Type-Options", "nosniff");
  answer.headers.Add("Referrer-Policy", "no-referrer");
  answer.headers.Add("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
  answer.headers.Add("Cross-Origin-Resource-Policy", "same-origin");
  co_return answer;
}

std::vector<RouteInfo> Api::Routes() {
  std::vector<RouteInfo> routes;
  for (const Route& route : AllRoutes()) {
    routes.push_back({std::string(route.method), std::string(route.pattern), route.auth});
  }
  return routes;
}

}  // namespace rowcall::api
