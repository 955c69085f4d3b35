#include "sandbox/sandbox.h"

#include <fstream>
#include <iterator>
#include <limits>
#include <string>
#include <utility>

#include "async/semaphore.h"
#include "net/http_server.h"
#include "sandbox/service.h"
#include "sandbox/truth.h"

namespace rowcall::sandbox {

namespace {

constexpr std::size_t kMostBodyBytes = std::size_t{16} << 20;

Result<std::vector<FaultRule>> ReadFaultFile(const std::string& path) {
  if (path.empty()) return std::vector<FaultRule>();
  std::ifstream file(path, std::ios::binary);
  if (!file) return Fail(ErrorKind::not_found, "the fault script " + path + " cannot be read");
  const std::string text(std::istreambuf_iterator<char>(file), {});
  return ParseFaultScript(text);
}

std::string HeaderOr(const net::ServerRequest& request, std::string_view name) {
  return std::string(request.headers.Find(name).value_or(""));
}

Request WithoutConnection(const net::ServerRequest& from, std::string body) {
  return {.method = from.method,
          .target = from.target,
          .authorization = HeaderOr(from, "Authorization"),
          .version = HeaderOr(from, "Intercom-Version"),
          .accept = HeaderOr(from, "Accept"),
          .body = std::move(body),
          .headers = IsAboutTruth(from.target) ? from.headers : net::Headers()};
}

async::Task<Result<std::string>> NextPiece(std::string piece) { co_return piece; }

}  // namespace

struct Sandbox::Parts {
  Parts(async::Timers& with_timers, const Clock& on_clock, SandboxOptions given)
      : timers(with_timers),
        clock(on_clock),
        options(std::move(given)),
        workers(options.at_once == 0 ? std::numeric_limits<std::size_t>::max()
                                     : static_cast<std::size_t>(options.at_once)) {}

  static async::Task<net::ServerAnswer> Answer(std::shared_ptr<Parts> parts, net::ServerRequest& received);
  static async::Task<Reply> WorkOn(std::shared_ptr<Parts> parts, Request request);
  static async::Task<Reply> Handle(std::shared_ptr<Parts> parts, Request request);
  static net::ServerAnswer Convert(std::shared_ptr<Parts> parts, Reply reply);
  static void RunLater(std::shared_ptr<Parts> parts, Request request, Duration wait);

  async::Timers& timers;
  const Clock& clock;
  const SandboxOptions options;
  async::Semaphore workers;
  std::unique_ptr<Service> service;  // after Start()
};

async::Task<net::ServerAnswer> Sandbox::Parts::Answer(std::shared_ptr<Parts> parts, net::ServerRequest& received) {
  Result<std::string> body = co_await net::ReadWhole(*received.body, kMostBodyBytes);
  if (!body.has_value()) {
    net::ServerAnswer refusal;
    refusal.status = body.error().kind == ErrorKind::too_large ? 413 : 400;
    co_return refusal;
  }
  Request request = WithoutConnection(received, *std::move(body));
  Reply reply = co_await WorkOn(parts, std::move(request));
  co_return Convert(std::move(parts), std::move(reply));
}

/// One by one if there are fewer workers than requests; who asks about the truth needs none.
async::Task<Reply> Sandbox::Parts::WorkOn(std::shared_ptr<Parts> parts, Request request) {
  if (IsAboutTruth(request.target)) co_return co_await Handle(std::move(parts), std::move(request));
  co_await parts->workers.Acquire();
  Reply reply = co_await Handle(parts, std::move(request));
  parts->workers.Release();
  co_return reply;
}

async::Task<Reply> Sandbox::Parts::Handle(std::shared_ptr<Parts> parts, Request request) {
  const Duration latency = IsAboutTruth(request.target) ? Duration(0) : parts->options.latency;
  if (latency > Duration(0)) co_await parts->timers.SleepFor(latency / 2);
  Reply reply = parts->service->Handle(request);
  if (latency > Duration(0)) co_await parts->timers.SleepFor(latency - latency / 2);
  if (reply.action == Reply::Action::hold) co_await parts->timers.SleepFor(reply.wait);
  if (reply.action == Reply::Action::cut_then_run) RunLater(std::move(parts), std::move(request), reply.wait);
  co_return reply;
}

net::ServerAnswer Sandbox::Parts::Convert(std::shared_ptr<Parts> parts, Reply reply) {
  net::ServerAnswer answer;
  answer.reset = reply.action != Reply::Action::answer;
  answer.status = reply.status;
  answer.headers = std::move(reply.headers);
  answer.body = std::move(reply.body);
  if (reply.more) {
    // Holds the parts, because the pieces are read out of them.
    answer.more = [parts = std::move(parts), more = std::move(reply.more)] { return NextPiece(more()); };
  }
  return answer;
}

void Sandbox::Parts::RunLater(std::shared_ptr<Parts> parts, Request request, Duration wait) {
  const MonoTime at = parts->clock.MonotonicNow() + wait;
  async::Timers& timers = parts->timers;
  timers.Schedule(at, [parts = std::move(parts), request = std::move(request)] { parts->service->RunLate(request); });
}

Sandbox::Sandbox(async::Loop& loop, async::Timers& timers, const Clock& clock, SandboxOptions options)
    : parts_(std::make_shared<Parts>(timers, clock, std::move(options))) {
  auto handler = [parts = parts_](net::ServerRequest& request) { return Parts::Answer(parts, request); };
  server_ = std::make_unique<net::HttpServer>(loop, timers, parts_->options.listen, std::move(handler));
}

Sandbox::~Sandbox() = default;

Result<void> Sandbox::Start() {
  ASSIGN_OR_RETURN(std::vector<FaultRule> script, ReadFaultFile(parts_->options.fault_file));
  parts_->service = std::make_unique<Service>(parts_->clock, parts_->options, std::move(script));
  return server_->Start();
}

std::uint16_t Sandbox::port() const { return server_->port(); }

}  // namespace rowcall::sandbox
