#pragma once

#include <cstdint>
#include <string>

namespace rowcall::cli {

/// "http://127.0.0.1:8080", "http://[::1]:8080"
std::string AddressOf(const std::string& host, std::uint16_t port);

/// Only this machine can reach it: 127.0.0.0/8 or ::1.
bool IsLoopback(const std::string& host);

}  // namespace rowcall::cli
