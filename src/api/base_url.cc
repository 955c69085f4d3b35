#include "api/base_url.h"

#include <algorithm>

#include "dispatch/lane.h"
#include "net/url.h"

namespace rowcall::api {

namespace {

constexpr Duration kResolveTime = std::chrono::seconds(5);

std::unexpected<Error> NotAllowed(const connector::Connector& connector, const net::Url& url) {
  std::string hosts;
  for (const std::string& host : connector.hosts) hosts += (hosts.empty() ? "" : ", ") + host;
  return Fail(ErrorKind::invalid,
              connector.base_url_setting + " names " + url.Origin() + ", which is neither one of " + connector.title +
                  "'s own addresses (https to " + hosts + ") nor one that this server was allowed to call.",
              "Check the spelling. If that is what you want, start the server with --allow-egress and the network of "
              "that address, for example --allow-egress 127.0.0.1/32.");
}

/// What to call the service by, or why it cannot be used.
Result<net::Url> ReadBaseUrl(const std::string& text) {
  ASSIGN_OR_RETURN(net::Url url, net::ParseUrl(text));
  if (!url.target.contains('?')) return url;
  return Fail(ErrorKind::invalid, "the address has a query", "Leave out the '?' and what follows: paths are added.");
}

}  // namespace

async::Task<Result<void>> CheckBaseUrl(const ApiParts& parts, const connector::Connector& connector,
                                       const model::Instance& instance) {
  const auto set = instance.configuration.find(connector.base_url_setting);
  if (set == instance.configuration.end()) co_return Result<void>();
  const Result<net::Url> url = ReadBaseUrl(set->second);
  if (!url)
    co_return Fail(ErrorKind::invalid, connector.base_url_setting + ": " + url.error().message, url.error().hint);
  if (dispatch::IsOwnHost(connector, *url)) co_return Result<void>();
  const MonoTime deadline = parts.timers.clock().MonotonicNow() + kResolveTime;
  std::string host = url->host;
  const auto addresses = co_await parts.resolver.Resolve(std::move(host), deadline);
  const auto is_allowed = [&](const net::IpBytes& address) { return parts.guard.IsAllowedByHand(address); };
  // An unknown name is answered like one that may not be called: else anyone could ask for the names of our network.
  if (!addresses || !std::ranges::all_of(*addresses, is_allowed)) co_return NotAllowed(connector, *url);
  co_return Result<void>();
}

}  // namespace rowcall::api
