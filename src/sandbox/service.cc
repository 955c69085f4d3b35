#include "sandbox/service.h"

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <array>
#include <utility>

#include "base/text.h"
#include "sandbox/admission.h"
#include "sandbox/truth.h"

namespace rowcall::sandbox {

namespace {

namespace json = boost::json;

constexpr Duration kSilence = std::chrono::minutes(2);

void Put(Reply& reply, const Refusal& refusal, std::string_view request_id) {
  reply.status = refusal.status;
  reply.body = ErrorBody(refusal, request_id);
  if (!refusal.link.empty()) reply.headers.Add("Link", refusal.link);
}

void Put(Reply& reply, OrRefusal<Answer> answer, std::string_view request_id) {
  if (!answer.has_value()) return Put(reply, answer.error(), request_id);
  reply.status = answer->status;
  reply.body = std::move(answer->body);
}

bool RunsFirst(const FaultRule& rule) {
  switch (rule.kind) {
    case FaultKind::reset_before:
    case FaultKind::late: return false;
    case FaultKind::status:
    case FaultKind::garbage:
    case FaultKind::html_200: return rule.after_commit;
    case FaultKind::reset_after:
    case FaultKind::timeout_after:
    case FaultKind::cut_json:
    case FaultKind::wrong_type: break;
  }
  return true;
}

Refusal StatusFault(int status) {
  switch (status) {
    case 408: return {status, "request_timeout", "Request Timeout", {}};
    case 429: return {status, "too_many_requests", "Too Many Requests", {}};
    case 500: return {status, "server_error", "Server Error", {}};
    default: return {status, "service_unavailable", "Service Unavailable", {}};
  }
}

/// Spoils what would have been a good reply.
void Strike(const FaultRule& rule, Random& random, Duration late, std::string_view request_id, Reply& reply) {
  switch (rule.kind) {
    case FaultKind::reset_before:
    case FaultKind::reset_after: reply.action = Reply::Action::cut; return;
    case FaultKind::timeout_after:
      reply.action = Reply::Action::hold;
      reply.wait = kSilence;
      return;
    case FaultKind::late:
      reply.action = Reply::Action::cut_then_run;
      reply.wait = Duration(static_cast<std::int64_t>(static_cast<double>(late.count()) * random.Unit()));
      return;
    case FaultKind::status:
      if (rule.retry_after > 0) reply.headers.Set("Retry-After", std::to_string(rule.retry_after));
      return Put(reply, StatusFault(rule.status), request_id);
    case FaultKind::garbage:
      reply.status = 200;
      reply.body = "\x1f\x8b\x08\xff{]garbage";
      return;
    case FaultKind::html_200:
      reply.status = 200;
      reply.headers.Set("Content-Type", "text/html");
      reply.body = "<!DOCTYPE html><html><body><h1>Welcome to the proxy</h1></body></html>";
      return;
    case FaultKind::cut_json: reply.body.resize(reply.body.size() / 2); return;
    case FaultKind::wrong_type: reply.headers.Set("Content-Type", "text/html"); return;
  }
}

/// What a person would call the record that a body speaks of.
std::string KeyOf(const RouteMatch& match, const json::object& body) {
  if (!match.ids.empty()) return std::string(match.ids.front());
  for (const std::string_view name : {"external_id", "company_id", "email", "name", "from"}) {
    const json::value* value = body.if_contains(name);
    if (value != nullptr && value->is_string()) return std::string(value->get_string());
  }
  return {};
}

}  // namespace

Service::Service(const Clock& clock, const SandboxOptions& options, std::vector<FaultRule> script)
    : state_(clock, options, std::move(script)) {}

Reply Service::Handle(const Request& request) {
  const Result<Target> target = ParseTarget(request.target);
  if (!target.has_value()) {
    return JsonReply(400, ErrorBody({400, "bad_request", target.error().message, {}}, state_.random.Uuid()));
  }
  if (!target->segments.empty() && target->segments[0] == kTruthSegment) return AnswerTruth(state_, request, *target);
  const std::optional<RouteMatch> match = FindRoute(request.method, target->segments);
  Reply reply = HandleApi(request, *target, match);
  const bool answered = reply.action == Reply::Action::answer;
  state_.counts.Count(match.has_value() ? std::optional(match->index) : std::nullopt, answered ? reply.status : 0);
  return reply;
}

Reply Service::HandleApi(const Request& request, const Target& target, const std::optional<RouteMatch>& match) {
  const std::string request_id = state_.random.Uuid();
  Reply reply = JsonReply(200, {});
  reply.headers.Add("X-Request-Id", request_id);
  if (const auto admitted = Admit(request, state_, reply.headers); !admitted.has_value()) {
    Put(reply, admitted.error(), request_id);
    return reply;
  }
  if (!match.has_value()) {
    Put(reply, Refusal{404, "not_found", "Resource Not Found", {}}, request_id);
    return reply;
  }
  const FaultRule* fault = state_.faults.Next(match->route->Operation(), request.target, request.body);
  if (fault == nullptr || RunsFirst(*fault)) {
    Put(reply, Run(request, target, *match, fault == nullptr ? "" : Name(fault->kind)), request_id);
  }
  if (fault != nullptr) Strike(*fault, state_.random, state_.options.late, request_id, reply);
  return reply;
}

void Service::RunLate(const Request& request) {
  const Result<Target> target = ParseTarget(request.target);
  const std::optional<RouteMatch> match = FindRoute(request.method, target->segments);
  // The answer is lost: who asked has gone.
  static_cast<void>(Run(request, *target, *match, Name(FaultKind::late)));
}

OrRefusal<Answer> Service::Run(const Request& request, const Target& target, const RouteMatch& match,
                               std::string_view fault) {
  LoggedRequest logged;
  OrRefusal<Answer> answer = CallEndpoint(request, target, match, logged.key);
  if (match.route->IsRead()) return answer;
  logged.at = state_.clock.Now();
  logged.operation = match.route->Operation();
  logged.status = answer.has_value() ? answer->status : answer.error().status;
  if (answer.has_value()) logged.id = answer->id;
  logged.fault = fault;
  state_.log.Add(std::move(logged));
  return answer;
}

OrRefusal<Answer> Service::CallEndpoint(const Request& request, const Target& target, const RouteMatch& match,
                                        std::string& key) {
  std::array<unsigned char, 16 * 1024> buffer;
  json::monotonic_resource memory(buffer.data(), buffer.size());
  json::value parsed(json::object_kind, &memory);
  const bool has_body = (request.method == "POST" || request.method == "PUT") && !Trim(request.body).empty();
  if (has_body) {
    boost::system::error_code error;
    parsed = json::parse(request.body, error, &memory);
    if (error) return Refuse(400, "bad_request", "The request's body is not JSON: " + error.message());
    if (!parsed.is_object()) return Refuse(400, "bad_request", "The request's body is not a JSON object");
  }
  key = KeyOf(match, parsed.get_object());
  Call call{.workspace = *state_.workspace,
            .rules = state_.rules,
            .random = state_.random,
            .now_s = state_.NowSeconds(),
            .now = state_.clock.MonotonicNow(),
            .numeric_owner = ShowsNumericOwner(request),
            .ids = match.ids,
            .query = target.query,
            .body = parsed.get_object()};
  return match.route->endpoint(call);
}

}  // namespace rowcall::sandbox
