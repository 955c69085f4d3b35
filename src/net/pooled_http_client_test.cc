#include "net/pooled_http_client.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>

#include "net/test_peer.h"
#include "net/test_server.h"

namespace rowcall::net {
namespace {

using namespace std::chrono_literals;

/// A client that may reach loopback, and the loop it lives on.
class ClientTest : public testing::Test {
 protected:
  Exchange Send(const HttpRequest& request) { return async::RunToEnd(loop_, client_.Send(request)); }

  static HttpRequest Get(const Url& url) {
    HttpRequest request;
    request.url = url;
    return request;
  }
  static HttpRequest Post(const Url& url, std::string_view body) {
    HttpRequest request = Get(url);
    request.method = "POST";
    request.body = body;
    return request;
  }
  static Url Local(std::uint16_t port, std::string_view target = "/") {
    return *ParseUrl("http://127.0.0.1:" + std::to_string(port) + std::string(target));
  }

  async::Loop loop_;
  SystemClock clock_;
  async::LoopTimers timers_{loop_, clock_};
  Resolver resolver_{loop_, timers_};
  EgressGuard guard_ = *EgressGuard::Create({"127.0.0.0/8", "::1/128"});
  PooledHttpClient client_{loop_, timers_, resolver_, guard_, {}};
};

async::Task<ServerAnswer> Echo(ServerRequest& request) {
  ServerAnswer answer;
  answer.headers.Add("X-Method", request.method);
  answer.headers.Add("X-Host", std::string(request.headers.Find("host").value_or("none")));
  answer.headers.Add("X-Encoding", std::string(request.headers.Find("accept-encoding").value_or("none")));
  Result<std::string> body = co_await ReadWhole(*request.body, 64 << 20);
  answer.body = std::move(body).value_or("broken");
  co_return answer;
}

TEST_F(ClientTest, APostComesBackWhole) {
  TestServer server(Echo);
  const Exchange exchange = Send(Post(server.At("/a?b=c"), "hello"));
  ASSERT_EQ(exchange.delivery, Delivery::answered) << exchange.error.message;
  EXPECT_EQ(exchange.answer.status, 200);
  EXPECT_EQ(exchange.answer.body, "hello");
  EXPECT_EQ(exchange.answer.headers.Find("x-method"), "POST");
  EXPECT_EQ(exchange.answer.headers.Find("x-host"), "127.0.0.1:" + std::to_string(server.port()));
  EXPECT_EQ(exchange.answer.headers.Find("x-encoding"), "none");
}

TEST_F(ClientTest, EachRequestGoesOutWithItsOwnHeaders) {
  TestServer server(Echo);
  HttpRequest request = Get(server.At("/"));
  const auto encoding = [&] {
    return std::string(Send(request).answer.headers.Find("x-encoding").value_or("no answer"));
  };
  EXPECT_EQ(encoding(), "none");
  request.headers.Add("Accept-Encoding", "a");
  EXPECT_EQ(encoding(), "a");
  EXPECT_EQ(encoding(), "a");
  request.headers.Set("Accept-Encoding", "b");
  EXPECT_EQ(encoding(), "b");
  request.headers = {};
  EXPECT_EQ(encoding(), "none");
}

TEST_F(ClientTest, ALongBodyComesBackWhole) {
  TestServer server(Echo);
  std::string body(5 << 20, 'x');
  for (std::size_t i = 0; i < body.size(); i += 1021) body[i] = static_cast<char>('a' + i % 26);
  HttpRequest request = Post(server.At("/"), body);
  request.max_answer_bytes = body.size();
  const Exchange exchange = Send(request);
  ASSERT_EQ(exchange.delivery, Delivery::answered) << exchange.error.message;
  EXPECT_TRUE(exchange.answer.body == body);
}

constexpr std::string_view kShortAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/// Reads one request that ends in `mark` and answers it with `bytes`, then closes.
auto AnswerOnce(std::string bytes, std::string mark = "\r\n\r\n") {
  return [bytes = std::move(bytes), mark = std::move(mark)](RawServer& server) {
    const RawSocket socket = server.Accept();
    socket.ReadUntil(mark);
    socket.Send(bytes);
  };
}

TEST_F(ClientTest, TheNextRequestUsesTheSameConnection) {
  RawServer server([](RawServer& self) {
    const RawSocket socket = self.Accept();
    for (int i = 0; i < 3 && socket.ReadUntil("\r\n\r\n") != ""; ++i) socket.Send(kShortAnswer);
  });
  for (int i = 0; i < 3; ++i) {
    const Exchange exchange = Send(Get(Local(server.port())));
    ASSERT_EQ(exchange.delivery, Delivery::answered) << exchange.error.message;
    EXPECT_EQ(exchange.answer.body, "ok");
    EXPECT_EQ(exchange.connected_at != MonoTime(), i == 0) << i;
  }
}

TEST_F(ClientTest, ARequestIsWrittenAsItShouldBe) {
  std::string seen;
  RawServer server([&seen](RawServer& self) {
    const RawSocket socket = self.Accept();
    seen = socket.ReadUntil("{}");
    socket.Send(kShortAnswer);
  });
  HttpRequest request = Post(Local(server.port(), "/p?q"), "{}");
  request.headers.Add("Content-Type", "application/json");
  request.headers.Add("content-length", "77");
  request.headers.Add("Transfer-Encoding", "chunked");
  EXPECT_EQ(Send(request).delivery, Delivery::answered);
  EXPECT_EQ(seen, "POST /p?q HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(server.port()) +
                      "\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}");
}

// The heart of the row protocol: a request that was read and not answered is never sent again.
TEST_F(ClientTest, APeerThatReadsAndClosesHasMaybeGotItAndGetsItOnce) {
  std::atomic<int> posts = 0;
  RawServer server([&posts](RawServer& self) {
    {
      const RawSocket socket = self.Accept();
      if (socket.ReadUntil("row1").contains("POST")) ++posts;
      socket.Send(kShortAnswer);
      if (socket.ReadUntil("row2").contains("POST")) ++posts;
    }
    for (;;) {
      const RawSocket again = self.Accept();
      if (again.descriptor() < 0) return;
      if (again.ReadSome().contains("POST")) ++posts;
    }
  });
  EXPECT_EQ(Send(Post(Local(server.port()), "row1")).delivery, Delivery::answered);
  const Exchange second = Send(Post(Local(server.port()), "row2"));
  EXPECT_EQ(second.delivery, Delivery::maybe_sent);
  EXPECT_EQ(second.error.kind, ErrorKind::unavailable);
  EXPECT_EQ(posts, 2);
}

TEST_F(ClientTest, AConnectionThatDiedWhileIdleIsReplaced) {
  std::promise<void> closed;
  RawServer server([&closed](RawServer& self) {
    AnswerOnce(std::string(kShortAnswer))(self);
    closed.set_value();
    AnswerOnce(std::string(kShortAnswer))(self);
  });
  EXPECT_EQ(Send(Get(Local(server.port()))).delivery, Delivery::answered);
  closed.get_future().wait();
  EXPECT_EQ(Send(Get(Local(server.port()))).delivery, Delivery::answered);
}

TEST_F(ClientTest, AConnectionOnWhichSomethingCameUnaskedIsNotUsedAgain) {
  RawServer server([](RawServer& self) {
    const RawSocket first = self.Accept();
    first.ReadUntil("\r\n\r\n");
    first.Send(std::string(kShortAnswer) + "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil");
    AnswerOnce(std::string(kShortAnswer))(self);
  });
  EXPECT_EQ(Send(Get(Local(server.port()))).answer.body, "ok");
  EXPECT_EQ(Send(Get(Local(server.port()))).answer.body, "ok");
}

TEST_F(ClientTest, ARefusedConnectionIsNotSent) {
  std::uint16_t port = 0;
  {
    port = TestServer(Echo).port();
  }
  const Exchange exchange = Send(Post(Local(port), "row"));
  EXPECT_EQ(exchange.delivery, Delivery::not_sent);
  EXPECT_EQ(exchange.error.kind, ErrorKind::unavailable);
  EXPECT_TRUE(exchange.error.message.contains("127.0.0.1")) << exchange.error.message;
}

TEST_F(ClientTest, AnUnknownNameIsNotSent) {
  HttpRequest request = Get(*ParseUrl("http://no-such-host.invalid/"));
  request.deadline = 5s;
  EXPECT_EQ(Send(request).delivery, Delivery::not_sent);
}

TEST_F(ClientTest, NamesAndOddAddressesAreResolved) {
  TestServer server(Echo);
  for (const char* host : {"localhost", "127.1", "2130706433", "0x7f.1"}) {
    const Url url = *ParseUrl("http://" + std::string(host) + ":" + std::to_string(server.port()) + "/");
    const Exchange exchange = Send(Get(url));
    EXPECT_EQ(exchange.delivery, Delivery::answered) << host << ": " << exchange.error.message;
  }
}

TEST_F(ClientTest, WhatTheGuardRefusesIsNeverConnected) {
  std::atomic<int> connections = 0;
  RawServer trap([&connections](RawServer& self) {
    while (self.Accept().descriptor() >= 0) ++connections;
  });
  const EgressGuard strict = *EgressGuard::Create({});
  PooledHttpClient client(loop_, timers_, resolver_, strict, {});
  for (const char* host : {"127.0.0.1", "127.1", "2130706433", "0x7f.1", "017700000001", "0", "localhost", "[::1]",
                           "[::ffff:127.0.0.1]", "[64:ff9b::7f00:1]"}) {
    const Exchange exchange = async::RunToEnd(
        loop_, client.Send(Get(*ParseUrl("http://" + std::string(host) + ":" + std::to_string(trap.port()) + "/"))));
    EXPECT_EQ(exchange.delivery, Delivery::not_sent) << host;
    EXPECT_EQ(exchange.error.kind, ErrorKind::forbidden) << host << ": " << exchange.error.message;
  }
  EXPECT_EQ(connections, 0);
}

/// A client in a world where every name is a public address.
class PublicNameTest : public ClientTest {
 protected:
  void ExpectForbidden(std::string_view url, bool only_allowed_by_hand) {
    HttpRequest request = Get(*ParseUrl(url));
    request.only_allowed_by_hand = only_allowed_by_hand;
    request.deadline = 1s;
    const Exchange exchange = async::RunToEnd(loop_, public_client_.Send(request));
    EXPECT_EQ(exchange.delivery, Delivery::not_sent) << url;
    EXPECT_EQ(exchange.error.kind, ErrorKind::forbidden) << url << ": " << exchange.error.message;
    EXPECT_TRUE(exchange.error.hint.contains("--allow-egress")) << exchange.error.hint;
  }

  static Result<std::vector<IpBytes>> LookUp(const std::string&) { return std::vector{*ParseIp("8.8.8.8")}; }
  Resolver public_names_{loop_, timers_, {.look_up = LookUp}};
  PooledHttpClient public_client_{loop_, timers_, public_names_, guard_, {}};
};

TEST_F(PublicNameTest, IsNotCalledByPlainHttp) {
  ExpectForbidden("http://public.test/", false);
  ExpectForbidden("http://8.8.8.8:8080/", false);
}

TEST_F(PublicNameTest, IsNotCalledWhereOnlyAddressesAllowedByHandMayBe) {
  ExpectForbidden("https://public.test/", true);
  ExpectForbidden("https://8.8.8.8/", true);
}

TEST_F(ClientTest, AConnectionOpenedWithoutTheRuleForAllowedAddressesIsNotUsedUnderIt) {
  RawServer server([](RawServer& self) {
    const auto answer_one = [](const RawSocket& socket) {
      socket.ReadUntil("\r\n\r\n");
      socket.Send(kShortAnswer);
    };
    const RawSocket first = self.Accept();
    answer_one(first);
    const RawSocket second = self.Accept();
    answer_one(second);
    answer_one(first);
    answer_one(second);
  });
  HttpRequest request = Get(Local(server.port()));
  request.deadline = 5s;
  for (const bool only_allowed_by_hand : {false, true, false, true}) {
    request.only_allowed_by_hand = only_allowed_by_hand;
    const Exchange exchange = Send(request);
    ASSERT_EQ(exchange.delivery, Delivery::answered) << exchange.error.message;
  }
}

TEST_F(ClientTest, ARedirectIsAnAnswerLikeAnyOther) {
  std::atomic<int> requests = 0;
  TestServer server([&requests](ServerRequest&) -> async::Task<ServerAnswer> {
    ++requests;
    ServerAnswer answer;
    answer.status = 307;
    answer.headers.Add("Location", "/elsewhere");
    co_return answer;
  });
  EXPECT_EQ(Send(Post(server.At("/"), "row")).answer.status, 307);
  EXPECT_EQ(requests, 1);
}

TEST_F(ClientTest, AStreamedAnswerComesBackWhole) {
  TestServer server([](ServerRequest&) -> async::Task<ServerAnswer> {
    ServerAnswer answer;
    answer.more = [left = 50]() mutable -> async::Task<Result<std::string>> {
      co_return left-- > 0 ? std::string(3000, 'x') : std::string();
    };
    co_return answer;
  });
  const Exchange exchange = Send(Get(server.At("/")));
  ASSERT_EQ(exchange.delivery, Delivery::answered) << exchange.error.message;
  EXPECT_EQ(exchange.answer.body, std::string(150'000, 'x'));
}

TEST_F(ClientTest, AHeadAnswerHasNoBody) {
  TestServer server([](ServerRequest&) -> async::Task<ServerAnswer> {
    ServerAnswer answer;
    answer.body = "12345";
    co_return answer;
  });
  HttpRequest request = Get(server.At("/"));
  request.method = "HEAD";
  for (int i = 0; i < 2; ++i) {
    const Exchange exchange = Send(request);
    EXPECT_EQ(exchange.delivery, Delivery::answered) << exchange.error.message;
    EXPECT_EQ(exchange.answer.headers.Find("Content-Length"), "5");
  }
}

struct Scripted {
  const char* bytes;
  const char* body;
};

class WholeAnswerTest : public ClientTest, public testing::WithParamInterface<Scripted> {};

TEST_P(WholeAnswerTest, IsAnswered) {
  RawServer server(AnswerOnce(GetParam().bytes));
  const Exchange exchange = Send(Get(Local(server.port())));
  ASSERT_EQ(exchange.delivery, Delivery::answered) << exchange.error.message;
  EXPECT_EQ(exchange.answer.status, 200);
  EXPECT_EQ(exchange.answer.body, GetParam().body);
}

INSTANTIATE_TEST_SUITE_P(
    Vectors, WholeAnswerTest,
    testing::Values(Scripted{"HTTP/1.1 200 OK\r\n\r\nup to the end", "up to the end"},
                    Scripted{"HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nold", "old"},
                    Scripted{"HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n", ""},
                    Scripted{
                        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;x\r\na\r\n2\r\nbc\r\n0\r\nT: t\r\n\r\n",
                        "abc"},
                    Scripted{"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
                             "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1",
                             "1"}));

class BrokenAnswerTest : public ClientTest, public testing::WithParamInterface<const char*> {};

TEST_P(BrokenAnswerTest, MayHaveBeenSent) {
  RawServer server(AnswerOnce(GetParam(), "row"));
  const Exchange exchange = Send(Post(Local(server.port()), "row"));
  EXPECT_EQ(exchange.delivery, Delivery::maybe_sent);
  EXPECT_EQ(exchange.error.kind, ErrorKind::unavailable);
  EXPECT_FALSE(exchange.error.message.empty());
}

INSTANTIATE_TEST_SUITE_P(
    Vectors, BrokenAnswerTest,
    testing::Values("", "HTTP", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfour",
                    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nfour\r\n",
                    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", "SSH-2.0-OpenSSH_9.2\r\n\r\n",
                    "HTTP/2.0 200 OK\r\n\r\n", "HTTP/1.1 2000 OK\r\n\r\n", "HTTP/1.1 099 OK\r\n\r\n",
                    "HTTP/1.1 101 Switching Protocols\r\n\r\n", "HTTP/1.1 100 Continue\r\n\r\n",
                    "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
                    "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                    "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nx", "HTTP/1.1 200 OK\r\nbad header\r\n\r\n"));

TEST_F(ClientTest, TooLongAnAnswerMayHaveBeenSent) {
  for (const char* bytes :
       {"HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n1", "HTTP/1.1 200 OK\r\n\r\n12345678901",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\n123456\r\n5\r\n12345\r\n0\r\n\r\n"}) {
    RawServer server(AnswerOnce(bytes));
    HttpRequest request = Get(Local(server.port()));
    request.max_answer_bytes = 10;
    const Exchange exchange = Send(request);
    EXPECT_EQ(exchange.delivery, Delivery::maybe_sent);
    EXPECT_EQ(exchange.error.kind, ErrorKind::too_large) << bytes;
  }
}

TEST_F(ClientTest, AGoodAnswersBodyIsTakenHoweverLongAndARefusalsIsKept) {
  const std::string chunk(4096, 'x');
  const auto answer = [&](const std::string& status) {
    return "HTTP/1.1 " + status + "\r\nTransfer-Encoding: chunked\r\n\r\n1000\r\n" + chunk +
           "\r\n3\r\nend\r\n0\r\n\r\n";
  };
  for (const char* status : {"200 OK", "404 Not Found"}) {
    const bool is_good = status[0] == '2';
    RawServer server(AnswerOnce(answer(status)));
    HttpRequest request = Get(Local(server.port()));
    std::string taken;
    request.take = [&](std::string_view piece) {
      taken += piece;
      return Result<void>();
    };
    request.max_answer_bytes = is_good ? 10 : 5000;
    const Exchange exchange = Send(request);
    ASSERT_EQ(exchange.delivery, Delivery::answered) << exchange.error.message;
    EXPECT_EQ(taken, is_good ? chunk + "end" : "");
    EXPECT_EQ(exchange.answer.body, is_good ? "" : chunk + "end");
  }
}

TEST_F(ClientTest, AnAnswerThatCannotBeTakenEndsWithWhy) {
  RawServer server(AnswerOnce("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"));
  HttpRequest request = Get(Local(server.port()));
  request.take = [](std::string_view) { return Result<void>(Fail(ErrorKind::no_space, "the disk is full")); };
  const Exchange exchange = Send(request);
  EXPECT_EQ(exchange.delivery, Delivery::maybe_sent);
  EXPECT_EQ(exchange.error.kind, ErrorKind::no_space);
}

TEST_F(ClientTest, AnEndlessHeaderMayHaveBeenSent) {
  RawServer server([](RawServer& self) {
    const RawSocket socket = self.Accept();
    socket.ReadUntil("\r\n\r\n");
    socket.Send("HTTP/1.1 200 OK\r\n");
    for (int i = 0; i < 20; ++i) socket.Send("X: " + std::string(8000, 'x') + "\r\n");
  });
  const Exchange exchange = Send(Get(Local(server.port())));
  EXPECT_EQ(exchange.delivery, Delivery::maybe_sent);
  EXPECT_EQ(exchange.error.kind, ErrorKind::too_large) << exchange.error.message;
}

TEST_F(ClientTest, EndlessInterimAnswersMayHaveBeenSent) {
  RawServer server([](RawServer& self) {
    const RawSocket socket = self.Accept();
    socket.ReadUntil("\r\n\r\n");
    std::string some;
    for (int i = 0; i < 40; ++i)
      some += i % 2 == 0 ? "HTTP/1.1 100 Continue\r\n\r\n" : "HTTP/1.1 103 Hints\r\nA: b\r\n\r\n";
    while (socket.Send(some)) continue;
  });
  const Exchange exchange = Send(Get(Local(server.port())));
  EXPECT_EQ(exchange.delivery, Delivery::maybe_sent);
  EXPECT_EQ(exchange.error.kind, ErrorKind::too_large) << exchange.error.message;
}

TEST_F(ClientTest, ABodyComesAsItIsWhateverItsEncodingIsSaidToBe) {
  RawServer server(
      AnswerOnce("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\x1f\x8b\x08\x01"));
  const Exchange exchange = Send(Get(Local(server.port())));
  ASSERT_EQ(exchange.delivery, Delivery::answered) << exchange.error.message;
  EXPECT_EQ(exchange.answer.body, "\x1f\x8b\x08\x01");
}

TEST_F(ClientTest, TheDeadlineEndsAnExchangeThatMayHaveBeenSent) {
  RawServer server([](RawServer& self) {
    const RawSocket socket = self.Accept();
    socket.ReadUntil("\r\n\r\n");
    socket.Send("HTTP/1.1 200 OK\r\nContent-");
    socket.ReadToEnd();
  });
  HttpRequest request = Get(Local(server.port()));
  request.deadline = 50ms;
  const Exchange exchange = Send(request);
  EXPECT_EQ(exchange.delivery, Delivery::maybe_sent);
  EXPECT_EQ(exchange.error.kind, ErrorKind::timeout);
}

/// A source of `count` pieces of 64 KiB.
auto Pieces(int count) {
  return [count, piece = std::string(64 << 10, 'x')]() mutable -> async::Task<Result<std::string_view>> {
    co_return count-- > 0 ? std::string_view(piece) : std::string_view();
  };
}

TEST_F(ClientTest, ALongBodyIsSentPieceByPiece) {
  TestServer server(Echo);
  HttpRequest request = Post(server.At("/"), "begin ");
  request.more = Pieces(10);
  request.more_bytes = 10 * (64 << 10);
  request.max_answer_bytes = 1 << 20;
  for (int i = 0; i < 2; ++i) {
    const Exchange exchange = Send(request);
    ASSERT_EQ(exchange.delivery, Delivery::answered) << exchange.error.message;
    EXPECT_EQ(exchange.answer.body, "begin " + std::string(10 * (64 << 10), 'x'));
    request.more = Pieces(10);
  }
}

TEST_F(ClientTest, ABodyOfAnotherLengthThanSaidFails) {
  for (const std::uint64_t said : std::initializer_list<std::uint64_t>{1, 65'535, 65'537, 131'073}) {
    std::atomic<int> whole = 0;
    TestServer server([&whole](ServerRequest& request) -> async::Task<ServerAnswer> {
      const Result<std::string> body = co_await ReadWhole(*request.body, 1 << 20);
      if (body) ++whole;
      co_return ServerAnswer();
    });
    HttpRequest request = Post(server.At("/"), "");
    request.more = Pieces(2);
    request.more_bytes = said;
    const Exchange exchange = Send(request);
    EXPECT_EQ(exchange.delivery, Delivery::maybe_sent) << said;
    EXPECT_EQ(exchange.error.kind, ErrorKind::invalid) << said;
    EXPECT_EQ(whole, 0);
  }
}

TEST_F(ClientTest, AnAnswerThatComesBeforeTheBodyIsTakenCounts) {
  TestServer server([](ServerRequest&) -> async::Task<ServerAnswer> {
    ServerAnswer answer;
    answer.status = 401;
    co_return answer;
  });
  HttpRequest request = Post(server.At("/"), "");
  request.more = Pieces(1000);
  request.more_bytes = 1000 * (64 << 10);
  const Exchange exchange = Send(request);
  ASSERT_EQ(exchange.delivery, Delivery::answered) << exchange.error.message;
  EXPECT_EQ(exchange.answer.status, 401);
}

TEST_F(ClientTest, WhatCannotStandInARequestIsNotSent) {
  TestServer server(Echo);
  HttpRequest request = Get(server.At("/"));
  request.headers.Add("Authorization", "Bearer x\r\nX-Evil: y");
  EXPECT_EQ(Send(request).error.kind, ErrorKind::invalid);
  request = Get(server.At("/"));
  request.headers.Add("X-Evil: y\r\nX", "z");
  EXPECT_EQ(Send(request).error.kind, ErrorKind::invalid);
  request = Get(server.At("/"));
  for (const char* target : {"/ HTTP/1.1\r\nX-Evil: y", "/a#b", "/a\\b", "a"}) {
    request.url.target = target;
    EXPECT_EQ(Send(request).error.kind, ErrorKind::invalid) << target;
  }
  request = Get(server.At("/"));
  request.method = "GET /evil";
  EXPECT_EQ(Send(request).error.kind, ErrorKind::invalid);
}

TEST_F(ClientTest, ProxiesOfTheEnvironmentAreIgnored) {
  TestServer server(Echo);
  for (const char* name : {"http_proxy", "ALL_PROXY", "all_proxy"}) setenv(name, "http://127.0.0.1:1/", 1);
  EXPECT_EQ(Send(Get(server.At("/"))).delivery, Delivery::answered);
  for (const char* name : {"http_proxy", "ALL_PROXY", "all_proxy"}) unsetenv(name);
}

TEST(ClientIdleTest, AConnectionIdleForLongIsClosed) {
  async::Loop loop;
  FakeClock clock;
  async::FakeTimers timers(clock);
  Resolver resolver(loop, timers);
  const EgressGuard guard = *EgressGuard::Create({"127.0.0.0/8"});
  PooledHttpClient client(loop, timers, resolver, guard, {});
  std::promise<std::string> rest;
  RawServer server([&rest](RawServer& self) {
    const RawSocket socket = self.Accept();
    socket.ReadUntil("\r\n\r\n");
    socket.Send(kShortAnswer);
    rest.set_value(socket.ReadToEnd());
  });
  HttpRequest request;
  request.url = *ParseUrl("http://127.0.0.1:" + std::to_string(server.port()));
  EXPECT_EQ(async::RunToEnd(loop, client.Send(request)).delivery, Delivery::answered);
  std::future<std::string> end = rest.get_future();
  timers.Advance(19s);
  EXPECT_EQ(end.wait_for(0s), std::future_status::timeout);
  timers.Advance(2s);
  EXPECT_EQ(end.get(), "");
}

}  // namespace
}  // namespace rowcall::net
