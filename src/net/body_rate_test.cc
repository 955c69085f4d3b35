// A body must come at some rate on average, however its bytes are spread.

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "net/test_peer.h"
#include "net/test_timed_server.h"

namespace rowcall::net {
namespace {

using namespace std::chrono_literals;

/// A server whose time the test moves, and a client in the middle of a body.
class BodyRateTest : public testing::Test {
 protected:
  BodyRateTest() { client_.Send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n"); }

  async::Task<ServerAnswer> ReadBody(ServerRequest& request) {
    ServerAnswer answer;
    for (;;) {
      const Result<std::string_view> piece = co_await request.body->Next();
      if (!piece) {
        answer.status = piece.error().kind == ErrorKind::timeout ? 408 : 400;
        answer.body = piece.error().message + ". " + piece.error().hint;
        co_return answer;
      }
      if (piece->empty()) co_return answer;
      came_ += piece->size();
    }
  }

  /// Sends `bytes` and returns once the server has read them and waits for more.
  void Send(std::size_t bytes) {
    client_.Send(std::string(bytes, 'x'));
    sent_ += bytes;
    while (came_ < sent_) std::this_thread::yield();
  }

  std::atomic<std::size_t> came_ = 0;
  std::size_t sent_ = 0;
  TimedServer server_{[this](ServerRequest& request) { return ReadBody(request); },
                      {.body_timeout = 30s, .min_body_rate = 500, .body_grace = 30s}};
  RawSocket client_ = RawSocket::ConnectTo(server_.port());
};

TEST_F(BodyRateTest, AByteNowAndThenIsAnswered408AndTheConnectionClosed) {
  Send(1);
  server_.Advance(29s);
  Send(1);
  server_.Advance(29s);
  const std::string answer = client_.ReadToEnd();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 408 ")) << answer;
  EXPECT_TRUE(answer.contains("Connection: close\r\n")) << answer;
  EXPECT_TRUE(answer.ends_with("Send at least 500 bytes a second.")) << answer;
}

TEST_F(BodyRateTest, ABodyThatKeepsTheRateMayTakeLong) {
  for (int minute = 0; minute < 30; ++minute) {
    Send(10'000);
    server_.Advance(20s);
  }
  Send(1'000'000 - sent_);
  EXPECT_TRUE(client_.ReadUntil("\r\n\r\n").starts_with("HTTP/1.1 200 "));
}

TEST_F(BodyRateTest, WhoeverWasFastGainsNoRightToStandStill) {
  Send(900'000);
  for (int i = 0; i < 2; ++i) {
    server_.Advance(29s);
    if (i == 0) Send(1);
  }
  EXPECT_TRUE(client_.ReadToEnd().starts_with("HTTP/1.1 408 "));
}

}  // namespace
}  // namespace rowcall::net
