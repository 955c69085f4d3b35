#include "api/answer.h"

#include "base/log.h"
#include "base/text.h"

namespace rowcall::api {

namespace {

constexpr std::size_t kMaxQuoted = 100;

int StatusOf(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::invalid: return 400;
    case ErrorKind::unauthenticated: return 401;
    case ErrorKind::forbidden: return 403;
    case ErrorKind::not_found: return 404;
    case ErrorKind::timeout: return 408;
    case ErrorKind::conflict: return 409;
    case ErrorKind::gone: return 410;
    case ErrorKind::too_large: return 413;
    case ErrorKind::unavailable: return 503;
    case ErrorKind::no_space: return 507;
    case ErrorKind::corrupt:
    case ErrorKind::fenced:
    case ErrorKind::internal: return 500;
  }
  return 500;
}

}  // namespace

net::ServerAnswer JsonAnswer(std::string json) {
  net::ServerAnswer answer;
  answer.headers.Add("Content-Type", "application/json");
  answer.body = std::move(json);
  return answer;
}

net::ServerAnswer PageAnswer(results::Page page) {
  net::ServerAnswer answer = JsonAnswer(std::move(page.json));
  answer.headers.Add("Elements-Returned-Count", std::to_string(page.count));
  if (!page.next_token.empty()) answer.headers.Add("Elements-Next-Page-Token", std::move(page.next_token));
  return answer;
}

net::ServerAnswer ProblemAnswer(const Call& call, wire::Problem problem) {
  problem.request_id = call.request.id;
  net::ServerAnswer answer;
  answer.status = problem.status;
  answer.headers.Add("Content-Type", "application/problem+json");
  if (problem.status == 401) answer.headers.Add("WWW-Authenticate", "Element realm=\"rowcall\"");
  answer.body = wire::ProblemJson(problem);
  return answer;
}

net::ServerAnswer RefusalAnswer(const Call& call, int status, std::string code, std::string detail, std::string hint) {
  wire::Problem problem;
  problem.status = status;
  problem.code = std::move(code);
  problem.detail = std::move(detail);
  problem.hint = std::move(hint);
  return ProblemAnswer(call, std::move(problem));
}

net::ServerAnswer ErrorAnswer(const Call& call, const Error& error) {
  wire::Problem problem;
  problem.status = StatusOf(error.kind);
  problem.code = Name(error.kind);
  problem.detail = error.message;
  problem.hint = error.hint;
  if (problem.status >= 500) {
    Log(LogLevel::error, "request_failed",
        {{"id", call.request.id}, {"kind", Name(error.kind)}, {"error", error.message}, {"hint", error.hint}});
  }
  if (problem.status == 500) {
    problem.detail = "This is a fault of the server.";
    problem.hint = "Its log tells more under this request id.";
  }
  return ProblemAnswer(call, std::move(problem));
}

net::ServerAnswer FaultsAnswer(const Call& call, std::string_view what, wire::Faults faults) {
  wire::Problem problem;
  problem.status = 400;
  problem.code = Name(ErrorKind::invalid);
  problem.detail = std::string(what) + " has a fault: " + faults.front().message;
  if (faults.size() > 1) problem.detail += " (" + std::to_string(faults.size() - 1) + " more under errors)";
  problem.faults = std::move(faults);
  return ProblemAnswer(call, std::move(problem));
}

net::ServerAnswer UnsupportedAnswer(const Call& call, std::string detail, std::string hint) {
  return RefusalAnswer(call, 415, "unsupported_media_type", std::move(detail), std::move(hint));
}

net::ServerAnswer NotYetAnswer(const Call& call, std::string detail, std::string hint) {
  return RefusalAnswer(call, 501, "not_implemented", std::move(detail), std::move(hint));
}

net::ServerAnswer ServiceAnswer(const Call& call, int status, const Error& error) {
  wire::Problem problem;
  problem.status = status;
  problem.code = error.kind == ErrorKind::unauthenticated ? "service_refused_credentials" : "service_failed";
  problem.detail = error.message;
  problem.hint = error.hint;
  if (error.kind == ErrorKind::unauthenticated) problem.provider_message = error.message;  // it quotes the service
  return ProblemAnswer(call, std::move(problem));
}

std::optional<net::ServerAnswer> RefuseIfEncoded(const Call& call) {
  const std::string_view coding = Trim(call.request.headers.Find("Content-Encoding").value_or(""));
  if (coding.empty() || AsciiLower(coding) == "identity") return std::nullopt;
  return UnsupportedAnswer(call, "A body with Content-Encoding " + Quoted(coding) + " is not read.",
                           "Send the body as it is. A file may be compressed itself: -F file=@contacts.csv.gz");
}

std::optional<net::ServerAnswer> RefuseUnlessJson(const Call& call) {
  if (auto refusal = RefuseIfEncoded(call)) return refusal;
  const std::string_view field = call.request.headers.Find("Content-Type").value_or("");
  const std::string type = AsciiLower(Trim(field.substr(0, field.find(';'))));
  if (type == "application/json" || (type.starts_with("application/") && type.ends_with("+json"))) return std::nullopt;
  return UnsupportedAnswer(call, "This body must be JSON.", "Send Content-Type: application/json.");
}

std::string Quoted(std::string_view text) {
  std::string quoted(text.substr(0, kMaxQuoted));
  for (std::size_t bad; (bad = FirstInvalidUtf8(quoted)) != std::string_view::npos;) quoted[bad] = '?';
  for (char& c : quoted) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = '?';
  }
  return "\"" + quoted + (text.size() > kMaxQuoted ? "…\"" : "\"");
}

}  // namespace rowcall::api
