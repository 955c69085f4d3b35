#include "net/tls_stream.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>

#include "base/assert.h"
#include "base/log.h"

namespace rowcall::net {

namespace {

int Read(BIO* bio, char* into, int size) {
  BIO_clear_retry_flags(bio);
  auto& wire = *static_cast<TlsWire*>(BIO_get_data(bio));
  const std::string_view came = wire.came.view();
  const std::size_t count = std::min(came.size(), static_cast<std::size_t>(size));
  std::copy_n(came.data(), count, into);
  wire.came.Consume(count);
  if (count > 0 || wire.ended) return static_cast<int>(count);
  BIO_set_retry_read(bio);
  return -1;
}

int Write(BIO* bio, const char* bytes, int size) {
  BIO_clear_retry_flags(bio);
  const ssize_t count = static_cast<TlsWire*>(BIO_get_data(bio))->tcp->TrySend({bytes, static_cast<std::size_t>(size)});
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_write(bio);
  return static_cast<int>(count);
}

long Control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

const BIO_METHOD* WireMethod() {
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
  const unsigned long cause = ERR_peek_error();  // of a file that cannot be opened, the system's own words
  const char* reason =
      ERR_SYSTEM_ERROR(cause) ? std::strerror(ERR_GET_REASON(cause)) : ERR_reason_error_string(ERR_peek_last_error());
  ERR_clear_error();
  return reason == nullptr ? otherwise : reason;
}

/// Of earlier calls, by which OpenSSL would judge the next one. To clear what is empty costs more than a look.
void ForgetErrors() {
  if (ERR_peek_error() != 0) ERR_clear_error();
}

/// Whom the peer must prove to be. False if OpenSSL takes no such name.
bool Expect(SSL* ssl, const std::string& host) {
  X509_VERIFY_PARAM* const expected = SSL_get0_param(ssl);
  X509_VERIFY_PARAM_set_hostflags(expected, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  if (ParseIp(host)) return X509_VERIFY_PARAM_set1_ip_asc(expected, host.c_str()) == 1;
  return SSL_set1_host(ssl, host.c_str()) == 1 && SSL_set_tlsext_host_name(ssl, host.c_str()) == 1;
}

void ShareRules(SSL_CTX* context) {
  ROWCALL_ASSERT(context != nullptr);
  ROWCALL_ASSERT(SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_mode(context,
                   SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
}

constexpr char kServerSuites[] =  // of TLS 1.2; in 1.3 all are good
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";

// A client that offers protocols, but not ours, would take our answers for another protocol's.
int ChooseProtocol(SSL*, const unsigned char** chosen, unsigned char* size, const unsigned char* offered,
                   unsigned int offered_size, void*) {
  static constexpr unsigned char kHttp11[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
  unsigned char* found = nullptr;
  const int result = SSL_select_next_proto(&found, size, kHttp11, sizeof kHttp11, offered, offered_size);
  *chosen = found;
  return result == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

std::unexpected<Error> Unreadable(const std::string& what, const std::string& file, const char* hint) {
  return Fail(ErrorKind::invalid, "cannot read the " + what + " in " + file + ": " + LastReason("unreadable"), hint);
}

struct FreeKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(BIO* bio) const { BIO_free(bio); }
};

/// Null, with a reason, if the file does not hold a key that can be read without asking for anything.
std::unique_ptr<EVP_PKEY, FreeKey> ReadKey(const std::string& file) {
  const std::unique_ptr<BIO, FreeKey> bio(BIO_new_file(file.c_str(), "r"));
  if (bio == nullptr) return nullptr;
  const auto no_passphrase = [](char*, int, int, void*) { return -1; };
  return std::unique_ptr<EVP_PKEY, FreeKey>(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr));
}

void WarnIfOutOfItsTime(const X509* certificate, const std::string& file) {
  const char* why = X509_cmp_current_time(X509_get0_notAfter(certificate)) < 0    ? "has expired"
                    : X509_cmp_current_time(X509_get0_notBefore(certificate)) > 0 ? "is not valid yet"
                                                                                  : nullptr;
  if (why == nullptr) return;
  Log(LogLevel::warning, "certificate_will_be_refused", {{"file", file}, {"reason", why}});
}

}  // namespace

void TlsContext::Free::operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
void TlsStream::Free::operator()(SSL* ssl) const { SSL_free(ssl); }

Result<TlsContext> TlsContext::ForClient(const std::string& ca_file) {
  ERR_clear_error();
  TlsContext context(SSL_CTX_new(TLS_client_method()));
  SSL_CTX* const raw = context.get();
  ShareRules(raw);
  SSL_CTX_set_verify(raw, SSL_VERIFY_PEER, nullptr);
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

Result<TlsContext> TlsContext::ForServer(const std::string& certificate_file, const std::string& key_file) {
  ERR_clear_error();
  TlsContext context(SSL_CTX_new(TLS_server_method()));
  SSL_CTX* const raw = context.get();
  ShareRules(raw);
  ROWCALL_ASSERT(SSL_CTX_set_cipher_list(raw, kServerSuites) == 1);
  ROWCALL_ASSERT(SSL_CTX_set1_groups_list(raw, "X25519:P-256:P-384") == 1);
  SSL_CTX_set_session_cache_mode(raw, SSL_SESS_CACHE_OFF);  // clients keep their tickets
  SSL_CTX_set_alpn_select_cb(raw, ChooseProtocol, nullptr);
  if (SSL_CTX_use_certificate_chain_file(raw, certificate_file.c_str()) != 1) {
    return Unreadable("TLS certificate", certificate_file,
                      "Give a file of PEM certificates: the server's own, then those that lead to its authority.");
  }
  const X509* const certificate = SSL_CTX_get0_certificate(raw);
  const auto key = ReadKey(key_file);
  if (key == nullptr) {
    return Unreadable("TLS key", key_file, "Give a file of one PEM private key without a passphrase.");
  }
  if (X509_check_private_key(certificate, key.get()) != 1) {
    return Fail(ErrorKind::invalid,
                "the TLS key in " + key_file + " does not belong to the certificate in " + certificate_file,
                "Give the key with which the certificate was asked for; the server's own certificate stands first.");
  }
  if (SSL_CTX_use_PrivateKey(raw, key.get()) != 1) {
    return Unreadable("TLS key", key_file, "Give a key of another kind or size.");
  }
  WarnIfOutOfItsTime(certificate, certificate_file);
  return context;
}

Result<std::unique_ptr<TlsStream>> TlsStream::AsClient(const TlsContext& context, std::unique_ptr<TcpStream> tcp,
                                                       const std::string& host) {
  std::unique_ptr<TlsStream> stream(new TlsStream(context, std::move(tcp)));
  SSL_set_connect_state(stream->ssl_.get());
  if (!Expect(stream->ssl_.get(), host)) {
    return Fail(ErrorKind::invalid, "TLS cannot name this host", "A host's name has 253 characters at most.");
  }
  return stream;
}

std::unique_ptr<TlsStream> TlsStream::AsServer(const TlsContext& context, std::unique_ptr<TcpStream> tcp) {
  std::unique_ptr<TlsStream> stream(new TlsStream(context, std::move(tcp)));
  SSL_set_accept_state(stream->ssl_.get());
  return stream;
}

TlsStream::TlsStream(const TlsContext& context, std::unique_ptr<TcpStream> tcp)
    : wire_{.tcp = std::move(tcp), .came = {}}, ssl_(SSL_new(context.get())) {
  BIO* const bio = BIO_new(WireMethod());
  ROWCALL_ASSERT(ssl_ != nullptr && bio != nullptr);
  BIO_set_data(bio, &wire_);
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl_.get(), bio, bio);
}

TlsStream::~TlsStream() = default;

async::Task<Result<void>> TlsStream::Handshake() {
  for (;;) {
    ForgetErrors();
    const int returned = SSL_do_handshake(ssl_.get());
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
    case SSL_ERROR_WANT_READ: co_return co_await Receive();
    case SSL_ERROR_WANT_WRITE: co_return co_await wire_.tcp->WaitWritable();
    default: co_return Fail(ErrorKind::unavailable, "TLS failed: " + LastReason("the connection was closed"));
  }
}

async::Task<Result<void>> TlsStream::Receive() {
  if (!wire_.filled) wire_.came.Shrink();
  const std::span<char> room = wire_.came.Room();
  ASSIGN_OR_CO_RETURN(const std::size_t count, co_await wire_.tcp->ReadSome(room));
  wire_.came.Add(count);
  wire_.filled = count == room.size();
  wire_.ended = count == 0;
  co_return Result<void>();
}

async::Task<Result<std::size_t>> TlsStream::ReadSome(std::span<char> into) {
  for (;;) {
    ForgetErrors();
    const int count = SSL_read(ssl_.get(), into.data(), Clamp(into.size()));
    if (count > 0) co_return static_cast<std::size_t>(count);
    if (SSL_get_error(ssl_.get(), count) == SSL_ERROR_ZERO_RETURN) co_return std::size_t{0};
    CO_RETURN_IF_ERROR(co_await WaitFor(count));
  }
}

async::Task<Result<void>> TlsStream::WriteAll(std::string_view bytes) {
  while (!bytes.empty()) {
    ForgetErrors();
    const int count = SSL_write(ssl_.get(), bytes.data(), Clamp(bytes.size()));
    if (count > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(count));
    } else {
      CO_RETURN_IF_ERROR(co_await WaitFor(count));
    }
  }
  co_return Result<void>();
}

async::Task<void> TlsStream::ShutdownSending() {
  for (bool waited = true; waited;) {
    ForgetErrors();
    const int returned = SSL_shutdown(ssl_.get());
    if (returned >= 0) break;
    waited = (co_await WaitFor(returned)).has_value();
  }
  co_await wire_.tcp->ShutdownSending();
}

bool TlsStream::IsQuiet() { return wire_.came.empty() && SSL_has_pending(ssl_.get()) == 0 && wire_.tcp->IsQuiet(); }

}  // namespace rowcall::net
