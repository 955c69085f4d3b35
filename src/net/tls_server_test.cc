// The server's side of TLS, seen by OpenSSL's own client and by greetings (ClientHello) written byte by byte.

#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <atomic>
#include <filesystem>
#include <map>
#include <vector>

#include "base/log.h"
#include "net/test_certificate.h"
#include "net/test_peer.h"
#include "net/test_timed_server.h"
#include "net/tls_stream.h"

namespace rowcall::net {
namespace {

using namespace std::chrono_literals;

/// Files of a server's certificate and key, which are gone with it.
class TlsFiles {
 public:
  TlsFiles() {
    std::string pattern = std::filesystem::temp_directory_path() / "rowcall-tls-server-XXXXXX";
    folder_ = mkdtemp(pattern.data());
  }
  ~TlsFiles() { std::filesystem::remove_all(folder_); }

  std::string At(const std::string& name) const { return folder_ / name; }
  /// Its own authority; with `names` of this machine.
  Certificate Make(EVP_PKEY* key, Validity validity = {}) const {
    Certificate made = MakeCertificate(key, "server", nullptr, nullptr, "DNS:localhost,IP:127.0.0.1", validity);
    WriteCertificates(At("certificate.pem"), {made.get()});
    WriteKey(At("key.pem"), key);
    return made;
  }
  Result<TlsContext> Load() const { return TlsContext::ForServer(At("certificate.pem"), At("key.pem")); }

 private:
  std::filesystem::path folder_;
};

struct ClientOptions {
  int version = TLS1_3_VERSION;
  std::vector<unsigned char> protocols{};  // of ALPN, each behind its length
};

/// A blocking TLS client, which trusts anybody.
class TlsClient {
 public:
  explicit TlsClient(std::uint16_t port, const ClientOptions& options = {})
      : socket_(RawSocket::ConnectTo(port)), context_(SSL_CTX_new(TLS_client_method())) {
    SSL_CTX_set_min_proto_version(context_.get(), options.version);
    SSL_CTX_set_max_proto_version(context_.get(), options.version);
    ssl_.reset(SSL_new(context_.get()));
    if (!options.protocols.empty()) {
      SSL_set_alpn_protos(ssl_.get(), options.protocols.data(), static_cast<unsigned>(options.protocols.size()));
    }
    SSL_set_fd(ssl_.get(), socket_.descriptor());
    agreed_ = SSL_connect(ssl_.get()) == 1;
  }

  bool agreed() const { return agreed_; }
  SSL* ssl() const { return ssl_.get(); }
  const RawSocket& socket() const { return socket_; }

  void Send(std::string_view bytes) const {
    EXPECT_EQ(SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size())), static_cast<int>(bytes.size()));
  }
  std::string ReadSome() {
    char bytes[16 * 1024];
    const int count = SSL_read(ssl_.get(), bytes, sizeof bytes);
    if (count <= 0) said_goodbye_ = SSL_get_error(ssl_.get(), count) == SSL_ERROR_ZERO_RETURN;
    return count <= 0 ? "" : std::string(bytes, static_cast<std::size_t>(count));
  }
  std::string ReadUntil(std::string_view mark) {
    std::string all;
    for (std::string some = ReadSome(); !some.empty(); some = ReadSome()) {
      all += some;
      if (all.contains(mark)) break;
    }
    return all;
  }
  std::string ReadToEnd() {
    std::string all;
    for (std::string some = ReadSome(); !some.empty(); some = ReadSome()) all += some;
    return all;
  }
  /// After ReadToEnd(): whether the server ended it, so that no cut could be taken for an end.
  bool said_goodbye() const { return said_goodbye_; }

 private:
  RawSocket socket_;
  std::unique_ptr<SSL_CTX, FreeTls> context_;
  std::unique_ptr<SSL, FreeTls> ssl_;
  bool agreed_ = false;
  bool said_goodbye_ = false;
};

void Append16(std::string& out, std::size_t value) {
  out += static_cast<char>(value >> 8);
  out += static_cast<char>(value);
}

/// A client's greeting of that version (0x0303 = TLS 1.2) that offers only these suites.
std::string Greeting(std::uint16_t version, const std::vector<std::uint16_t>& suites) {
  std::string extensions(
      "\x00\x0a\x00\x06\x00\x04\x00\x1d\x00\x17"              // groups: X25519, P-256
      "\x00\x0b\x00\x02\x01\x00"                              // points: uncompressed
      "\x00\x0d\x00\x0a\x00\x08\x04\x01\x08\x04\x04\x03\x02\x01",  // signatures
      30);
  std::string body;
  Append16(body, version);
  body += std::string(32, 'r') + '\0';
  Append16(body, suites.size() * 2);
  for (const std::uint16_t suite : suites) Append16(body, suite);
  body += std::string("\x01\x00", 2);  // no compression
  Append16(body, extensions.size());
  body += extensions;
  std::string handshake("\x01\x00", 2);
  Append16(handshake, body.size());
  handshake += body;
  std::string record("\x16\x03\x01", 3);
  Append16(record, handshake.size());
  return record + handshake;
}

constexpr std::string_view kHandshakeFailure = "alert 40";
constexpr std::string_view kProtocolVersion = "alert 70";

/// What the server says to that: "hello", "alert 40", or nothing.
std::string Reply(std::uint16_t port, const std::string& greeting) {
  const RawSocket client = RawSocket::ConnectTo(port);
  client.Send(greeting);
  client.StopSending();
  const std::string reply = client.ReadToEnd();
  if (reply.starts_with('\x16')) return "hello";
  return reply.starts_with('\x15') && reply.size() >= 7 ? "alert " + std::to_string(reply[6]) : "nothing";
}

class TlsServerTest : public testing::Test {
 protected:
  /// Counts the body's bytes. "/stream" answers 10 MB chunk by chunk.
  async::Task<ServerAnswer> Answer(ServerRequest& request) {
    ++requests_;
    std::size_t size = 0;
    ServerAnswer answer;
    for (;;) {
      const Result<std::string_view> piece = co_await request.body->Next();
      if (!piece) answer.status = 400;
      if (!piece || piece->empty()) break;
      size += piece->size();
    }
    answer.body = std::to_string(size) + " bytes\n";
    if (request.path == "/stream") {
      answer.more = [left = 100]() mutable -> async::Task<Result<std::string>> {
        co_return left-- > 0 ? std::string(100'000, 'x') : std::string();
      };
    }
    co_return answer;
  }

  ServerOptions Options() const { return {.tls = &*context_, .handshake_timeout = 10s, .idle_timeout = 75s}; }

  static constexpr std::string_view kRequest = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";

  TlsFiles files_;
  Key key_ = MakeRsaKey();
  Certificate certificate_ = files_.Make(key_.get());
  Result<TlsContext> context_ = files_.Load();
  std::atomic<int> requests_ = 0;
  std::unique_ptr<TimedServer> server_ =
      std::make_unique<TimedServer>([this](ServerRequest& request) { return Answer(request); }, Options());
};

TEST_F(TlsServerTest, Versions12And13AreSpokenAndConnectionsKept) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    TlsClient client(server_->port(), {.version = version});
    ASSERT_TRUE(client.agreed()) << version;
    for (int i = 0; i < 2; ++i) {
      client.Send(kRequest);
      EXPECT_TRUE(client.ReadUntil("bytes\n").ends_with("0 bytes\n"));
    }
  }
}

TEST_F(TlsServerTest, OlderVersionsAreRefused) {
  const std::vector<std::uint16_t> suites = {0xc02f, 0xc013, 0x002f};
  EXPECT_EQ(Reply(server_->port(), Greeting(0x0302, suites)), kProtocolVersion);
  EXPECT_EQ(Reply(server_->port(), Greeting(0x0301, suites)), kProtocolVersion);
  EXPECT_EQ(Reply(server_->port(), Greeting(0x0300, suites)), kHandshakeFailure);  // SSL 3
}

TEST_F(TlsServerTest, OnlySuitesThatForgetTheirKeysAndAuthenticateAreAgreedOn) {
  const std::map<std::string, std::uint16_t> good = {
      {"ECDHE-AES128-GCM", 0xc02f}, {"ECDHE-AES256-GCM", 0xc030}, {"ECDHE-CHACHA20", 0xcca8}};
  const std::map<std::string, std::uint16_t> refused = {
      {"RC4", 0x0005},
      {"ECDHE-RC4", 0xc011},
      {"3DES", 0x000a},
      {"ECDHE-3DES", 0xc012},
      {"AES128-CBC-SHA", 0x002f},
      {"ECDHE-AES128-CBC-SHA", 0xc013},
      {"AES256-CBC", 0x0035},
      {"ECDHE-AES256-CBC", 0xc014},
      {"ECDHE-AES128-CBC-SHA256", 0xc027},
      {"AES128-GCM", 0x009c},
      {"ECDHE-AES256-SHA384", 0xc028},
      {"DHE-AES128-GCM", 0x009e},
      {"AES128-CCM", 0xc09c},
      {"NULL", 0x003b},
      {"ANONYMOUS", 0xc018},
  };
  for (const auto& [name, suite] : good) EXPECT_EQ(Reply(server_->port(), Greeting(0x0303, {suite})), "hello") << name;
  for (const auto& [name, suite] : refused) {
    EXPECT_EQ(Reply(server_->port(), Greeting(0x0303, {suite})), kHandshakeFailure) << name;
  }
}

TEST_F(TlsServerTest, RenegotiationIsRefused) {
  TlsClient client(server_->port(), {.version = TLS1_2_VERSION});
  ASSERT_TRUE(client.agreed());
  ASSERT_EQ(SSL_renegotiate(client.ssl()), 1);
  SSL_do_handshake(client.ssl());  // sends the wish
  char byte = 0;
  const int count = SSL_read(client.ssl(), &byte, 1);
  EXPECT_EQ(SSL_get_error(client.ssl(), count), SSL_ERROR_SSL);
  EXPECT_EQ(ERR_GET_REASON(ERR_peek_last_error()), SSL_R_NO_RENEGOTIATION);
}

TEST_F(TlsServerTest, OfTheProtocolsThatAClientOffersOnlyHttp11IsTaken) {
  const std::vector<unsigned char> h2 = {2, 'h', '2'};
  std::vector<unsigned char> both = h2;
  both.insert(both.end(), {8, 'h', 't', 't', 'p', '/', '1', '.', '1'});
  const TlsClient client(server_->port(), {.protocols = both});
  ASSERT_TRUE(client.agreed());
  const unsigned char* chosen = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(client.ssl(), &chosen, &size);
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(chosen), size), "http/1.1");
  EXPECT_FALSE(TlsClient(server_->port(), {.protocols = h2}).agreed());
}

TEST_F(TlsServerTest, PlainHttpIsClosedAtOnce) {
  const RawSocket client = RawSocket::ConnectTo(server_->port());
  client.Send(kRequest);
  EXPECT_FALSE(client.ReadToEnd().contains("HTTP"));
  EXPECT_TRUE(client.PeerHasEnded());
  EXPECT_EQ(requests_, 0);
}

TEST_F(TlsServerTest, AHandshakeThatStandsStillOrDripsIsCutWhenItsTimeIsOver) {
  const RawSocket silent = RawSocket::ConnectTo(server_->port());
  const RawSocket slow = RawSocket::ConnectTo(server_->port());
  const std::string greeting = Greeting(0x0303, {0xc02f});
  server_->Settle();
  for (const char byte : greeting.substr(0, 3)) {
    slow.Send({&byte, 1});
    server_->Settle();
    server_->Advance(3s);
  }
  EXPECT_FALSE(silent.PeerHasEnded() || slow.PeerHasEnded());
  server_->Advance(2s);
  silent.ReadToEnd();
  slow.ReadToEnd();
  EXPECT_TRUE(silent.PeerHasEnded() && slow.PeerHasEnded());
}

TEST_F(TlsServerTest, AHandshakeCountsAsAConnection) {
  ServerOptions options = Options();
  options.max_connections = 1;
  TimedServer server([this](ServerRequest& request) { return Answer(request); }, options);
  RawSocket silent = RawSocket::ConnectTo(server.port());
  server.Settle();
  const RawSocket next = RawSocket::ConnectTo(server.port());
  next.Send(Greeting(0x0303, {0xc02f}));
  server.Settle();
  char byte = 0;
  EXPECT_LT(::recv(next.descriptor(), &byte, 1, MSG_PEEK | MSG_DONTWAIT), 0);
  silent.Close();
  EXPECT_TRUE(next.ReadSome().starts_with('\x16'));
}

TEST_F(TlsServerTest, ALongBodyArrivesWholeAndALongAnswerToo) {
  TlsClient client(server_->port());
  constexpr std::size_t kLength = 20 << 20;
  client.Send("POST /stream HTTP/1.0\r\nContent-Length: " + std::to_string(kLength) + "\r\n\r\n");
  for (std::size_t sent = 0; sent < kLength; sent += 1 << 20) client.Send(std::string(1 << 20, 'x'));
  const std::string answer = client.ReadToEnd();
  const std::size_t body = answer.find("\r\n\r\n") + 4;
  EXPECT_TRUE(std::string_view(answer).substr(body).starts_with(std::to_string(kLength) + " bytes\n"));
  EXPECT_EQ(answer.size() - body, (std::to_string(kLength) + " bytes\n").size() + 10'000'000);
  EXPECT_TRUE(client.said_goodbye());
}

TEST_F(TlsServerTest, ABodyThatEndsWithTheConnectionIsNotTakenForWhole) {
  TlsClient client(server_->port());
  client.Send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
  client.socket().StopSending();
  EXPECT_TRUE(client.ReadUntil("\r\n\r\n").starts_with("HTTP/1.1 400 "));
}

TEST_F(TlsServerTest, WhateverEndsAConnectionSaysGoodbye) {
  TlsClient last(server_->port()), idle(server_->port()), drained(server_->port());
  last.Send("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  EXPECT_TRUE(last.ReadToEnd().ends_with("bytes\n"));
  EXPECT_TRUE(last.said_goodbye());
  idle.Send(kRequest);
  idle.ReadUntil("bytes\n");
  server_->Settle();
  server_->Advance(70s);
  drained.Send(kRequest);
  drained.ReadUntil("bytes\n");
  server_->Settle();
  server_->Advance(10s);
  EXPECT_EQ(idle.ReadToEnd(), "");
  EXPECT_TRUE(idle.said_goodbye());
  const std::future<void> done = server_->Drain(10s);
  EXPECT_EQ(drained.ReadToEnd(), "");
  EXPECT_TRUE(drained.said_goodbye());
  EXPECT_EQ(done.wait_for(10s), std::future_status::ready);
}

class TlsIdentityTest : public testing::Test {
 protected:
  void ExpectRefused(std::string_view what, std::string_view file) {
    const Result<TlsContext> context = files_.Load();
    ASSERT_FALSE(context);
    EXPECT_EQ(context.error().kind, ErrorKind::invalid);
    EXPECT_TRUE(context.error().message.contains(what)) << context.error().message;
    EXPECT_TRUE(context.error().message.contains(files_.At(std::string(file)))) << context.error().message;
    EXPECT_NE(context.error().hint, "");
  }
  void Write(const std::string& name, const char* text) {
    FILE* const file = std::fopen(files_.At(name).c_str(), "w");
    std::fputs(text, file);
    std::fclose(file);
  }

  TlsFiles files_;
  Key key_ = MakeKey();
  Certificate certificate_ = files_.Make(key_.get());
};

TEST_F(TlsIdentityTest, AMissingFileIsNamed) {
  std::filesystem::remove(files_.At("key.pem"));
  ExpectRefused("No such file", "key.pem");
  std::filesystem::remove(files_.At("certificate.pem"));
  ExpectRefused("No such file", "certificate.pem");
}

TEST_F(TlsIdentityTest, AFileOfSomethingElseIsNamed) {
  Write("key.pem", "not a key\n");
  ExpectRefused("TLS key", "key.pem");
  Write("certificate.pem", "not a certificate\n");
  ExpectRefused("TLS certificate", "certificate.pem");
}

TEST_F(TlsIdentityTest, AKeyOfAnotherCertificateIsRefused) {
  WriteKey(files_.At("key.pem"), MakeKey().get());
  ExpectRefused("does not belong to the certificate in " + files_.At("certificate.pem"), "key.pem");
  WriteKey(files_.At("key.pem"), MakeRsaKey().get());
  ExpectRefused("does not belong to the certificate", "key.pem");
}

TEST_F(TlsIdentityTest, ASealedKeyIsRefusedWithoutAsking) {
  WriteKey(files_.At("key.pem"), key_.get(), "passphrase");
  ExpectRefused("TLS key", "key.pem");
}

TEST_F(TlsIdentityTest, ACertificateOutOfItsTimeIsTakenAndWarnedOf) {
  testing::internal::CaptureStderr();
  EXPECT_TRUE(files_.Load());
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  for (const auto& [why, validity] :
       std::map<std::string, Validity>{{"has expired", {-7200, -3600}}, {"is not valid yet", {3600, 7200}}}) {
    files_.Make(key_.get(), validity);
    testing::internal::CaptureStderr();
    EXPECT_TRUE(files_.Load());
    const std::string log = testing::internal::GetCapturedStderr();
    EXPECT_TRUE(log.contains("\"warning\"") && log.contains(why) && log.contains("certificate.pem")) << log;
  }
}

TEST_F(TlsIdentityTest, TheCertificatesBehindTheServersOwnAreSentToo) {
  const Key own_key = MakeKey();
  const Certificate own = MakeCertificate(own_key.get(), "own", certificate_.get(), key_.get(), "DNS:localhost");
  WriteCertificates(files_.At("certificate.pem"), {own.get(), certificate_.get()});
  WriteKey(files_.At("key.pem"), own_key.get());
  const Result<TlsContext> context = files_.Load();
  ASSERT_TRUE(context) << context.error().message;
  TimedServer server([](ServerRequest&) -> async::Task<ServerAnswer> { co_return ServerAnswer(); }, {.tls = &*context});
  const TlsClient client(server.port());
  EXPECT_EQ(sk_X509_num(SSL_get_peer_cert_chain(client.ssl())), 2);
}

}  // namespace
}  // namespace rowcall::net
