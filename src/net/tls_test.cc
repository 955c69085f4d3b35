#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <filesystem>
#include <memory>
#include <optional>

#include "net/pooled_http_client.h"
#include "net/test_certificate.h"
#include "net/test_peer.h"

namespace rowcall::net {
namespace {

using namespace std::chrono_literals;

struct TlsServerOptions {
  int most_version = TLS1_3_VERSION;
  bool cuts_answers = false;
};

/// A blocking TLS server for one connection after the other. What it saw may be read after Finish().
class TlsServer {
 public:
  TlsServer(X509* certificate, EVP_PKEY* key, TlsServerOptions options = {})
      : options_(options), context_(MakeContext(certificate, key, options)) {
    raw_.emplace([this](RawServer& self) { Serve(self); });
    port_ = raw_->port();
  }

  std::uint16_t port() const { return port_; }
  /// Waits until the client has closed its connection.
  void Finish() { raw_.reset(); }

  int requests = 0;
  int connections = 0;
  std::string server_name;

 private:
  static SSL_CTX* MakeContext(X509* certificate, EVP_PKEY* key, TlsServerOptions options) {
    SSL_CTX* const context = SSL_CTX_new(TLS_server_method());
    SSL_CTX_use_certificate(context, certificate);
    SSL_CTX_use_PrivateKey(context, key);
    SSL_CTX_set_min_proto_version(context, TLS1_VERSION);
    SSL_CTX_set_security_level(context, 0);
    SSL_CTX_set_max_proto_version(context, options.most_version);
    return context;
  }

  void Serve(RawServer& self) {
    for (;;) {
      const RawSocket socket = self.Accept();
      if (socket.descriptor() < 0) return;
      const std::unique_ptr<SSL, FreeTls> ssl(SSL_new(context_.get()));
      SSL_set_fd(ssl.get(), socket.descriptor());
      if (SSL_accept(ssl.get()) != 1) continue;
      ++connections;
      const char* name = SSL_get_servername(ssl.get(), TLSEXT_NAMETYPE_host_name);
      server_name = name == nullptr ? "" : name;
      while (AnswerOne(ssl.get())) ++requests;
    }
  }

  bool AnswerOne(SSL* ssl) const {
    char bytes[16 * 1024];
    if (SSL_read(ssl, bytes, sizeof bytes) <= 0) return false;
    const std::string_view answer =
        options_.cuts_answers ? "HTTP/1.1 200 OK\r\n\r\nhalf of" : "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret";
    SSL_write(ssl, answer.data(), static_cast<int>(answer.size()));
    return !options_.cuts_answers;
  }

  const TlsServerOptions options_;
  const std::unique_ptr<SSL_CTX, FreeTls> context_;
  std::optional<RawServer> raw_;
  std::uint16_t port_ = 0;
};

class TlsTest : public testing::Test {
 protected:
  TlsTest() {
    std::string pattern = std::filesystem::temp_directory_path() / "rowcall-tls-XXXXXX";
    folder_ = mkdtemp(pattern.data());
    WriteCertificates(folder_ / "ca.pem", {authority_.get()});
  }
  ~TlsTest() override { std::filesystem::remove_all(folder_); }

  Certificate Leaf(const std::string& names, Validity validity = {}) {
    return MakeCertificate(key_.get(), "leaf", authority_.get(), authority_key_.get(), names, validity);
  }

  Exchange Send(const std::string& host, std::uint16_t port, Duration deadline = 10s) {
    HttpRequest request;
    request.method = "POST";
    request.body = "row";
    request.url = *ParseUrl("https://" + host + ":" + std::to_string(port) + "/");
    request.deadline = deadline;
    return async::RunToEnd(loop_, Client().Send(request));
  }

  PooledHttpClient& Client() {
    if (!client_) client_.emplace(loop_, timers_, resolver_, guard_, HttpClientOptions{.ca_file = folder_ / "ca.pem"});
    return *client_;
  }

  void Finish(TlsServer& server) {
    client_.reset();  // closes its connections
    server.Finish();
  }

  void ExpectRefused(X509* certificate, const std::string& host, std::string_view why) {
    TlsServer server(certificate, key_.get());
    const Exchange exchange = Send(host, server.port());
    EXPECT_EQ(exchange.delivery, Delivery::not_sent);
    EXPECT_EQ(exchange.error.kind, ErrorKind::unavailable);
    EXPECT_TRUE(exchange.error.message.contains(why)) << exchange.error.message;
    Finish(server);
    EXPECT_EQ(server.requests, 0);
  }

  Key authority_key_ = MakeKey();
  Key key_ = MakeKey();
  Certificate authority_ = MakeCertificate(authority_key_.get(), "authority", nullptr, nullptr, "");
  std::filesystem::path folder_;
  async::Loop loop_;
  SystemClock clock_;
  async::LoopTimers timers_{loop_, clock_};
  Resolver resolver_{loop_, timers_};
  EgressGuard guard_ = *EgressGuard::Create({"127.0.0.0/8", "::1"});
  std::optional<PooledHttpClient> client_;
};

TEST_F(TlsTest, AGoodCertificateIsAcceptedAndTheConnectionKept) {
  const Certificate leaf = Leaf("DNS:localhost");
  TlsServer server(leaf.get(), key_.get());
  for (int i = 0; i < 3; ++i) {
    const Exchange exchange = Send("localhost", server.port());
    ASSERT_EQ(exchange.delivery, Delivery::answered) << exchange.error.message;
    EXPECT_EQ(exchange.answer.body, "secret");
  }
  Finish(server);
  EXPECT_EQ(server.connections, 1);
  EXPECT_EQ(server.server_name, "localhost");
}

TEST_F(TlsTest, AnAddressIsVerifiedAsAnAddress) {
  const Certificate leaf = Leaf("IP:127.0.0.1");
  TlsServer server(leaf.get(), key_.get());
  const Exchange exchange = Send("127.0.0.1", server.port());
  ASSERT_EQ(exchange.delivery, Delivery::answered) << exchange.error.message;
  Finish(server);
  EXPECT_EQ(server.server_name, "");
}

TEST_F(TlsTest, TheOlderVersionTwoIsAccepted) {
  const Certificate leaf = Leaf("DNS:localhost");
  TlsServer server(leaf.get(), key_.get(), {.most_version = TLS1_2_VERSION});
  for (int i = 0; i < 2; ++i) EXPECT_EQ(Send("localhost", server.port()).answer.body, "secret");
  Finish(server);
  EXPECT_EQ(server.connections, 1);
}

TEST_F(TlsTest, StillOlderVersionsAreRefused) {
  const Certificate leaf = Leaf("DNS:localhost");
  TlsServer server(leaf.get(), key_.get(), {.most_version = TLS1_1_VERSION});
  EXPECT_EQ(Send("localhost", server.port()).delivery, Delivery::not_sent);
}

TEST_F(TlsTest, AnotherHostsCertificateIsRefused) {
  ExpectRefused(Leaf("DNS:other.example").get(), "localhost", "hostname mismatch");
  ExpectRefused(Leaf("DNS:127.0.0.1").get(), "127.0.0.1", "IP address mismatch");
  ExpectRefused(Leaf("IP:127.0.0.2").get(), "127.0.0.1", "IP address mismatch");
  ExpectRefused(Leaf("").get(), "localhost", "hostname mismatch");
}

TEST_F(TlsTest, ACertificateOutOfItsTimeIsRefused) {
  ExpectRefused(Leaf("DNS:localhost", {-7200, -3600}).get(), "localhost", "expired");
  ExpectRefused(Leaf("DNS:localhost", {3600, 7200}).get(), "localhost", "not yet valid");
}

TEST_F(TlsTest, AnUnknownAuthorityIsRefused) {
  const Key other_key = MakeKey();
  const Certificate other = MakeCertificate(other_key.get(), "authority", nullptr, nullptr, "");
  const Certificate leaf = MakeCertificate(key_.get(), "leaf", other.get(), other_key.get(), "DNS:localhost");
  ExpectRefused(leaf.get(), "localhost", "certificate");
  const Certificate self_signed = MakeCertificate(key_.get(), "localhost", nullptr, nullptr, "");
  ExpectRefused(self_signed.get(), "localhost", "self-signed");
}

TEST_F(TlsTest, APeerThatSpeaksNoTlsIsNotSent) {
  RawServer server([](RawServer& self) {
    const RawSocket socket = self.Accept();
    socket.ReadSome();
    socket.Send("HTTP/1.1 400 Bad Request\r\n\r\n");
  });
  EXPECT_EQ(Send("localhost", server.port()).delivery, Delivery::not_sent);
}

TEST_F(TlsTest, ASilentPeerIsNotSentOnceTheDeadlinePasses) {
  RawServer server([](RawServer& self) { self.Accept().ReadToEnd(); });
  const Exchange exchange = Send("127.0.0.1", server.port(), 50ms);
  EXPECT_EQ(exchange.delivery, Delivery::not_sent);
  EXPECT_EQ(exchange.error.kind, ErrorKind::timeout);
}

TEST_F(TlsTest, AHostTooLongForTlsIsNotSent) {
  RawServer server([](RawServer& self) { self.Accept(); });
  HttpRequest request;
  request.url = *ParseUrl("https://127.0.0.1:" + std::to_string(server.port()) + "/");
  request.url.host = std::string(300, '0') + "177.0.0.1";
  const Exchange exchange = async::RunToEnd(loop_, Client().Send(request));
  EXPECT_EQ(exchange.delivery, Delivery::not_sent);
  EXPECT_EQ(exchange.error.kind, ErrorKind::invalid) << exchange.error.message;
}

// Whoever can cut the connection could else shorten an answer that ends with it.
TEST_F(TlsTest, AnAnswerCutWithoutGoodbyeIsNotWhole) {
  const Certificate leaf = Leaf("DNS:localhost");
  TlsServer server(leaf.get(), key_.get(), {.cuts_answers = true});
  EXPECT_EQ(Send("localhost", server.port()).delivery, Delivery::maybe_sent);
}

TEST_F(TlsTest, AnUnreadableFileOfAuthoritiesIsNotSent) {
  client_.emplace(loop_, timers_, resolver_, guard_, HttpClientOptions{.ca_file = folder_ / "missing.pem"});
  RawServer server([](RawServer& self) { self.Accept(); });
  const Exchange exchange = Send("127.0.0.1", server.port());
  EXPECT_EQ(exchange.delivery, Delivery::not_sent);
  EXPECT_EQ(exchange.error.kind, ErrorKind::invalid);
  EXPECT_TRUE(exchange.error.message.contains("missing.pem")) << exchange.error.message;
}

}  // namespace
}  // namespace rowcall::net
