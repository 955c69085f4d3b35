#include "sandbox/sandbox.h"

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <future>

#include "net/test_peer.h"
#include "sandbox/test_app.h"

namespace rowcall::sandbox {
namespace {

/// A sandbox on a thread and a free loopback port of its own.
class TestSandbox {
 public:
  explicit TestSandbox(SandboxOptions options = {}) : timers_(loop_, clock_) {
    sandbox_ = std::make_unique<Sandbox>(loop_, timers_, clock_, std::move(options));
    const Result<void> started = sandbox_->Start();
    if (!started) ADD_FAILURE() << started.error().message;
    loop_.StartThread("test-sandbox");
  }
  ~TestSandbox() {
    std::promise<void> gone;
    loop_.Post([this, &gone] {
      sandbox_.reset();
      gone.set_value();
    });
    gone.get_future().wait();
  }
  net::RawSocket Connect() const { return net::RawSocket::ConnectTo(sandbox_->port()); }

  static std::string Message(const std::string& line, const std::string& body = {}) {
    return line + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer sandbox-token\r\nAccept: */*\r\nContent-Length: " +
           std::to_string(body.size()) + "\r\n\r\n" + body;
  }
  /// The whole answer to one request on a connection of its own.
  std::string Ask(const std::string& line, const std::string& body = {}) const {
    net::RawSocket socket = Connect();
    socket.Send(Message(line, body));
    socket.StopSending();
    return socket.ReadToEnd();
  }

 private:
  SystemClock clock_;
  async::Loop loop_;
  async::LoopTimers timers_;
  std::unique_ptr<Sandbox> sandbox_;
};

/// How the peer ended the connection: 0 in good order, else the system's error.
int EndOf(const net::RawSocket& socket) {
  char byte = 0;
  const ssize_t count = ::recv(socket.descriptor(), &byte, 1, 0);
  return count == 0 ? 0 : count < 0 ? errno : -1;
}

TEST(SandboxSocketTest, AnswersIntercomsApiWithDateAndRateHeaders) {
  const TestSandbox sandbox;
  const std::string answer = sandbox.Ask("POST /contacts", R"({"email":"a@b.c"})");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\n"));
  for (const char* header : {"Date: ", "X-RateLimit-Reset: ", "X-Request-Id: ", "Intercom-Version: 2.16\r\n"}) {
    EXPECT_TRUE(answer.contains(header)) << header;
  }
  EXPECT_TRUE(answer.contains(R"("email":"a@b.c")"));
  EXPECT_TRUE(sandbox.Ask("GET /_sandbox/contacts").contains(R"("email":"a@b.c")"));
}

TEST(SandboxSocketTest, AResetIsAReset) {
  const TestSandbox sandbox;
  sandbox.Ask("POST /_sandbox/faults", R"([{"operation":"POST /contacts","do":"reset_after","first":1}])");
  const net::RawSocket socket = sandbox.Connect();
  socket.Send(TestSandbox::Message("POST /contacts", R"({"email":"a@b.c"})"));
  EXPECT_EQ(EndOf(socket), ECONNRESET);
  EXPECT_TRUE(sandbox.Ask("GET /_sandbox/contacts").contains(R"("email":"a@b.c")"));
}

TEST(SandboxSocketTest, ALateRequestTakesEffectWithinItsTime) {
  const TestSandbox sandbox({.late = std::chrono::milliseconds(30)});
  sandbox.Ask("POST /_sandbox/faults", R"([{"operation":"POST /contacts","do":"late","first":1}])");
  const net::RawSocket socket = sandbox.Connect();
  socket.Send(TestSandbox::Message("POST /contacts", R"({"email":"a@b.c"})"));
  EXPECT_EQ(EndOf(socket), ECONNRESET);
  const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  bool there = false;
  while (!there && std::chrono::steady_clock::now() < patience) {
    there = sandbox.Ask("GET /_sandbox/contacts").contains(R"("email":"a@b.c")");
  }
  EXPECT_TRUE(there);
}

TEST(SandboxSocketTest, LatencyHoldsEveryAnswerButTheTruth) {
  const TestSandbox sandbox({.latency = std::chrono::milliseconds(60)});
  const auto took = [&](const std::string& line) {
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_TRUE(sandbox.Ask(line).starts_with("HTTP/1.1 200"));
    return std::chrono::steady_clock::now() - begin;
  };
  EXPECT_GE(took("GET /me"), std::chrono::milliseconds(60));
  EXPECT_LT(took("GET /_sandbox/requests"), std::chrono::milliseconds(60));
}

TEST(SandboxSocketTest, WithOneWorkerTwoRequestsAtOnceTakeTurns) {
  const TestSandbox sandbox({.latency = std::chrono::milliseconds(60), .at_once = 1});
  const auto begin = std::chrono::steady_clock::now();
  const net::RawSocket other = sandbox.Connect();
  other.Send(TestSandbox::Message("GET /me"));
  EXPECT_TRUE(sandbox.Ask("GET /me").starts_with("HTTP/1.1 200"));
  EXPECT_TRUE(other.ReadSome().starts_with("HTTP/1.1 200"));
  EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(120));
}

TEST(SandboxSocketTest, TheFaultScriptIsReadAtTheStart) {
  const std::filesystem::path path = std::filesystem::path(testing::TempDir()) / "rowcall_fault_script.json";
  std::ofstream(path) << R"([{"do":"status","status":500,"first":1}])";
  {
    const TestSandbox sandbox({.fault_file = path.string()});
    EXPECT_TRUE(sandbox.Ask("GET /me").starts_with("HTTP/1.1 500"));
    EXPECT_TRUE(sandbox.Ask("GET /me").starts_with("HTTP/1.1 200"));
  }
  std::ofstream(path) << "[{}]";
  async::Loop loop;
  const SystemClock clock;
  async::LoopTimers timers(loop, clock);
  EXPECT_EQ(Sandbox(loop, timers, clock, {.fault_file = path.string()}).Start().error().kind, ErrorKind::invalid);
  std::filesystem::remove(path);
  EXPECT_EQ(Sandbox(loop, timers, clock, {.fault_file = path.string()}).Start().error().kind, ErrorKind::not_found);
}

}  // namespace
}  // namespace rowcall::sandbox
