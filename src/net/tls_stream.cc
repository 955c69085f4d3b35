#include "net/tls_stream.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <cerrno>
#include <limits>

#include "base/assert.h"

namespace rowcall::net {

namespace {

// OpenSSL reads and writes through the TCP stream, which never raises SIGPIPE and counts what the kernel took.

TcpStream& Tcp(BIO* bio) { return *static_cast<TcpStream*>(BIO_get_data(bio)); }

int Read(BIO* bio, char* into, int size) {
  BIO_clear_retry_flags(bio);
  const ssize_t count = Tcp(bio).TryReceive({into, static_cast<std::size_t>(size)});
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_read(bio);
  return static_cast<int>(count);
}

int Write(BIO* bio, const char* bytes, int size) {
  BIO_clear_retry_flags(bio);
  const ssize_t count = Tcp(bio).TrySend({bytes, static_cast<std::size_t>(size)});
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_write(bio);
  return static_cast<int>(count);
}

long Control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

const BIO_METHOD* TcpMethod() {
  static const BIO_METHOD* const method = [] {
    BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "stream");
    BIO_meth_set_read(made, Read);
    BIO_meth_set_write(made, Write);
    BIO_meth_set_ctrl(made, Control);
    return made;
  }();
  return method;
}

int Clamp(std::size_t size) {
  return static_cast<int>(std::min(size, static_cast<std::size_t>(std::numeric_limits<int>::max())));
}

std::string LastReason(const std::string& otherwise) {
  const char* reason = ERR_reason_error_string(ERR_peek_last_error());
  ERR_clear_error();
  return reason == nullptr ? otherwise : reason;
}

/// Whom the peer must prove to be. False if OpenSSL takes no such name.
bool Expect(SSL* ssl, const std::string& host) {
  X509_VERIFY_PARAM* const expected = SSL_get0_param(ssl);
  X509_VERIFY_PARAM_set_hostflags(expected, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  if (ParseIp(host)) return X509_VERIFY_PARAM_set1_ip_asc(expected, host.c_str()) == 1;
  return SSL_set1_host(ssl, host.c_str()) == 1 && SSL_set_tlsext_host_name(ssl, host.c_str()) == 1;
}

}  // namespace

void TlsContext::Free::operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
void TlsStream::Free::operator()(SSL* ssl) const { SSL_free(ssl); }

Result<TlsContext> TlsContext::Create(const std::string& ca_file) {
  ERR_clear_error();
  TlsContext context(SSL_CTX_new(TLS_client_method()));
  SSL_CTX* const raw = context.get();
  ROWCALL_ASSERT(raw != nullptr);
  ROWCALL_ASSERT(SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION) == 1);
  SSL_CTX_set_verify(raw, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_options(raw, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_mode(raw, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_read_ahead(raw, 1);
  const bool loaded = ca_file.empty() ? SSL_CTX_set_default_verify_paths(raw) == 1
                                      : SSL_CTX_load_verify_file(raw, ca_file.c_str()) == 1;
  if (!loaded) {
    return Fail(
        ErrorKind::invalid,
        "cannot read the CA certificates" + (ca_file.empty() ? "" : " in " + ca_file) + ": " + LastReason("unreadable"),
        "Give a file of PEM certificates.");
  }
  return context;
}

TlsStream::TlsStream(const TlsContext& context, std::unique_ptr<TcpStream> tcp)
    : tcp_(std::move(tcp)), ssl_(SSL_new(context.get())) {
  BIO* const bio = BIO_new(TcpMethod());
  ROWCALL_ASSERT(ssl_ != nullptr && bio != nullptr);
  BIO_set_data(bio, tcp_.get());
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl_.get(), bio, bio);
}

TlsStream::~TlsStream() = default;

async::Task<Result<void>> TlsStream::Handshake(const std::string& host) {
  if (!Expect(ssl_.get(), host)) {
    co_return Fail(ErrorKind::invalid, "TLS cannot name this host", "A host's name has 253 characters at most.");
  }
  for (;;) {
    ERR_clear_error();
    const int returned = SSL_connect(ssl_.get());
    if (returned == 1) co_return Result<void>();
    const Result<void> waited = co_await WaitFor(returned);
    if (waited) continue;
    const long verdict = SSL_get_verify_result(ssl_.get());
    if (verdict == X509_V_OK) co_return waited;
    co_return Fail(ErrorKind::unavailable,
                   std::string("its certificate was refused: ") + X509_verify_cert_error_string(verdict),
                   "The certificate must be valid, name the host, and lead to a trusted authority.");
  }
}

// Waits for what OpenSSL lacks. Fails if it does not lack anything that waiting could bring.
async::Task<Result<void>> TlsStream::WaitFor(int returned) {
  switch (SSL_get_error(ssl_.get(), returned)) {
    case SSL_ERROR_WANT_READ: co_return co_await tcp_->WaitReadable();
    case SSL_ERROR_WANT_WRITE: co_return co_await tcp_->WaitWritable();
    default: co_return Fail(ErrorKind::unavailable, "TLS failed: " + LastReason("the connection was closed"));
  }
}

async::Task<Result<std::size_t>> TlsStream::ReadSome(std::span<char> into) {
  for (;;) {
    ERR_clear_error();
    const int count = SSL_read(ssl_.get(), into.data(), Clamp(into.size()));
    if (count > 0) co_return static_cast<std::size_t>(count);
    if (SSL_get_error(ssl_.get(), count) == SSL_ERROR_ZERO_RETURN) co_return std::size_t{0};
    CO_RETURN_IF_ERROR(co_await WaitFor(count));
  }
}

async::Task<Result<void>> TlsStream::WriteAll(std::string_view bytes) {
  while (!bytes.empty()) {
    ERR_clear_error();
    const int count = SSL_write(ssl_.get(), bytes.data(), Clamp(bytes.size()));
    if (count > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(count));
    } else {
      CO_RETURN_IF_ERROR(co_await WaitFor(count));
    }
  }
  co_return Result<void>();
}

void TlsStream::ShutdownSending() {
  ERR_clear_error();
  SSL_shutdown(ssl_.get());
  tcp_->ShutdownSending();
}

bool TlsStream::IsQuiet() { return SSL_has_pending(ssl_.get()) == 0 && tcp_->IsQuiet(); }

}  // namespace rowcall::net
