#include "cli/client.h"

#include "async/loop.h"
#include "async/timers.h"
#include "net/egress_guard.h"
#include "net/pooled_http_client.h"
#include "net/resolver.h"
#include "wire/problem.h"

namespace rowcall::cli {

namespace {

constexpr char kBasePath[] = "/elements/api-v2";
constexpr std::size_t kMaxAnswerBytes = std::size_t{64} << 20;

std::string Authorization(const Access& access) {
  std::string value;
  const auto add = [&value](std::string_view scheme, const Secret& secret) {
    if (secret.empty()) return;
    value.append(value.empty() ? "" : ", ").append(scheme).append(" ").append(secret.Reveal());
  };
  add("Element", access.token);
  add("User", access.user);
  add("Organization", access.organization);
  return value;
}

ErrorKind KindOf(const wire::Problem& problem, ErrorKind by_status) {
  if (problem.status == 429) return ErrorKind::too_large;
  if (problem.code == "service_refused_credentials") return ErrorKind::unauthenticated;
  const bool said_by_server = problem.code == Name(ErrorKind::invalid);
  return by_status == ErrorKind::invalid && !said_by_server ? ErrorKind::unavailable : by_status;
}

/// The server's words: the sentence, the service's own, and each place of the request that is wrong.
Error ErrorOf(const wire::Problem& problem) {
  Error error = wire::ToError(problem);
  error.kind = KindOf(problem, error.kind);
  if (!problem.provider_message.empty() && problem.provider_message != problem.detail) {
    error.message += "\nThe service says: " + problem.provider_message;
  }
  for (const wire::Fault& fault : problem.faults) error.message += "\n  " + fault.pointer + ": " + fault.message;
  return error;
}

}  // namespace

struct Client::Parts {
  explicit Parts(net::EgressGuard guard_in) : guard(std::move(guard_in)) {}

  async::Loop loop;
  SystemClock clock;
  async::LoopTimers timers{loop, clock};
  net::Resolver resolver{loop, timers, {.threads = 1}};
  net::EgressGuard guard;
  net::PooledHttpClient http{loop, timers, resolver, guard, {}};
};

Client::Client(Access access, net::Url url, std::unique_ptr<Parts> parts)
    : access_(std::move(access)), url_(std::move(url)), parts_(std::move(parts)) {}

Client::~Client() = default;

Result<std::unique_ptr<Client>> Client::Open(Access access) {
  ASSIGN_OR_RETURN(net::Url url, net::ParseUrl(access.server));
  // The user names the server, so it may stand anywhere.
  ASSIGN_OR_RETURN(net::EgressGuard guard, net::EgressGuard::Create({"0.0.0.0/0", "::/0"}));
  auto parts = std::make_unique<Parts>(std::move(guard));
  return std::unique_ptr<Client>(new Client(std::move(access), std::move(url), std::move(parts)));
}

Result<net::HttpAnswer> Client::Ask(const Call& call) {
  net::HttpRequest request;
  request.method = call.method;
  request.url = url_;
  request.url.target = (url_.target == "/" ? "" : url_.target) + kBasePath + call.target;
  request.headers = call.headers;
  request.headers.Set("Authorization", Authorization(access_));
  request.headers.Set("Accept", call.accept);
  request.body = call.body;
  if (call.upload != nullptr) {
    request.more = [upload = call.upload] { return upload->Next(); };
    request.more_bytes = call.upload->size();
  }
  request.take = call.take;
  request.deadline = call.deadline;
  request.max_answer_bytes = kMaxAnswerBytes;
  net::Exchange exchange = async::RunToEnd(parts_->loop, parts_->http.Send(request));
  if (exchange.delivery != net::Delivery::answered) {
    return Fail(ErrorKind::unavailable, "no answer from " + access_.server + ": " + exchange.error.message,
                "Is the server running? rowcall serve --data DIR");
  }
  return std::move(exchange.answer);
}

Result<net::HttpAnswer> Client::Send(const Call& call) {
  ASSIGN_OR_RETURN(net::HttpAnswer answer, Ask(call));
  return GoodAnswer(std::move(answer));
}

Result<net::HttpAnswer> Client::Get(std::string target) {
  Call call;
  call.target = std::move(target);
  return Send(call);
}

Result<net::HttpAnswer> GoodAnswer(net::HttpAnswer answer) {
  if (answer.status >= 200 && answer.status <= 299) return answer;
  return std::unexpected(ErrorOf(wire::ParseProblem(answer.status, answer.body)));
}

}  // namespace rowcall::cli
