#include "net/http_server.h"

#include <charconv>

#include "base/assert.h"
#include "base/log.h"
#include "net/server_connection.h"
#include "net/stream.h"

namespace rowcall::net {

namespace {

constexpr Duration kPauseWithoutDescriptors = std::chrono::milliseconds(50);

}  // namespace

struct HttpServer::State {
  State(async::Loop& on, async::Timers& with, ServerOptions options, Handler handler, RequestEnded request_ended)
      : loop(on), timers(with), shared(with, std::move(options), std::move(handler), std::move(request_ended)) {}

  static async::Task<void> Accept(std::shared_ptr<State> state);
  static async::Task<void> Serve(std::shared_ptr<State> state, std::unique_ptr<ServerConnection> connection);
  void StopAll();

  async::Loop& loop;
  async::Timers& timers;
  ServerShared shared;
  std::unique_ptr<Listener> listener;
};

async::Task<void> HttpServer::State::Accept(std::shared_ptr<State> state) {
  bool warned = false;
  while (!state->shared.draining) {
    Result<Accepted> accepted = co_await state->listener->Accept();
    while (accepted && state->shared.connections.size() >= state->shared.options.max_connections &&
           !state->shared.draining) {
      state->shared.StopLongestIdle();
      co_await state->shared.changed.Wait();
    }
    if (state->shared.draining) co_return;
    if (accepted) {
      warned = false;
      auto connection = std::make_unique<ServerConnection>(state->shared, *std::move(accepted));
      state->loop.Spawn(Serve(state, std::move(connection)));
      continue;
    }
    if (!std::exchange(warned, true)) Log(LogLevel::warning, "accept_failed", {{"error", accepted.error().message}});
    state->shared.StopLongestIdle();
    co_await state->timers.SleepFor(kPauseWithoutDescriptors);
  }
}

async::Task<void> HttpServer::State::Serve(std::shared_ptr<State> state, std::unique_ptr<ServerConnection> connection) {
  co_await connection->Run();
  connection.reset();
  state->shared.changed.NotifyAll();
}

void HttpServer::State::StopAll() {
  for (ServerConnection* connection : shared.connections) connection->Stop();
}

HttpServer::HttpServer(async::Loop& loop, async::Timers& timers, ServerOptions options, Handler handler,
                       RequestEnded ended)
    : state_(std::make_shared<State>(loop, timers, std::move(options), std::move(handler), std::move(ended))) {}

HttpServer::~HttpServer() {
  state_->shared.draining = true;
  state_->shared.deadlines.Detach();
  if (state_->listener) state_->listener->Close();
  state_->StopAll();
  state_->shared.changed.NotifyAll();
}

Result<void> HttpServer::Start() {
  const ServerOptions& options = state_->shared.options;
  const std::optional<IpBytes> address = ParseIp(options.host);
  if (!address) return Fail(ErrorKind::invalid, "\"" + options.host + "\" is not an IP address to listen at");
  ASSIGN_OR_RETURN(state_->listener, Listener::Open(state_->loop, {*address, options.port}));
  state_->loop.Spawn(State::Accept(state_));
  return {};
}

Endpoint HttpServer::listening() const {
  ROWCALL_ASSERT(state_->listener != nullptr);
  return state_->listener->local();
}

std::size_t HttpServer::connections() const { return state_->shared.connections.size(); }

async::Task<void> HttpServer::Drain(Duration patience) {
  State& state = *state_;
  state.shared.draining = true;
  state.listener->Close();
  for (ServerConnection* connection : state.shared.connections) {
    if (connection->idle()) connection->Stop();
  }
  bool out_of_patience = false;
  const auto alarm = state.timers.Schedule(state.timers.clock().MonotonicNow() + patience, [&state, &out_of_patience] {
    out_of_patience = true;
    state.StopAll();
    state.shared.changed.NotifyAll();
  });
  while (!state.shared.connections.empty() && !out_of_patience) co_await state.shared.changed.Wait();
  state.timers.Cancel(alarm);
}

Result<ServerOptions> ParseListen(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  std::string_view host = text.substr(0, colon);
  const std::string_view port = colon == std::string_view::npos ? std::string_view() : text.substr(colon + 1);
  const bool bracketed = host.starts_with('[') && host.ends_with(']');
  if (bracketed) host = host.substr(1, host.size() - 2);
  ServerOptions options;
  options.host = host;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), options.port);
  const bool is_port = error == std::errc() && end == port.data() + port.size();
  if (!is_port || !ParseIp(host) || bracketed != host.contains(':')) {
    return Fail(ErrorKind::invalid, "\"" + std::string(text) + "\" is not an address to listen at",
                "Write it like 127.0.0.1:8080 or [::1]:8080.");
  }
  return options;
}

}  // namespace rowcall::net
