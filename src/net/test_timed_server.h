#pragma once

// For tests only.

#include <gtest/gtest.h>

#include <functional>
#include <future>
#include <memory>
#include <utility>

#include "async/loop.h"
#include "async/timers.h"
#include "base/clock.h"
#include "net/http_server.h"

namespace rowcall::net {

/// An HttpServer on a thread and a free loopback port of its own, for which time passes only as the test says. It begins
/// to look at its sockets when it is made.
class TimedServer {
 public:
  explicit TimedServer(Handler handler, ServerOptions options = {})
      : server_(std::make_unique<HttpServer>(loop_, timers_, std::move(options), std::move(handler))) {
    EXPECT_TRUE(server_->Start());
    port_ = server_->port();
    loop_.StartThread("timed-server");
  }
  ~TimedServer() {
    OnLoop([this] { server_.reset(); });
  }
  TimedServer(const TimedServer&) = delete;
  TimedServer& operator=(const TimedServer&) = delete;

  std::uint16_t port() const { return port_; }
  /// Rings what is due then.
  void Advance(Duration by) {
    OnLoop([this, by] { timers_.Advance(by); });
  }
  /// Returns when the server has looked at its sockets, and gone on with what it found.
  void Settle() {
    for (int turns = 0; turns < 4; ++turns) OnLoop([] {});
  }
  /// Begins to drain; the future is ready when that is done.
  std::future<void> Drain(Duration patience) {
    std::promise<void> done;
    std::future<void> drained = done.get_future();
    loop_.Spawn(DrainThenTell(*server_, patience, std::move(done)));
    return drained;
  }

 private:
  static async::Task<void> DrainThenTell(HttpServer& server, Duration patience, std::promise<void> done) {
    co_await server.Drain(patience);
    done.set_value();
  }

  void OnLoop(std::move_only_function<void()> call) {
    std::promise<void> done;
    loop_.Post([&] {
      call();
      done.set_value();
    });
    done.get_future().wait();
  }

  FakeClock clock_;
  async::Loop loop_;
  async::FakeTimers timers_{clock_};
  std::unique_ptr<HttpServer> server_;
  std::uint16_t port_ = 0;
};

}  // namespace rowcall::net
