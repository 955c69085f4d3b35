#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "net/endpoint.h"

namespace rowcall::net {

/// Addresses whose first `bits` bits are those of `prefix`.
struct Network {
  IpBytes prefix{};
  int bits = 0;

  bool Contains(const IpBytes& address) const;
};

/// Reads "10.1.0.0/16" or "2001:db8::/32"; a lone address is a network of one.
std::optional<Network> ParseNetwork(std::string_view text);

/// Why this address is none of the public internet's ("a loopback address"), by IANA's special-purpose registries and
/// the space not yet given out; "" if it is an ordinary public address. Looks at the address as it stands.
std::string_view SpecialPurpose(const IpBytes& address);

/// The IPv4 addresses that this IPv6 address carries inside: of NAT64, 6to4, Teredo, IPv4-compatible.
std::vector<IpBytes> Wrapped(const IpBytes& address);

}  // namespace rowcall::net
