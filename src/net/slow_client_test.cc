// Whoever holds a connection open with as little as possible: slow headers, empty lines, slow reading, silence.

#include <gtest/gtest.h>

#include <atomic>
#include <future>

#include "net/test_peer.h"
#include "net/test_timed_server.h"

namespace rowcall::net {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kShortRequest = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";

class SlowClientTest : public testing::Test {
 protected:
  static async::Task<ServerAnswer> Greet(ServerRequest&) {
    ServerAnswer answer;
    answer.body = "hello\n";
    co_return answer;
  }

  /// A request that the server has answered.
  void Ask() {
    client_.Send(kShortRequest);
    EXPECT_TRUE(client_.ReadUntil("hello\n").contains("200 OK"));
    server_.Settle();
  }
  /// Sends after a while.
  void SendAfter(Duration while_, std::string_view bytes) {
    server_.Advance(while_);
    client_.Send(bytes);
    server_.Settle();
  }
  bool IsOpen() const {
    char byte = 0;
    return ::recv(client_.descriptor(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
  }
  void ExpectClosedWithoutAWord() const {
    EXPECT_EQ(client_.ReadToEnd(), "");
    EXPECT_TRUE(client_.PeerHasEnded());
  }

  TimedServer server_{Greet, {.header_timeout = 10s, .idle_timeout = 75s}};
  RawSocket client_ = RawSocket::ConnectTo(server_.port());
};

TEST_F(SlowClientTest, AHeaderInDripsIsCutWith408WhenItsTimeIsOver) {
  SendAfter(0s, "GET / HTTP/1.1\r\n");
  SendAfter(5s, "X: y\r\n");
  SendAfter(4s, "X: y\r\n");
  EXPECT_TRUE(IsOpen());
  server_.Advance(2s);
  EXPECT_TRUE(client_.ReadToEnd().starts_with("HTTP/1.1 408 "));
  EXPECT_TRUE(client_.PeerHasEnded());
}

TEST_F(SlowClientTest, ANewConnectionWithoutAByteIsClosedWhenAHeadersTimeIsOver) {
  server_.Settle();
  server_.Advance(9s);
  EXPECT_TRUE(IsOpen());
  server_.Advance(2s);
  ExpectClosedWithoutAWord();
}

TEST_F(SlowClientTest, APeerThatVanishedIsLeftWhenItsIdleTimeIsOver) {
  Ask();
  server_.Advance(74s);
  EXPECT_TRUE(IsOpen());
  server_.Advance(2s);
  ExpectClosedWithoutAWord();
}

TEST_F(SlowClientTest, EmptyLinesNowAndThenDoNotKeepAConnectionOpen) {
  Ask();
  SendAfter(40s, "\r\n");
  SendAfter(30s, "\r\n");
  EXPECT_TRUE(IsOpen());
  server_.Advance(10s);
  ExpectClosedWithoutAWord();
}

TEST_F(SlowClientTest, HalfAnEmptyLineBehindARequestDoesNotKeepAConnectionOpen) {
  client_.Send(std::string(kShortRequest) + "\r");
  EXPECT_TRUE(client_.ReadUntil("hello\n").contains("200 OK"));
  server_.Settle();
  server_.Advance(76s);
  ExpectClosedWithoutAWord();
}

TEST(SlowReaderTest, WhoeverReadsALittleNowAndThenIsCut) {
  std::promise<void> gone;
  auto source = std::shared_ptr<void>(nullptr, [&gone](void*) { gone.set_value(); });  // owners: the answer's source
  std::atomic<int> pieces = 0;
  TimedServer server(
      [&](ServerRequest&) -> async::Task<ServerAnswer> {
        ServerAnswer answer;
        answer.more = [&pieces, kept = std::exchange(source, nullptr)]() -> async::Task<Result<std::string>> {
          ++pieces;
          co_return std::string(100'000, 'x');
        };
        co_return answer;
      },
      {.body_timeout = 30s});
  const RawSocket client = RawSocket::ConnectTo(server.port());
  client.Send(kShortRequest);
  for (int before = -1; before < 1 || before != pieces;) {  // until nothing more goes into the system's buffers
    before = pieces;
    server.Settle();
  }
  for (int i = 0; i < 3; ++i) {
    char bytes[1000];
    EXPECT_EQ(::recv(client.descriptor(), bytes, sizeof bytes, 0), 1000);
    server.Settle();
    server.Advance(11s);
  }
  EXPECT_EQ(gone.get_future().wait_for(10s), std::future_status::ready);
}

}  // namespace
}  // namespace rowcall::net
