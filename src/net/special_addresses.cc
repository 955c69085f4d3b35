#include "net/special_addresses.h"

#include <charconv>

namespace rowcall::net {

namespace {

struct Row {
  const char* network;
  std::string_view what;
};

// https://www.iana.org/assignments/iana-ipv4-special-registry and …/iana-ipv6-special-registry, plus multicast. The
// transition forms 64:ff9b::/96, 2002::/16 and 2001::/32 are missing on purpose: Wrapped() opens them.
constexpr Row kRegistry[] = {
    {"0.0.0.0/8", "an address of \"this network\""},
    {"10.0.0.0/8", "a private address"},
    {"100.64.0.0/10", "an address shared by a provider's customers"},
    {"127.0.0.0/8", "a loopback address"},
    {"169.254.0.0/16", "a link-local address"},
    {"172.16.0.0/12", "a private address"},
    {"192.0.0.0/24", "an address for protocol assignments"},
    {"192.0.2.0/24", "a documentation address"},
    {"192.31.196.0/24", "an AS112 address"},
    {"192.52.193.0/24", "an AMT address"},
    {"192.88.99.0/24", "a 6to4 relay address"},
    {"192.168.0.0/16", "a private address"},
    {"192.175.48.0/24", "an AS112 address"},
    {"198.18.0.0/15", "a benchmarking address"},
    {"198.51.100.0/24", "a documentation address"},
    {"203.0.113.0/24", "a documentation address"},
    {"224.0.0.0/4", "a multicast address"},
    {"240.0.0.0/4", "a reserved address"},
    {"::/128", "the unspecified address"},
    {"::1/128", "a loopback address"},
    {"::/96", "an IPv4-compatible address"},
    {"64:ff9b:1::/48", "a local translation address"},
    {"100::/64", "a discard address"},
    {"100:0:0:1::/64", "a dummy address"},
    {"2001:1::/32", "an address for protocol assignments"},
    {"2001:2::/48", "a benchmarking address"},
    {"2001:3::/32", "an AMT address"},
    {"2001:4:112::/48", "an AS112 address"},
    {"2001:10::/28", "an ORCHID"},
    {"2001:20::/28", "an ORCHID"},
    {"2001:30::/28", "a drone identifier"},
    {"2001:db8::/32", "a documentation address"},
    {"2620:4f:8000::/48", "an AS112 address"},
    {"3fff::/20", "a documentation address"},
    {"5f00::/16", "a segment routing identifier"},
    {"fc00::/7", "a private address"},
    {"fe80::/10", "a link-local address"},
    {"fec0::/10", "a site-local address"},
    {"ff00::/8", "a multicast address"},
};

struct SpecialNetwork {
  Network network;
  std::string_view what;
};

const std::vector<SpecialNetwork>& Registry() {
  static const std::vector<SpecialNetwork> registry = [] {
    std::vector<SpecialNetwork> networks;
    for (const Row& row : kRegistry) networks.push_back({*ParseNetwork(row.network), row.what});
    return networks;
  }();
  return registry;
}

const Network kTeredo = *ParseNetwork("2001::/32");
const Network kProtocolAssignments = *ParseNetwork("2001::/23");
const Network kSixToFour = *ParseNetwork("2002::/16");
const Network kNat64 = *ParseNetwork("64:ff9b::/96");
const Network kCompatible = *ParseNetwork("::/96");
const Network kGlobalUnicast = *ParseNetwork("2000::/3");

IpBytes Inner(const IpBytes& address, std::size_t at, unsigned char mask = 0) {
  IpBytes inner{};
  inner[10] = inner[11] = 0xff;
  for (std::size_t i = 0; i < 4; ++i) inner[12 + i] = address[at + i] ^ mask;
  return inner;
}

}  // namespace

bool Network::Contains(const IpBytes& address) const {
  for (int bit = 0; bit < bits; bit += 8) {
    const auto i = static_cast<std::size_t>(bit / 8);
    const int kept = std::min(8, bits - bit);
    const auto mask = static_cast<unsigned char>(0xff00U >> kept);
    if (((prefix[i] ^ address[i]) & mask) != 0) return false;
  }
  return true;
}

std::optional<Network> ParseNetwork(std::string_view text) {
  const std::size_t slash = std::min(text.find('/'), text.size());
  const std::optional<IpBytes> prefix = ParseIp(text.substr(0, slash));
  if (!prefix) return std::nullopt;
  const bool narrow = !text.substr(0, slash).contains(':');
  int bits = narrow ? 32 : 128;
  if (slash < text.size()) {
    const std::string_view number = text.substr(slash + 1);
    const int most = bits;
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), bits);
    if (error != std::errc() || end != number.data() + number.size() || bits < 0 || bits > most) return std::nullopt;
  }
  return Network{*prefix, narrow ? bits + 96 : bits};
}

std::string_view SpecialPurpose(const IpBytes& address) {
  for (const SpecialNetwork& special : Registry()) {
    if (special.network.Contains(address)) return special.what;
  }
  if (IsIpv4(address) || kNat64.Contains(address) || kTeredo.Contains(address)) return "";
  if (kProtocolAssignments.Contains(address)) return "an address for protocol assignments";
  if (!kGlobalUnicast.Contains(address)) return "an address outside the public internet";
  return "";
}

std::vector<IpBytes> Wrapped(const IpBytes& address) {
  if (IsIpv4(address)) return {};
  if (kNat64.Contains(address) || kCompatible.Contains(address)) return {Inner(address, 12)};
  if (kSixToFour.Contains(address)) return {Inner(address, 2)};
  if (kTeredo.Contains(address)) return {Inner(address, 4), Inner(address, 12, 0xff)};
  return {};
}

}  // namespace rowcall::net
