// What request smuggling is made of, and every limit: answered with a small problem document, then the connection ends.

#include <gtest/gtest.h>

#include <atomic>

#include "net/test_peer.h"
#include "net/test_server.h"

namespace rowcall::net {
namespace {

constexpr std::string_view kSmuggled = "GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n";

/// A server that notes whether a request hidden in another one was taken for one.
class StrictServer {
 public:
  TestServer server{[this](ServerRequest& request) -> async::Task<ServerAnswer> {
    ++requests;
    if (request.path == "/smuggled") smuggled = true;
    const Result<std::string> body = co_await ReadWhole(*request.body, 1 << 20);
    ServerAnswer answer;
    answer.status = body ? 200 : 400;
    co_return answer;
  }};
  std::atomic<int> requests = 0;
  std::atomic<bool> smuggled = false;

  std::string Answer(std::string_view bytes) const {
    const RawSocket client = RawSocket::ConnectTo(server.port());
    client.Send(bytes);
    return client.ReadToEnd();  // comes to an end only if the server closes
  }
};

class MalformedHeadTest : public testing::TestWithParam<std::string> {};

TEST_P(MalformedHeadTest, Is400AndClosed) {
  StrictServer strict;
  const std::string answer = strict.Answer(GetParam() + std::string(kSmuggled));
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 400 Bad Request\r\n")) << answer;
  EXPECT_TRUE(answer.contains("Content-Type: application/problem+json\r\n"));
  EXPECT_TRUE(answer.contains("Connection: close\r\n"));
  EXPECT_EQ(strict.requests, 0);
}

std::string Head(std::string_view fields) { return "POST / HTTP/1.1\r\nHost: h\r\n" + std::string(fields) + "\r\n"; }

INSTANTIATE_TEST_SUITE_P(
    Framing, MalformedHeadTest,
    testing::Values(Head("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"),
                    Head("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"),
                    Head("Content-Length: 5\r\nContent-Length: 5\r\n"),
                    Head("Content-Length: 5\r\nContent-Length: 6\r\n"), Head("Content-Length: 5, 5\r\n"),
                    Head("Content-Length: 5,\r\n"), Head("Content-Length: +5\r\n"), Head("Content-Length: -1\r\n"),
                    Head("Content-Length: 0x5\r\n"), Head("Content-Length: 5 6\r\n"), Head("Content-Length:\r\n"),
                    Head("Content-Length: five\r\n"), Head("Content-Length: 99999999999999999999\r\n"),
                    Head("Transfer-Encoding: xchunked\r\n"), Head("Transfer-Encoding: gzip\r\n"),
                    Head("Transfer-Encoding: gzip, chunked\r\n"), Head("Transfer-Encoding: chunked, identity\r\n"),
                    Head("Transfer-Encoding: chunked, chunked\r\n"),
                    Head("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"),
                    Head("Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n"),
                    Head("Transfer-Encoding: \"chunked\"\r\n"),
                    Head("Transfer-Encoding: \x0b"
                         "chunked\r\n"),
                    Head("Transfer-Encoding:\r\n"), Head("Transfer-Encoding: chunked;q=1\r\n"),
                    std::string("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n")));

INSTANTIATE_TEST_SUITE_P(
    Lines, MalformedHeadTest,
    testing::Values(Head("Transfer-Encoding : chunked\r\n"), Head("Content-Length\t: 5\r\n"), Head("X: a\r\n b\r\n"),
                    Head("X: a\r\n\tb\r\n"), Head("Transfer-Encoding:\r\n chunked\r\n"),
                    Head("X: a\nContent-Length: 5\r\n"), Head("X: a\rContent-Length: 5\r\n"),
                    Head(std::string("X: a\0b\r\n", 8)), Head("X: a\x7f\r\n"), Head("no colon\r\n"), Head(": x\r\n"),
                    Head("X(: y\r\n"), Head("\xc3\xa9: y\r\n"), std::string("POST / HTTP/1.1\nHost: h\n\n"),
                    std::string("POST / HTTP/1.1\r\n Host: h\r\n\r\n"), std::string("POST / HTTP/1.1\r\n\r\n"),
                    std::string("POST / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"), std::string("\nGET / HTTP/1.1\r\n")));

INSTANTIATE_TEST_SUITE_P(RequestLine, MalformedHeadTest,
                         testing::Values("GET /\r\nHost: h\r\n\r\n", "GET / HTTP/2.0\r\nHost: h\r\n\r\n",
                                         "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "GET / HTTP/1.1 \r\nHost: h\r\n\r\n",
                                         "GET  / HTTP/1.1\r\nHost: h\r\n\r\n", "GET\t/ HTTP/1.1\r\nHost: h\r\n\r\n",
                                         " GET / HTTP/1.1\r\nHost: h\r\n\r\n", "G@T / HTTP/1.1\r\nHost: h\r\n\r\n",
                                         "GET / http/1.1\r\nHost: h\r\n\r\n", "GET /%zz HTTP/1.1\r\nHost: h\r\n\r\n",
                                         "GET /% HTTP/1.1\r\nHost: h\r\n\r\n", "GET path HTTP/1.1\r\nHost: h\r\n\r\n",
                                         "GET /a b HTTP/1.1\r\nHost: h\r\n\r\n", "\x16\x03\x01\x02\r\n\r\n"));

class MalformedBodyTest : public testing::TestWithParam<std::string> {};

TEST_P(MalformedBodyTest, FailsInTheHandlerAndClosesTheConnection) {
  StrictServer strict;
  const std::string answer =
      strict.Answer(Head("Transfer-Encoding: chunked\r\n") + GetParam() + "\r\n\r\n" + std::string(kSmuggled));
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 400 Bad Request\r\n")) << answer;
  EXPECT_FALSE(strict.smuggled);
}

INSTANTIATE_TEST_SUITE_P(Chunks, MalformedBodyTest,
                         testing::Values("0x5\r\nhello\r\n0", "g\r\n", "-5\r\nhello\r\n0", " 5\r\nhello\r\n0",
                                         "5\nhello\r\n0", "5\r\nhelloX\r\n0", "5\r\nhello\n0",
                                         "5;a=\"\n\"\r\nhello\r\n0", "5 x\r\nhello\r\n0", "fffffffffffffffff\r\nx",
                                         "\r\n5\r\nhello\r\n0", "5;" + std::string(1 << 20, 'a'),
                                         "5\r\nhello\r\n0\r\n bad: trailer", "0\r\nX: " + std::string(1 << 20, 'a')));

std::string Pad(std::size_t size) { return std::string(size, 'x'); }

TEST(HttpServerLimitTest, TooLongATargetIs414) {
  StrictServer strict;
  EXPECT_TRUE(strict.Answer("GET /" + Pad(8192) + " HTTP/1.1\r\nHost: h\r\n\r\n").starts_with("HTTP/1.1 414 "));
  EXPECT_TRUE(strict.Answer("GET /" + Pad(100'000)).starts_with("HTTP/1.1 414 "));
  EXPECT_TRUE(
      strict.Answer("GET /" + Pad(8191) + " HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n").contains(" 200 "));
}

TEST(HttpServerLimitTest, TooLargeAHeaderIs431) {
  StrictServer strict;
  EXPECT_TRUE(strict.Answer(Head("X: " + Pad(8192) + "\r\n")).starts_with("HTTP/1.1 431 "));
  EXPECT_TRUE(strict.Answer("GET / HTTP/1.1\r\nX: " + Pad(1 << 20)).starts_with("HTTP/1.1 431 "));
  std::string fields;
  for (int i = 0; i < 100; ++i) fields += "X: y\r\n";
  EXPECT_TRUE(strict.Answer(Head(fields)).starts_with("HTTP/1.1 431 "));
  std::string bytes;
  for (int i = 0; i < 9; ++i) bytes += "X: " + Pad(8000) + "\r\n";
  EXPECT_TRUE(strict.Answer(Head(bytes)).starts_with("HTTP/1.1 431 "));
  EXPECT_EQ(strict.requests, 0);
}

TEST(HttpServerLimitTest, ALargeHeaderWithinTheLimitsIsRead) {
  StrictServer strict;
  std::string fields = "Connection: close\r\n";
  for (int i = 0; i < 7; ++i) fields += "X: " + Pad(8000) + "\r\n";
  for (int i = 0; i < 91; ++i) fields += "X: y\r\n";
  EXPECT_TRUE(strict.Answer(Head(fields)).starts_with("HTTP/1.1 200 "));
}

}  // namespace
}  // namespace rowcall::net
