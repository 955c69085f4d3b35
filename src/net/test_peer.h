#pragma once

// For tests only, of this and of higher folders: blocking sockets on loopback, which send exactly what a test says.

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "net/endpoint.h"

namespace rowcall::net {

/// One end of a connection. Reads give up after ten seconds.
class RawSocket {
 public:
  explicit RawSocket(int descriptor) : descriptor_(descriptor) {
    const timeval patience{10, 0};
    setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  }
  RawSocket(RawSocket&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  RawSocket& operator=(RawSocket&&) = delete;
  ~RawSocket() { Close(); }

  static RawSocket ConnectTo(std::uint16_t port) {
    const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    EXPECT_EQ(::connect(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    return RawSocket(descriptor);
  }

  int descriptor() const { return descriptor_; }

  /// Sends all of it, or as much as the peer takes; returns whether that was all.
  bool Send(std::string_view bytes) const {
    while (!bytes.empty()) {
      const ssize_t count = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
  }

  /// "" at the end, on an error and when nothing comes.
  std::string ReadSome() const {
    char bytes[16 * 1024];
    const ssize_t count = ::recv(descriptor_, bytes, sizeof bytes, 0);
    return count <= 0 ? "" : std::string(bytes, static_cast<std::size_t>(count));
  }

  /// Everything up to and with `mark`, and what came along behind it.
  std::string ReadUntil(std::string_view mark) const {
    std::string all;
    while (!all.contains(mark)) {
      const std::string some = ReadSome();
      if (some.empty()) break;
      all += some;
    }
    return all;
  }

  std::string ReadToEnd() const {
    std::string all;
    for (std::string some = ReadSome(); !some.empty(); some = ReadSome()) all += some;
    return all;
  }

  /// After ReadToEnd(): whether that was the end, not just patience running out.
  bool PeerHasEnded() const {
    char byte = 0;
    const ssize_t count = ::recv(descriptor_, &byte, 1, MSG_DONTWAIT);
    return count == 0 || (count < 0 && errno == ECONNRESET);
  }

  void StopSending() const { ::shutdown(descriptor_, SHUT_WR); }
  void Close() {
    if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
  }

 private:
  int descriptor_;
};

/// Listens at an address of this machine, on a free port unless one is given; `script` is run on a thread for the listener
/// and accepts by itself.
class RawServer {
 public:
  explicit RawServer(std::function<void(RawServer&)> script, std::string_view at = "127.0.0.1",
                     std::uint16_t port = 0) {
    const IpBytes ip = ParseIp(at).value();
    if (IsIpv4(ip)) {
      sockaddr_in address{};
      address.sin_family = AF_INET;
      address.sin_port = htons(port);
      std::memcpy(&address.sin_addr, ip.data() + 12, 4);
      Listen(address);
      port_ = ntohs(address.sin_port);
    } else {
      sockaddr_in6 address{};
      address.sin6_family = AF_INET6;
      address.sin6_port = htons(port);
      std::memcpy(&address.sin6_addr, ip.data(), ip.size());
      Listen(address);
      port_ = ntohs(address.sin6_port);
    }
    thread_ = std::thread([this, script = std::move(script)] { script(*this); });
  }
  /// Ends a waiting Accept(), then waits for the script.
  ~RawServer() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }
  RawServer(const RawServer&) = delete;
  RawServer& operator=(const RawServer&) = delete;

  std::uint16_t port() const { return port_; }
  /// The next connection; one with descriptor() < 0 when the test is over.
  RawSocket Accept() const { return RawSocket(::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC)); }

 private:
  template <typename Address>
  void Listen(Address& address) {
    socklen_t size = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    listener_ = ::socket(generic->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    EXPECT_EQ(::bind(listener_, generic, size), 0);
    EXPECT_EQ(::listen(listener_, 16), 0);
    EXPECT_EQ(::getsockname(listener_, generic, &size), 0);
  }

  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

}  // namespace rowcall::net
