#include "net/endpoint.h"

#include <arpa/inet.h>

#include <algorithm>

namespace rowcall::net {

namespace {

constexpr std::array<unsigned char, 12> kMappedPrefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

}  // namespace

std::optional<IpBytes> ParseIp(std::string_view text) {
  const std::string terminated(text);
  IpBytes address{};
  if (inet_pton(AF_INET6, terminated.c_str(), address.data()) == 1) return address;
  std::ranges::copy(kMappedPrefix, address.begin());
  if (inet_pton(AF_INET, terminated.c_str(), address.data() + kMappedPrefix.size()) == 1) return address;
  return std::nullopt;
}

bool IsIpv4(const IpBytes& address) { return std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), address.begin()); }

std::string Text(const IpBytes& address) {
  char text[INET6_ADDRSTRLEN] = "";
  if (IsIpv4(address)) {
    inet_ntop(AF_INET, address.data() + kMappedPrefix.size(), text, sizeof text);
  } else {
    inet_ntop(AF_INET6, address.data(), text, sizeof text);
  }
  return text;
}

std::string Text(const Endpoint& endpoint) {
  const std::string address = Text(endpoint.address);
  const std::string port = std::to_string(endpoint.port);
  return IsIpv4(endpoint.address) ? address + ":" + port : "[" + address + "]:" + port;
}

}  // namespace rowcall::net
