// Real listeners that must see no connection: whatever is written for an address, and however a name changes its mind.

#include <gtest/gtest.h>

#include <atomic>
#include <vector>

#include "net/pooled_http_client.h"
#include "net/test_peer.h"

namespace rowcall::net {
namespace {

using namespace std::chrono_literals;

/// Listens at one port, of 127.0.0.1 at least, and counts who connects; closes at once.
class Trap {
 public:
  explicit Trap(std::string_view at = "127.0.0.1", std::uint16_t port = 0) : server_(Count(), at, port) {}

  std::uint16_t port() const { return server_.port(); }
  /// How many came so far, besides the one that asks: who came earlier was counted earlier.
  int Visitors() {
    RawSocket::ConnectTo(port()).ReadToEnd();
    return visitors_ - ++asked_;
  }

 private:
  std::function<void(RawServer&)> Count() {
    return [this](RawServer& self) {
      for (;;) {
        const RawSocket visitor = self.Accept();
        if (visitor.descriptor() < 0) return;
        ++visitors_;
      }
    };
  }

  std::atomic<int> visitors_ = 0;
  int asked_ = 0;
  RawServer server_;
};

bool MachineHasIpv6() {
  const int descriptor = ::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_addr = in6addr_loopback;
  const bool bound = ::bind(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  ::close(descriptor);
  return bound;
}

HttpRequest GetFrom(std::string_view scheme, std::string_view host, std::uint16_t port) {
  HttpRequest request;
  request.url = *ParseUrl(std::string(scheme) + "://" + std::string(host) + ":" + std::to_string(port) + "/");
  return request;
}

class EgressTrapTest : public testing::Test {
 protected:
  Exchange Send(const EgressGuard& guard, const HttpRequest& request) {
    Resolver resolver(loop_, timers_);
    PooledHttpClient client(loop_, timers_, resolver, guard, {});
    return async::RunToEnd(loop_, client.Send(request));
  }

  void ExpectRefusedByAddress(const std::string& host, std::uint16_t port) {
    const Exchange exchange = Send(strict_, GetFrom("https", host, port));
    EXPECT_EQ(exchange.delivery, Delivery::not_sent) << host;
    EXPECT_EQ(exchange.error.kind, ErrorKind::forbidden) << host << ": " << exchange.error.message;
    const bool says_address = exchange.error.message.contains("address");  // not: port, plain http
    EXPECT_TRUE(says_address) << host << ": " << exchange.error.message;
  }

  async::Loop loop_;
  SystemClock clock_;
  async::LoopTimers timers_{loop_, clock_};
  const EgressGuard strict_ = *EgressGuard::Create({});
};

// Every way to write loopback that the system's own resolver understands.
constexpr const char* kLoopbackIpv4[] = {
    "127.0.0.1",
    "127.1",
    "127.0.1",
    "2130706433",
    "0x7f000001",
    "0X7F000001",
    "0x7f.1",
    "0x7f.0.0.1",
    "017700000001",
    "0177.0.0.1",
    "0177.1",
    "127.0.0.01",
    "127.0.0.2",
    "127.9.9.9",
    "127.255.255.254",
    "2130706434",
    "0",
    "0.0.0.0",
    "0x0",
    "00",
    "localhost",
    "LocalHost",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::FFFF:127.0.0.2]",
};
constexpr const char* kLoopbackIpv6[] = {"[::1]", "[0:0:0:0:0:0:0:1]", "[0000::0001]", "[::]"};
// The rest of what is not public. No test listens there: that the guard answers is the proof.
constexpr const char* kElsewhere[] = {
    "[::127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[64:ff9b::127.0.0.1]",
    "[2002:7f00:1::]",
    "[2001:0:7f00:1::]",
    "169.254.169.254",
    "2852039166",
    "0xa9fea9fe",
    "0251.0376.0251.0376",
    "[::ffff:169.254.169.254]",
    "[64:ff9b::a9fe:a9fe]",
    "[2002:a9fe:a9fe::1]",
    "[fd00:ec2::254]",
    "169.254.0.1",
    "100.64.0.1",
    "100.127.255.254",
    "10.0.0.1",
    "10.255.255.255",
    "10.1",
    "167772161",
    "172.16.0.1",
    "172.31.255.254",
    "192.168.0.1",
    "192.168.255.255",
    "0xc0a80001",
    "192.168.1",
    "198.18.0.1",
    "198.19.255.255",
    "192.0.0.1",
    "192.0.0.170",
    "192.0.2.1",
    "198.51.100.1",
    "203.0.113.1",
    "[fc00::1]",
    "[fdff::1]",
    "[fe80::1]",
    "[fec0::1]",
    "224.0.0.1",
    "239.255.255.255",
    "[ff02::1]",
    "255.255.255.255",
    "240.0.0.1",
    "0.1.2.3",
    "[64:ff9b::10.0.0.1]",
    "[64:ff9b::c0a8:1]",
    "[64:ff9b:1::1]",
    "[2002:a00:1::]",
    "[2002:c0a8:1::1]",
    "[2001:0:0a00:1::]",
    "[100::1]",
    "[2001:db8::1]",
    "[::ffff:0:0]",
};

TEST_F(EgressTrapTest, NoSpellingOfLoopbackIsConnectedToAndWithoutTheGuardEachWouldBe) {
  std::vector<std::string> hosts(std::begin(kLoopbackIpv4), std::end(kLoopbackIpv4));
  const bool both = MachineHasIpv6();
  if (both) hosts.insert(hosts.end(), std::begin(kLoopbackIpv6), std::end(kLoopbackIpv6));
  Trap trap(both ? "::" : "0.0.0.0");
  for (const std::string& host : hosts) ExpectRefusedByAddress(host, trap.port());
  EXPECT_EQ(trap.Visitors(), 0);

  const EgressGuard open = *EgressGuard::Create({"0.0.0.0/0", "::/0"});
  int sent = 0;
  for (const std::string& host : hosts) {
    Send(open, GetFrom("http", host, trap.port()));
    EXPECT_EQ(trap.Visitors(), ++sent) << host;
  }
}

TEST_F(EgressTrapTest, NothingElseThatIsNotPublicIsConnectedTo) {
  for (const char* host : kElsewhere) ExpectRefusedByAddress(host, 443);
}

/// Two addresses of this machine stand for the world: 127.0.0.2 may be called, at 127.0.0.1 a trap is set.
class ChangingNameTest : public EgressTrapTest {
 protected:
  using Addresses = std::vector<std::string_view>;

  /// The name's answers, one for each time it is asked.
  void Answers(std::vector<Addresses> answers) { answers_ = std::move(answers); }

  Exchange Ask() { return async::RunToEnd(loop_, client_.Send(GetFrom("http", "name.test", trap_.port()))); }

  Result<std::vector<IpBytes>> LookUp() {
    std::vector<IpBytes> addresses;
    for (const std::string_view address : answers_.at(asked_)) addresses.push_back(*ParseIp(address));
    ++asked_;
    return addresses;
  }

  std::vector<Addresses> answers_;
  std::size_t asked_ = 0;
  Trap trap_;
  RawServer good_{[](RawServer& self) {
                    for (;;) {
                      const RawSocket socket = self.Accept();
                      if (socket.descriptor() < 0) return;
                      socket.ReadUntil("\r\n\r\n");
                      socket.Send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 4\r\n\r\ngood");
                    }
                  },
                  "127.0.0.2", trap_.port()};
  const EgressGuard guard_ = *EgressGuard::Create({"127.0.0.2", "127.0.0.3"});
  Resolver resolver_{loop_, timers_, {.keep = 0s, .look_up = [this](const std::string&) { return LookUp(); }}};
  PooledHttpClient client_{loop_, timers_, resolver_, guard_, {}};
};

TEST_F(ChangingNameTest, ThatTurnsPrivateIsRefusedAtTheNextConnect) {
  Answers({{"127.0.0.2"}, {"127.0.0.1"}, {"::1"}, {"169.254.169.254"}, {"127.0.0.2"}});
  EXPECT_EQ(Ask().answer.body, "good");
  for (int i = 0; i < 3; ++i) {
    const Exchange exchange = Ask();
    EXPECT_EQ(exchange.delivery, Delivery::not_sent);
    EXPECT_EQ(exchange.error.kind, ErrorKind::forbidden) << exchange.error.message;
  }
  EXPECT_EQ(Ask().answer.body, "good");
  EXPECT_EQ(trap_.Visitors(), 0);
}

TEST_F(ChangingNameTest, WithSomePrivateAddressesIsCalledAtTheOthersOnly) {
  Answers({{"127.0.0.1", "127.0.0.2"}, {"127.0.0.2", "127.0.0.1"}, {"::1", "127.0.0.2"}, {"10.0.0.1", "127.0.0.2"}});
  for (std::size_t i = 0; i < answers_.size(); ++i) EXPECT_EQ(Ask().answer.body, "good") << i;
  EXPECT_EQ(trap_.Visitors(), 0);
}

TEST_F(ChangingNameTest, WhoseGoodAddressIsDeadIsNotCalledAtItsPrivateOne) {
  Answers({{"127.0.0.3", "127.0.0.1"}, {"127.0.0.1", "127.0.0.3"}});
  for (std::size_t i = 0; i < answers_.size(); ++i) EXPECT_EQ(Ask().delivery, Delivery::not_sent) << i;
  EXPECT_EQ(trap_.Visitors(), 0);
}

}  // namespace
}  // namespace rowcall::net
