// Each request has an id and leaves one record, whoever answered it.

#include <gtest/gtest.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <vector>

#include "net/test_peer.h"
#include "net/test_server.h"

namespace rowcall::net {
namespace {

using namespace std::chrono_literals;

/// A RequestRecord that owns its texts.
struct KeptRecord {
  std::string id, method, path, route;
  TenantId tenant;
  InstanceId instance;
  Endpoint peer;
  int status = 0;
  bool sent = false;
  std::uint64_t bytes_in = 0, bytes_out = 0;
  Duration took{};
};

/// A server that keeps the records of its requests.
class RecordingServer {
 public:
  explicit RecordingServer(ServerOptions options = {})
      : server_(Answer, std::move(options), [this](const RequestRecord& record) { Keep(record); }) {}

  std::uint16_t port() const { return server_.port(); }

  /// The next record that was not taken yet; waits for it.
  KeptRecord Next() {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(came_.wait_for(lock, 10s, [this] { return taken_ < records_.size(); }));
    return taken_ < records_.size() ? records_[taken_++] : KeptRecord();
  }

  std::string Converse(std::string_view bytes) const {
    const RawSocket client = RawSocket::ConnectTo(port());
    client.Send(bytes);
    return client.ReadToEnd();
  }

 private:
  static async::Task<ServerAnswer> Answer(ServerRequest& request) {
    ServerAnswer answer;
    answer.headers.Add("Its-Id", request.id);
    request.route = "/{any}";
    request.tenant = TenantId(3);
    request.instance = InstanceId(4);
    const Result<std::string> body = co_await ReadWhole(*request.body, 1 << 20);
    answer.status = body ? 200 : 400;
    answer.body = "told\n";
    answer.reset = request.path == "/reset";
    if (request.path == "/endless") answer.body.assign(std::size_t{64} << 20, 'x');
    co_return answer;
  }

  void Keep(const RequestRecord& record) {
    const std::lock_guard lock(mutex_);
    records_.push_back({std::string(record.id), std::string(record.method), std::string(record.path),
                        std::string(record.route), record.tenant, record.instance, record.peer, record.status,
                        record.sent, record.bytes_in, record.bytes_out, record.took});
    came_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable came_;
  std::vector<KeptRecord> records_;
  std::size_t taken_ = 0;
  TestServer server_;
};

std::string FieldOf(const std::string& answer, const std::string& name) {
  const std::size_t at = answer.find("\r\n" + name + ": ");
  if (at == std::string::npos) return "";
  const std::size_t from = at + name.size() + 4;
  return answer.substr(from, answer.find("\r\n", from) - from);
}

TEST(RequestRecordTest, ARequestLeavesItsIdPathSizesAndWhatTheHandlerFoundOut) {
  RecordingServer server;
  const std::string request =
      "POST /a%20b?secret=1 HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 4\r\n\r\nbody";
  const std::string answer = server.Converse(request);
  const KeptRecord record = server.Next();
  EXPECT_EQ(record.id, FieldOf(answer, "Its-Id"));
  EXPECT_EQ(record.id.size(), 24u);
  EXPECT_EQ(record.method, "POST");
  EXPECT_EQ(record.path, "/a b");
  EXPECT_EQ(record.route, "/{any}");
  EXPECT_EQ(record.tenant, TenantId(3));
  EXPECT_EQ(record.instance, InstanceId(4));
  EXPECT_EQ(Text(record.peer.address), "127.0.0.1");
  EXPECT_EQ(record.status, 200);
  EXPECT_TRUE(record.sent);
  EXPECT_EQ(record.bytes_in, request.size());
  EXPECT_EQ(record.bytes_out, answer.size());
  EXPECT_GT(record.took, Duration(0));
}

TEST(RequestRecordTest, RequestsOfOneConnectionAreApart) {
  RecordingServer server;
  server.Converse(
      "GET /1 HTTP/1.1\r\nHost: h\r\nX-Request-Id: one\r\n\r\nGET /2 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  const KeptRecord one = server.Next(), two = server.Next();
  EXPECT_EQ(one.id, "one");
  EXPECT_NE(two.id, "one");
  EXPECT_EQ(one.path, "/1");
  EXPECT_EQ(two.path, "/2");
  EXPECT_EQ(one.bytes_in, std::string_view("GET /1 HTTP/1.1\r\nHost: h\r\nX-Request-Id: one\r\n\r\n").size());
}

TEST(RequestIdTest, AUsableIdOfTheClientIsKept) {
  RecordingServer server;
  for (const std::string& id : {std::string("1"), std::string("Root=1-67891233-abcdef_0.9:/+"), std::string(64, 'x')}) {
    const std::string answer =
        server.Converse("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nX-Request-Id: " + id + "\r\n\r\n");
    EXPECT_EQ(FieldOf(answer, "Its-Id"), id);
    EXPECT_EQ(server.Next().id, id);
  }
}

TEST(RequestIdTest, AnyOtherIdOfTheClientIsReplaced) {
  RecordingServer server;
  for (const std::string& id :
       {std::string(""), std::string(65, 'x'), std::string("a b"), std::string("a\"b"), std::string("a\xC3\xA9"),
        std::string("a,b"), std::string("<a>"), std::string("a\tb")}) {
    server.Converse("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nX-Request-Id: " + id + "\r\n\r\n");
    const std::string given = server.Next().id;
    EXPECT_EQ(given.size(), 24u) << id;
    EXPECT_TRUE(std::ranges::all_of(given, [](char c) { return std::string_view("0123456789abcdef").contains(c); }));
  }
}

/// What the server refuses by itself: the status, and what is sent for it.
struct Refused {
  int status;
  std::string bytes;
};

class RefusedRequestTest : public testing::TestWithParam<Refused> {};

TEST_P(RefusedRequestTest, HasTheSameIdInHeaderBodyAndRecord) {
  ServerOptions options;
  options.header_timeout = 50ms;
  RecordingServer server(options);
  const std::string answer = server.Converse(GetParam().bytes);
  const KeptRecord record = server.Next();
  EXPECT_EQ(record.status, GetParam().status) << answer;
  EXPECT_EQ(FieldOf(answer, "X-Request-Id"), record.id);
  EXPECT_TRUE(answer.contains("\"requestId\":\"" + record.id + "\"")) << answer;
  EXPECT_EQ(record.method + record.path + record.route, "");
  EXPECT_TRUE(record.sent);
  EXPECT_GT(record.bytes_in, 0u);
  EXPECT_EQ(record.bytes_out, answer.size());
}

INSTANTIATE_TEST_SUITE_P(ByTheServer, RefusedRequestTest,
                         testing::Values(Refused{400, "GET /\r\n\r\n"},
                                         Refused{400, "GET /%zz HTTP/1.1\r\nHost: h\r\nX-Request-Id: mine\r\n\r\n"},
                                         Refused{408, "GET / HTTP/1.1\r\nHos"},
                                         Refused{414, "GET /" + std::string(9'000, 'x') + " HTTP/1.1\r\n\r\n"},
                                         Refused{431, "GET / HTTP/1.1\r\nX: " + std::string(9'000, 'x') + "\r\n\r\n"}),
                         [](const auto& param) { return "Test" + std::to_string(param.index); });

TEST(RequestRecordTest, AClientThatLeavesWithinItsBodyIsRecordedWithWhatCame) {
  RecordingServer server;
  const std::string request = "POST /cut HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\nonly this";
  {
    const RawSocket client = RawSocket::ConnectTo(server.port());
    client.Send(request);
  }
  const KeptRecord record = server.Next();
  EXPECT_EQ(record.path, "/cut");
  EXPECT_EQ(record.status, 400);
  EXPECT_EQ(record.bytes_in, request.size());
}

TEST(RequestRecordTest, AnAnswerThatDoesNotGoOutWholeIsRecordedAsNotSent) {
  RecordingServer server;
  {
    const RawSocket client = RawSocket::ConnectTo(server.port());
    client.Send("GET /endless HTTP/1.1\r\nHost: h\r\n\r\n");
    client.ReadSome();
  }
  const KeptRecord record = server.Next();
  EXPECT_EQ(record.status, 200);
  EXPECT_FALSE(record.sent);
  EXPECT_GT(record.bytes_out, 0u);
  EXPECT_LT(record.bytes_out, std::uint64_t{64} << 20);
}

TEST(RequestRecordTest, AResetIsRecordedWithoutStatus) {
  RecordingServer server;
  server.Converse("GET /reset HTTP/1.1\r\nHost: h\r\n\r\n");
  const KeptRecord record = server.Next();
  EXPECT_EQ(record.path, "/reset");
  EXPECT_EQ(record.status, 0);
  EXPECT_FALSE(record.sent);
}

}  // namespace
}  // namespace rowcall::net
