// More connections than the server, or the system, has room for.

#include <gtest/gtest.h>
#include <sys/resource.h>

#include "net/test_peer.h"
#include "net/test_timed_server.h"

namespace rowcall::net {
namespace {

using namespace std::chrono_literals;

async::Task<ServerAnswer> TellPath(ServerRequest& request) {
  ServerAnswer answer;
  answer.body = request.path + " answered\n";
  co_return answer;
}

class ServerCrowdTest : public testing::Test {
 protected:
  void Ask(const RawSocket& client, const std::string& path) {
    client.Send("GET " + path + " HTTP/1.1\r\nHost: h\r\n\r\n");
  }
  void ExpectAnswer(const RawSocket& client, const std::string& path) {
    EXPECT_TRUE(client.ReadUntil("answered\n").ends_with(path + " answered\n")) << path;
  }
  void ExpectNothingYet(const RawSocket& client) {
    server_.Settle();
    char byte = 0;
    EXPECT_LT(::recv(client.descriptor(), &byte, 1, MSG_PEEK | MSG_DONTWAIT), 0);
    EXPECT_EQ(errno, EAGAIN);
  }

  TimedServer server_{TellPath, {.max_connections = 2}};
};

TEST_F(ServerCrowdTest, TheLongestIdleConnectionMakesRoomForTheNextOne) {
  const RawSocket first = RawSocket::ConnectTo(server_.port());
  Ask(first, "/1");
  ExpectAnswer(first, "/1");
  server_.Settle();
  server_.Advance(1s);
  const RawSocket second = RawSocket::ConnectTo(server_.port());
  Ask(second, "/2");
  ExpectAnswer(second, "/2");
  server_.Settle();
  const RawSocket third = RawSocket::ConnectTo(server_.port());
  Ask(third, "/3");
  ExpectAnswer(third, "/3");
  EXPECT_EQ(first.ReadToEnd(), "");
  EXPECT_TRUE(first.PeerHasEnded());
  Ask(second, "/2-again");
  ExpectAnswer(second, "/2-again");
}

TEST_F(ServerCrowdTest, WhileAllAreBusyTheNextOneWaits) {
  const RawSocket silent = RawSocket::ConnectTo(server_.port());
  const RawSocket busy = RawSocket::ConnectTo(server_.port());
  busy.Send("GET /busy HTTP/1.1\r\n");
  const RawSocket next = RawSocket::ConnectTo(server_.port());
  Ask(next, "/next");
  ExpectNothingYet(next);
  busy.Send("Host: h\r\nConnection: close\r\n\r\n");
  ExpectAnswer(busy, "/busy");
  busy.StopSending();
  ExpectAnswer(next, "/next");
  Ask(silent, "/silent");
  ExpectAnswer(silent, "/silent");
}

TEST_F(ServerCrowdTest, WithoutADescriptorItTriesAgainLaterAndNotAllTheTime) {
  const RawSocket idle = RawSocket::ConnectTo(server_.port());
  Ask(idle, "/idle");
  ExpectAnswer(idle, "/idle");
  const RawSocket client(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(server_.port());
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit none{3, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
  ASSERT_EQ(::connect(client.descriptor(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  server_.Settle();
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_EQ(idle.ReadToEnd(), "");  // it gave its descriptor
  EXPECT_TRUE(idle.PeerHasEnded());
  Ask(client, "/client");
  ExpectNothingYet(client);
  server_.Advance(50ms);
  ExpectAnswer(client, "/client");
}

}  // namespace
}  // namespace rowcall::net
