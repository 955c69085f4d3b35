#pragma once

// For tests only, of this and of higher folders.

#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <string>
#include <utility>

#include "async/loop.h"
#include "async/timers.h"
#include "base/clock.h"
#include "net/http_server.h"
#include "net/url.h"

namespace rowcall::net {

/// An HttpServer on a thread and a free loopback port of its own, from construction to destruction.
///
///   TestServer server([](ServerRequest& request) -> async::Task<ServerAnswer> { … });
///
/// The handler runs on the server's thread. It may be a capturing lambda: it is kept as long as a request runs.
class TestServer {
 public:
  explicit TestServer(Handler handler, ServerOptions options = {}, RequestEnded ended = {})
      : timers_(std::make_unique<async::LoopTimers>(loop_, clock_)),
        server_(
            std::make_unique<HttpServer>(loop_, *timers_, std::move(options), std::move(handler), std::move(ended))) {
    const Result<void> started = server_->Start();
    if (!started) ADD_FAILURE() << started.error().message;
    listening_ = server_->listening();
    loop_.StartThread("test-server");
  }

  ~TestServer() {
    std::promise<void> gone;
    loop_.Post([this, &gone] {
      server_.reset();
      timers_.reset();
      gone.set_value();
    });
    gone.get_future().wait();
  }

  TestServer(const TestServer&) = delete;
  TestServer& operator=(const TestServer&) = delete;

  std::uint16_t port() const { return listening_.port; }
  /// "http://127.0.0.1:PORT" + `target`.
  Url At(std::string_view target) const {
    return *ParseUrl("http://127.0.0.1:" + std::to_string(port()) + std::string(target));
  }
  std::size_t connections() const { return server_->connections(); }  ///< On the server's thread.
  async::Loop& loop() { return loop_; }
  async::Timers& timers() { return *timers_; }  ///< On the server's thread.

 private:
  SystemClock clock_;
  async::Loop loop_;
  std::unique_ptr<async::LoopTimers> timers_;
  std::unique_ptr<HttpServer> server_;
  Endpoint listening_;
};

}  // namespace rowcall::net
