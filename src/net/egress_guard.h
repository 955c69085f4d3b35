#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "net/endpoint.h"
#include "net/special_addresses.h"

namespace rowcall::net {

/// What a connection is to be used for.
struct EgressUse {
  bool plain = false;  ///< Not encrypted: http.
  bool only_allowed_by_hand = false;  ///< HttpRequest::only_allowed_by_hand.
};

/// Decides, on the resolved address and right before connect(), whether a socket may be opened. The one place where
/// this is decided: strings are never judged, so no spelling of an address gets round it.
///
/// Refused are all special-purpose addresses of IANA's registries (private, loopback, link-local, multicast, reserved,
/// documentation, and the same wrapped in IPv6 transition forms), ports other than 80, 443, 8080, 8443, plain http, and
/// our own listening addresses. An address in a network that the operator allowed by hand is exempt from all rules but
/// the last one. Immutable after set-up; thread-safe.
class EgressGuard {
 public:
  /// `allowed` are networks like "10.1.0.0/16" or "::1/128"; fails with `invalid` naming the one that does not parse.
  static Result<EgressGuard> Create(const std::vector<std::string>& allowed);
  /// Also refuse this address of ours. An any-address (0.0.0.0, ::) stands for every address of this machine at that
  /// port: loopback, and those that its interfaces have now.
  void RefuseOwn(Endpoint listening);
  /// Fails with `forbidden` and says which rule, e.g. "127.0.0.1 is a loopback address".
  Result<void> Check(const Endpoint& target, const EgressUse& use) const;
  /// In a network that the operator allowed by hand.
  bool IsAllowedByHand(const IpBytes& address) const;

 private:
  struct OwnNetwork {
    Network network;
    std::uint16_t port = 0;
  };
  EgressGuard() = default;
  bool IsOwn(const Endpoint& target) const;

  std::vector<Network> allowed_;
  std::vector<OwnNetwork> own_;
};

}  // namespace rowcall::net
