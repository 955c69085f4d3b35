#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace rowcall::cli {

/// "http://127.0.0.1:8080", "https://[::1]:8080"
std::string AddressOf(std::string_view scheme, const std::string& host, std::uint16_t port);

/// Only this machine can reach it: 127.0.0.0/8 or ::1.
bool IsLoopback(const std::string& host);

}  // namespace rowcall::cli
