#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rowcall::net {

/// An IP address as 16 bytes; IPv4 in its mapped form ::ffff:a.b.c.d.
using IpBytes = std::array<unsigned char, 16>;

struct Endpoint {
  IpBytes address{};
  std::uint16_t port = 0;
};

/// Reads "192.0.2.1" or "2001:db8::1" (no brackets, no zone). Nothing but these plain spellings.
std::optional<IpBytes> ParseIp(std::string_view text);
bool IsIpv4(const IpBytes& address);
/// The plain spelling, IPv4 as four numbers.
std::string Text(const IpBytes& address);
/// "192.0.2.1:80", "[2001:db8::1]:80".
std::string Text(const Endpoint& endpoint);

}  // namespace rowcall::net
