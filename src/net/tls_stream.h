#pragma once

#include <openssl/types.h>

#include <memory>
#include <string>

#include "net/read_buffer.h"
#include "net/stream.h"

namespace rowcall::net {

/// What all TLS connections of a client share, or all of a server. TLS 1.2 or later, and no renegotiation. May be
/// destroyed before its connections.
class TlsContext {
 public:
  /// A client trusts the authorities in `ca_file`, or with "" the system's, and always verifies. Fails with `invalid` if
  /// the file cannot be read.
  static Result<TlsContext> ForClient(const std::string& ca_file);
  /// A server shows the first certificate of `certificate_file`, with those behind it, which lead to its authority, and
  /// proves itself with the private key in `key_file`; both are PEM, the key without a passphrase. Agrees only on keys
  /// that are forgotten afterwards (ECDHE) and ciphers that authenticate (AES-GCM, ChaCha20-Poly1305): what Mozilla
  /// calls intermediate, without DHE. By ALPN it speaks http/1.1 only. Fails with `invalid`, and names the file, if one
  /// cannot be read or they do not belong together. A certificate out of its time is taken, and warned of in the log.
  static Result<TlsContext> ForServer(const std::string& certificate_file, const std::string& key_file);

  SSL_CTX* get() const { return context_.get(); }

 private:
  struct Free {
    void operator()(SSL_CTX* context) const;
  };
  explicit TlsContext(SSL_CTX* context) : context_(context) {}
  std::unique_ptr<SSL_CTX, Free> context_;
};

/// What OpenSSL reads from and writes to: the TCP stream, which never raises SIGPIPE and counts what the kernel took.
struct TlsWire {
  std::unique_ptr<TcpStream> tcp;
  ReadBuffer came;  ///< From the peer, not yet read by OpenSSL.
  bool filled = false;  ///< By the last receive: a long body comes, for which the buffer may stay large.
  bool ended = false;  ///< The peer has ended its side.
};

/// One end of TLS on a connected TCP stream.
class TlsStream final : public Stream {
 public:
  /// The client's end. `host`, a name or an IP address, is whom the peer must prove to be. Fails with `invalid` if no
  /// certificate could name such a host.
  static Result<std::unique_ptr<TlsStream>> AsClient(const TlsContext& context, std::unique_ptr<TcpStream> tcp,
                                                     const std::string& host);
  static std::unique_ptr<TlsStream> AsServer(const TlsContext& context, std::unique_ptr<TcpStream> tcp);
  ~TlsStream() override;

  /// Agrees on keys; a client verifies the peer's chain, dates and name. Fails with `unavailable` and OpenSSL's reason,
  /// or `timeout`.
  async::Task<Result<void>> Handshake() override;
  async::Task<Result<std::size_t>> ReadSome(std::span<char> into) override;
  async::Task<Result<void>> WriteAll(std::string_view bytes) override;
  void Interrupt() override { wire_.tcp->Interrupt(); }
  void Continue() override { wire_.tcp->Continue(); }
  /// Says goodbye in TLS too, so that the peer can tell an end from a cut.
  async::Task<void> ShutdownSending() override;
  void Abort() override { wire_.tcp->Abort(); }
  std::uint64_t bytes_sent() const override { return wire_.tcp->bytes_sent(); }
  bool IsQuiet() override;

 private:
  struct Free {
    void operator()(SSL* ssl) const;
  };
  TlsStream(const TlsContext& context, std::unique_ptr<TcpStream> tcp);
  async::Task<Result<void>> WaitFor(int returned);
  async::Task<Result<void>> Receive();

  TlsWire wire_;
  std::unique_ptr<SSL, Free> ssl_;
};

}  // namespace rowcall::net
