#pragma once

#include <openssl/types.h>

#include <memory>
#include <string>

#include "net/stream.h"

namespace rowcall::net {

/// What all TLS connections of a client share: whom to trust, TLS 1.2 or later, and verification, always on.
class TlsContext {
 public:
  /// `ca_file` "" trusts the system's authorities. Fails with `invalid` if it cannot be read.
  static Result<TlsContext> Create(const std::string& ca_file);

  SSL_CTX* get() const { return context_.get(); }

 private:
  struct Free {
    void operator()(SSL_CTX* context) const;
  };
  explicit TlsContext(SSL_CTX* context) : context_(context) {}
  std::unique_ptr<SSL_CTX, Free> context_;
};

/// A TLS client on a connected TCP stream.
class TlsStream final : public Stream {
 public:
  TlsStream(const TlsContext& context, std::unique_ptr<TcpStream> tcp);
  ~TlsStream() override;

  /// Agrees on keys and verifies the peer's chain, dates and that it is `host`: a name, or an IP address. Fails with
  /// `unavailable` and OpenSSL's reason, `timeout`, or `invalid` if no certificate could name such a host.
  async::Task<Result<void>> Handshake(const std::string& host);

  async::Task<Result<std::size_t>> ReadSome(std::span<char> into) override;
  async::Task<Result<void>> WriteAll(std::string_view bytes) override;
  void Interrupt() override { tcp_->Interrupt(); }
  void Continue() override { tcp_->Continue(); }
  void ShutdownSending() override;
  void Abort() override { tcp_->Abort(); }
  std::uint64_t bytes_sent() const override { return tcp_->bytes_sent(); }
  bool IsQuiet() override;

 private:
  struct Free {
    void operator()(SSL* ssl) const;
  };
  async::Task<Result<void>> WaitFor(int returned);

  std::unique_ptr<TcpStream> tcp_;
  std::unique_ptr<SSL, Free> ssl_;
};

}  // namespace rowcall::net
