#include "net/http_server.h"

#include <gtest/gtest.h>
#include <netinet/tcp.h>
#include <sys/resource.h>

#include <boost/system/error_code.hpp>

#include <future>

#include "async/semaphore.h"
#include "base/log.h"
#include "net/answer_head.h"
#include "net/test_peer.h"
#include "net/test_server.h"

namespace rowcall::net {
namespace {

using namespace std::chrono_literals;

/// Answers with what it got: "METHOD path?query body".
async::Task<ServerAnswer> Tell(ServerRequest& request) {
  ServerAnswer answer;
  Result<std::string> body = co_await ReadWhole(*request.body, 1 << 20);
  if (body) {
    answer.body = request.method + " " + request.path + "?" + request.query + " " + *body + "\n";
  } else {
    answer.status = body.error().kind == ErrorKind::timeout ? 408 : 400;
    answer.body = body.error().message;
  }
  co_return answer;
}

async::Task<ServerAnswer> IgnoreBody(ServerRequest&) {
  ServerAnswer answer;
  answer.body = "ignored\n";
  co_return answer;
}

std::string Status(const std::string& answer) { return answer.substr(0, answer.find("\r\n")); }
std::string BodyOf(const std::string& answer) {
  return answer.substr(std::min(answer.find("\r\n\r\n") + 4, answer.size()));
}

std::string Converse(const TestServer& server, std::string_view bytes) {
  const RawSocket client = RawSocket::ConnectTo(server.port());
  client.Send(bytes);
  client.StopSending();
  return client.ReadToEnd();
}

/// Returns when the server has looked at its sockets once more.
void TurnLoop(TestServer& server) {
  std::promise<void> turned;
  server.loop().Post([&turned] { turned.set_value(); });
  turned.get_future().wait();
}

TEST(HttpServerTest, ConnectionsAreKeptAlive) {
  TestServer server(Tell);
  const RawSocket client = RawSocket::ConnectTo(server.port());
  for (int i = 0; i < 3; ++i) {
    client.Send("GET /a%20b?c=d HTTP/1.1\r\nHost: h\r\n\r\n");
    const std::string answer = client.ReadUntil(" \n");
    EXPECT_EQ(Status(answer), "HTTP/1.1 200 OK");
    EXPECT_FALSE(answer.contains("Connection:"));
    EXPECT_TRUE(answer.contains("Content-Length: 14\r\n") && answer.contains("\r\nDate: ")) << answer;
    EXPECT_EQ(BodyOf(answer), "GET /a b?c=d \n");
  }
}

TEST(HttpServerTest, PipelinedRequestsAreAnsweredInTurn) {
  TestServer server(Tell);
  const std::string answers =
      Converse(server,
               "POST /1 HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\none"
               "POST /2 HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\ntwo\r\n0\r\n\r\n"
               "\r\nGET /3 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  const std::size_t one = answers.find("POST /1? one\n");
  const std::size_t two = answers.find("POST /2? two\n");
  const std::size_t three = answers.find("GET /3? \n");
  EXPECT_LT(one, two);
  EXPECT_LT(two, three);
  EXPECT_NE(three, std::string::npos) << answers;
  EXPECT_TRUE(answers.contains("Connection: close\r\n"));
}

TEST(HttpServerTest, WhereARequestIsSplitMakesNoDifference) {
  TestServer server(Tell);
  const std::string request =
      "POST /p HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n4;x=\"y\"\r\nwxyz\r\n1\r\n!\r\n0\r\nTrailer: "
      "t\r\n\r\n";
  const RawSocket client = RawSocket::ConnectTo(server.port());
  const int on = 1;
  setsockopt(client.descriptor(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  for (std::size_t at = 1; at < request.size(); ++at) {
    client.Send(request.substr(0, at));
    for (int i = 0; i < 2; ++i) TurnLoop(server);  // so that the server reads the first part by itself
    client.Send(request.substr(at));
    const std::string answer = client.ReadUntil("!\n");
    ASSERT_TRUE(answer.contains("POST /p? wxyz!\n")) << at << answer;
  }
}

TEST(HttpServerTest, HeadGetsTheHeaderOnly) {
  TestServer server(IgnoreBody);
  const std::string answer = Converse(server, "HEAD / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  EXPECT_TRUE(answer.contains("Content-Length: 8\r\n"));
  EXPECT_TRUE(answer.ends_with("\r\n\r\n"));
}

TEST(HttpServerTest, AnOldClientGetsItsConnectionClosedUnlessItAsks) {
  TestServer server(Tell);
  EXPECT_TRUE(Converse(server, "GET / HTTP/1.0\r\n\r\n").contains("Connection: close\r\n"));
  EXPECT_TRUE(
      Converse(server, "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").contains("Connection: keep-alive\r\n"));
}

TEST(HttpServerTest, AWholeAddressAsTargetIsReadAsItsPath) {
  TestServer server(Tell);
  EXPECT_TRUE(Converse(server, "GET http://h/p?q HTTP/1.1\r\nHost: h\r\n\r\n").ends_with("GET /p?q \n"));
  EXPECT_TRUE(Converse(server, "GET http://h HTTP/1.1\r\nHost: h\r\n\r\n").ends_with("GET /? \n"));
  EXPECT_TRUE(Converse(server, "GET HTTPS://H:1?q HTTP/1.1\r\nHost: h:1\r\n\r\n").ends_with("GET /?q \n"));
}

TEST(HttpServerTest, ContinueIsSentWhenTheBodyIsAskedFor) {
  TestServer server(Tell);
  const RawSocket client = RawSocket::ConnectTo(server.port());
  client.Send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.ReadUntil("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  client.Send("ok");
  EXPECT_TRUE(client.ReadUntil("ok\n").contains("200 OK"));
}

TEST(HttpServerTest, WithoutContinueTheConnectionIsClosed) {
  TestServer server(IgnoreBody);
  const RawSocket client = RawSocket::ConnectTo(server.port());
  client.Send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  const std::string answer = client.ReadToEnd();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK") && answer.contains("Connection: close")) << answer;
}

TEST(HttpServerTest, AShortBodyThatNobodyReadIsSkipped) {
  TestServer server(IgnoreBody);
  const std::string body(200'000, 'x');
  const std::string request =
      "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  const std::string answers = Converse(server, request + request);
  EXPECT_NE(answers.find("ignored"), answers.rfind("ignored"));
}

TEST(HttpServerTest, ALongBodyThatNobodyReadEndsTheConnection) {
  TestServer server(IgnoreBody);
  const RawSocket client = RawSocket::ConnectTo(server.port());
  client.Send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 300000\r\n\r\n");
  const std::string answer = client.ReadToEnd();
  EXPECT_TRUE(answer.contains("Connection: close\r\n") && answer.ends_with("ignored\n"));
}

TEST(HttpServerTest, AnEndlessChunkedBodyThatNobodyReadEndsTheConnection) {
  TestServer server(IgnoreBody);
  const RawSocket client = RawSocket::ConnectTo(server.port());
  client.Send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
  const std::string chunk = "10000\r\n" + std::string(0x10000, 'x') + "\r\n";
  for (int i = 0; i < 20; ++i) client.Send(chunk);
  EXPECT_TRUE(client.ReadToEnd().ends_with("ignored\n"));
}

TEST(HttpServerTest, WhoeverSendsALongBodyThatNobodyReadCanFinishAndSeesTheAnswer) {
  TestServer server(IgnoreBody);
  const RawSocket client = RawSocket::ConnectTo(server.port());
  constexpr std::size_t kLength = 20 << 20;
  client.Send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(kLength) + "\r\n\r\n");
  EXPECT_TRUE(client.Send(std::string(kLength, 'x')));
  EXPECT_TRUE(client.ReadToEnd().ends_with("ignored\n"));
}

TEST(HttpServerTest, WhoeverNeverEndsABodyThatNobodyReadIsLeft) {
  ServerOptions options;
  options.linger = 30ms;
  TestServer server(IgnoreBody, options);
  const RawSocket client = RawSocket::ConnectTo(server.port());
  client.Send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000000000\r\n\r\n");
  const auto end = std::chrono::steady_clock::now() + 10s;
  bool taken = true;
  while (taken && std::chrono::steady_clock::now() < end) taken = client.Send(std::string(64 << 10, 'x'));
  EXPECT_FALSE(taken);
}

/// Sends "a", "b", "c", then ends or fails.
Handler Streaming(bool fails) {
  return [fails](ServerRequest&) -> async::Task<ServerAnswer> {
    ServerAnswer answer;
    answer.body = "first ";
    answer.more = [fails, next = 'a']() mutable -> async::Task<Result<std::string>> {
      if (next <= 'c') co_return std::string(1, next++);
      if (fails) co_return Fail(ErrorKind::unavailable, "the source dried up");
      co_return "";
    };
    co_return answer;
  };
}

TEST(HttpServerTest, AStreamedAnswerIsChunked) {
  TestServer server(Streaming(false));
  const std::string request = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
  const std::string answers = Converse(server, request + request);
  const std::string body = "Transfer-Encoding: chunked\r\n\r\n6\r\nfirst \r\n1\r\na\r\n1\r\nb\r\n1\r\nc\r\n0\r\n\r\n";
  EXPECT_NE(answers.find(body), answers.rfind(body)) << answers;
}

TEST(HttpServerTest, AnOldClientGetsAStreamedAnswerUpToTheEnd) {
  TestServer server(Streaming(false));
  const std::string answer = Converse(server, "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_TRUE(answer.ends_with("Connection: close\r\n\r\nfirst abc")) << answer;
  EXPECT_FALSE(answer.contains("Content-Length"));
}

TEST(HttpServerTest, AStreamThatFailsIsCutSoThatTheClientSeesIt) {
  TestServer server(Streaming(true));
  const std::string answer = Converse(server, "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_FALSE(answer.contains("0\r\n\r\n")) << answer;
}

TEST(HttpServerTest, LineBreaksInAnAnswersFieldsCannotMakeFields) {
  TestServer server([](ServerRequest&) -> async::Task<ServerAnswer> {
    ServerAnswer answer;
    answer.headers.Add("X-Name", "a\r\nX-Evil: b");
    answer.headers.Add("Content-Length", "7000");
    answer.headers.Add("connection", "upgrade");
    co_return answer;
  });
  const std::string answer = Converse(server, "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_TRUE(answer.contains("X-Name: a  X-Evil: b\r\n")) << answer;
  EXPECT_FALSE(answer.contains("7000") || answer.contains("upgrade"));
}

TEST(HttpServerTest, AResetGivesNoAnswerAtAll) {
  TestServer server([](ServerRequest&) -> async::Task<ServerAnswer> {
    ServerAnswer answer;
    answer.reset = true;
    co_return answer;
  });
  const RawSocket client = RawSocket::ConnectTo(server.port());
  client.Send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  char byte = 0;
  EXPECT_LT(::recv(client.descriptor(), &byte, 1, 0), 0);
  EXPECT_EQ(errno, ECONNRESET);
}

TEST(HttpServerTest, ASlowHeaderIsCutWith408) {
  ServerOptions options;
  options.header_timeout = 30ms;
  TestServer server(Tell, options);
  const RawSocket client = RawSocket::ConnectTo(server.port());
  client.Send("GET / HTTP/1.1\r\nHo");
  EXPECT_EQ(Status(client.ReadToEnd()), "HTTP/1.1 408 Request Timeout");
}

TEST(HttpServerTest, AnIdleConnectionIsClosedWithoutAWord) {
  ServerOptions options;
  options.idle_timeout = 30ms;
  TestServer server(Tell, options);
  const RawSocket client = RawSocket::ConnectTo(server.port());
  client.Send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_TRUE(client.ReadToEnd().ends_with("? \n"));
  EXPECT_TRUE(client.PeerHasEnded());
}

TEST(HttpServerTest, ASlowBodyFailsWithTimeoutAndTheAnswerStillComes) {
  ServerOptions options;
  options.body_timeout = 30ms;
  TestServer server(Tell, options);
  const RawSocket client = RawSocket::ConnectTo(server.port());
  client.Send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nab");
  const std::string answer = client.ReadToEnd();
  EXPECT_EQ(Status(answer), "HTTP/1.1 408 Request Timeout");
  EXPECT_TRUE(answer.contains("Connection: close"));
}

TEST(HttpServerTest, AClientThatDoesNotReadIsCutOff) {
  ServerOptions options;
  options.body_timeout = 30ms;
  std::promise<void> gone;
  auto more_gone = std::shared_ptr<void>(nullptr, [&gone](void*) { gone.set_value(); });  // owners: the answer's source
  TestServer server(
      [&more_gone](ServerRequest&) -> async::Task<ServerAnswer> {
        ServerAnswer answer;
        answer.more = [kept = std::exchange(more_gone, nullptr)]() -> async::Task<Result<std::string>> {
          co_return std::string(100'000, 'x');
        };
        co_return answer;
      },
      options);
  const RawSocket client = RawSocket::ConnectTo(server.port());
  client.Send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(gone.get_future().wait_for(10s), std::future_status::ready);
}

TEST(HttpServerTest, AnAddressThatIsTakenIsNamed) {
  TestServer server(Tell);
  SystemClock clock;
  async::Loop loop;
  async::LoopTimers timers(loop, clock);
  ServerOptions options;
  options.port = server.port();
  HttpServer second(loop, timers, options, Tell);
  const Result<void> started = second.Start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().kind, ErrorKind::unavailable);
  EXPECT_TRUE(started.error().message.contains("127.0.0.1:" + std::to_string(server.port())));
}

/// A server and a stop that a test can order, on one thread's loop.
class DrainTest : public testing::Test {
 protected:
  DrainTest() {
    EXPECT_TRUE(server_->Start());
    port_ = server_->port();
    loop_.StartThread("drain-test");
  }
  ~DrainTest() override {
    std::promise<void> gone;
    loop_.Post([this, &gone] {
      server_.reset();
      timers_.reset();
      gone.set_value();
    });
    gone.get_future().wait();
  }

  async::Task<ServerAnswer> Hold(ServerRequest& request) {
    began_.set_value();
    co_await go_on_.Wait();
    ServerAnswer answer;
    answer.body = request.path + "\n";
    co_return answer;
  }

  static async::Task<void> DrainThenTell(HttpServer& server, Duration patience, std::promise<void>& done) {
    co_await server.Drain(patience);
    done.set_value();
  }

  SystemClock clock_;
  async::Loop loop_;
  std::unique_ptr<async::LoopTimers> timers_ = std::make_unique<async::LoopTimers>(loop_, clock_);
  std::promise<void> began_;
  async::Signal go_on_;
  std::unique_ptr<HttpServer> server_ = std::make_unique<HttpServer>(
      loop_, *timers_, ServerOptions{}, [this](ServerRequest& request) { return Hold(request); });
  std::uint16_t port_ = 0;
};

TEST_F(DrainTest, IdleConnectionsAreClosedAndRunningRequestsFinish) {
  const RawSocket idle = RawSocket::ConnectTo(port_);
  const RawSocket busy = RawSocket::ConnectTo(port_);
  busy.Send("GET /busy HTTP/1.1\r\nHost: h\r\n\r\n");
  began_.get_future().wait();
  std::promise<void> drained;
  loop_.Spawn(DrainThenTell(*server_, 10s, drained));
  EXPECT_EQ(idle.ReadToEnd(), "");
  loop_.Post([this] { go_on_.NotifyAll(); });
  const std::string answer = busy.ReadToEnd();
  EXPECT_TRUE(answer.contains("Connection: close") && answer.ends_with("/busy\n")) << answer;
  busy.StopSending();
  EXPECT_EQ(drained.get_future().wait_for(10s), std::future_status::ready);
}

TEST_F(DrainTest, PatienceHasAnEnd) {
  const RawSocket busy = RawSocket::ConnectTo(port_);
  busy.Send("GET /busy HTTP/1.1\r\nHost: h\r\n\r\n");
  began_.get_future().wait();
  std::promise<void> drained;
  loop_.Spawn(DrainThenTell(*server_, 20ms, drained));
  EXPECT_EQ(drained.get_future().wait_for(10s), std::future_status::ready);
  loop_.Post([this] { go_on_.NotifyAll(); });
  EXPECT_EQ(busy.ReadToEnd(), "");
}

TEST(ParseListenTest, AddressesAreReadAndAnythingElseRefused) {
  EXPECT_EQ(ParseListen("127.0.0.1:8080")->port, 8080);
  EXPECT_EQ(ParseListen("[::1]:0")->host, "::1");
  for (const char* text : {"", ":80", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536", "::1:80", "[::1]",
                           "[127.0.0.1]:80", "localhost:80", "127.0.0.1:80 "}) {
    EXPECT_FALSE(ParseListen(text)) << text;
  }
}

TEST(ServerRequestTest, QueryValuesAreDecoded) {
  ServerRequest request;
  request.query = "a=1&path=%2Fsample+file.csv&flag&a=2&%62=c";
  EXPECT_EQ(request.QueryValue("a"), "1");
  EXPECT_EQ(request.QueryValue("path"), "/sample file.csv");
  EXPECT_EQ(request.QueryValue("flag"), "");
  EXPECT_EQ(request.QueryValue("b"), "c");
  EXPECT_EQ(request.QueryValue("missing"), "");
}

TEST(HttpDateTest, DatesAreWrittenAsHttpWantsThem) {
  EXPECT_EQ(HttpDate(WallTime(784111777s)), "Sun, 06 Nov 1994 08:49:37 GMT");
}

}  // namespace
}  // namespace rowcall::net
