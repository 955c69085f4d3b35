#include "cli/listen_address.h"

namespace rowcall::cli {

std::string AddressOf(std::string_view scheme, const std::string& host, std::uint16_t port) {
  const bool bracketed = host.find(':') != std::string::npos;
  return std::string(scheme) + "://" + (bracketed ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

bool IsLoopback(const std::string& host) { return host == "::1" || host.starts_with("127."); }

}  // namespace rowcall::cli
