#include "net/egress_guard.h"

#include <ifaddrs.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>

namespace rowcall::net {

namespace {

constexpr std::array<std::uint16_t, 4> kPorts = {80, 443, 8080, 8443};
constexpr const char* kHint = "If this target is meant, start the server with --allow-egress and its network.";
constexpr const char* kPlainHint =
    "Use https. If plain http to this target is meant, start the server with --allow-egress and its network.";

bool IsUnspecified(const IpBytes& address) {
  static const IpBytes kAnyIpv4 = *ParseIp("0.0.0.0");
  return address == IpBytes{} || address == kAnyIpv4;
}

std::vector<Network> NetworksOfThisMachine() {
  std::vector<Network> networks = {*ParseNetwork("127.0.0.0/8"), *ParseNetwork("::1")};
  ifaddrs* list = nullptr;
  if (getifaddrs(&list) != 0) return networks;  // loopback at least is always known
  const std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> owner(list, &freeifaddrs);
  for (const ifaddrs* each = list; each != nullptr; each = each->ifa_next) {
    if (each->ifa_addr == nullptr) continue;
    IpBytes address{};
    if (each->ifa_addr->sa_family == AF_INET6) {
      std::memcpy(address.data(), &reinterpret_cast<const sockaddr_in6*>(each->ifa_addr)->sin6_addr, 16);
    } else if (each->ifa_addr->sa_family == AF_INET) {
      address[10] = address[11] = 0xff;
      std::memcpy(address.data() + 12, &reinterpret_cast<const sockaddr_in*>(each->ifa_addr)->sin_addr, 4);
    } else {
      continue;
    }
    networks.push_back({address, 128});
  }
  return networks;
}

Result<void> CheckSpecialPurpose(const IpBytes& address, const std::vector<IpBytes>& wrapped) {
  const std::string_view special = SpecialPurpose(address);
  if (!special.empty()) return Fail(ErrorKind::forbidden, Text(address) + " is " + std::string(special), kHint);
  for (const IpBytes& inner : wrapped) {
    const std::string_view what = SpecialPurpose(inner);
    if (what.empty()) continue;
    return Fail(ErrorKind::forbidden, Text(address) + " leads to " + Text(inner) + ", which is " + std::string(what),
                kHint);
  }
  return {};
}

}  // namespace

Result<EgressGuard> EgressGuard::Create(const std::vector<std::string>& allowed) {
  EgressGuard guard;
  for (const std::string& text : allowed) {
    const std::optional<Network> network = ParseNetwork(text);
    if (!network) {
      return Fail(ErrorKind::invalid, "\"" + text + "\" is not a network", "Write it like 10.1.0.0/16 or ::1/128.");
    }
    guard.allowed_.push_back(*network);
  }
  return guard;
}

void EgressGuard::RefuseOwn(Endpoint listening) {
  if (!IsUnspecified(listening.address)) {
    own_.push_back({{listening.address, 128}, listening.port});
    return;
  }
  for (const Network& network : NetworksOfThisMachine()) own_.push_back({network, listening.port});
}

bool EgressGuard::IsAllowedByHand(const IpBytes& address) const {
  return std::ranges::any_of(allowed_, [&address](const Network& network) { return network.Contains(address); });
}

// Connecting to an unspecified address reaches this machine.
bool EgressGuard::IsOwn(const Endpoint& target) const {
  return std::ranges::any_of(own_, [&target](const OwnNetwork& own) {
    return own.port == target.port && (own.network.Contains(target.address) || IsUnspecified(target.address));
  });
}

Result<void> EgressGuard::Check(const Endpoint& target, const EgressUse& use) const {
  const std::vector<IpBytes> wrapped = Wrapped(target.address);
  const bool wraps_own =
      std::ranges::any_of(wrapped, [this, &target](const IpBytes& inner) { return IsOwn({inner, target.port}); });
  if (IsOwn(target) || wraps_own) {
    return Fail(ErrorKind::forbidden, Text(target) + " is where this server itself listens");
  }
  if (IsAllowedByHand(target.address)) return {};
  RETURN_IF_ERROR(CheckSpecialPurpose(target.address, wrapped));
  if (std::ranges::find(kPorts, target.port) == kPorts.end()) {
    return Fail(ErrorKind::forbidden, "port " + std::to_string(target.port) + " is not 80, 443, 8080 or 8443", kHint);
  }
  if (use.plain) {
    return Fail(ErrorKind::forbidden, Text(target.address) + " may not be called by plain http", kPlainHint);
  }
  if (use.only_allowed_by_hand) {
    return Fail(ErrorKind::forbidden, Text(target.address) + " is not in a network allowed by hand", kHint);
  }
  return {};
}

}  // namespace rowcall::net
