#include "wire/problem.h"

#include "base/json_writer.h"
#include "wire/json_object.h"

namespace rowcall::wire {

namespace {

constexpr std::string_view kTypePrefix = "urn:rowcall:problem:";
constexpr std::size_t kMaxQuoted = 256;

/// The short text for a status; the same for every problem of that status.
std::string_view Title(int status) {
  switch (status) {
    case 400: return "Bad request";
    case 401: return "Not signed in";
    case 403: return "Not allowed";
    case 404: return "Not found";
    case 405: return "Method not allowed";
    case 406: return "Not acceptable";
    case 408: return "Request timeout";
    case 409: return "Conflict";
    case 410: return "Gone";
    case 413: return "Too large";
    case 415: return "Unsupported media type";
    case 502: return "The service could not be used";
    case 503: return "Unavailable";
    case 507: return "No space left";
    default: return "Internal error";
  }
}

ErrorKind KindOf(int status) {
  switch (status) {
    case 401: return ErrorKind::unauthenticated;
    case 403: return ErrorKind::forbidden;
    case 404: return ErrorKind::not_found;
    case 409: return ErrorKind::conflict;
    case 410: return ErrorKind::gone;
    case 413: return ErrorKind::too_large;
    case 408: return ErrorKind::timeout;
    case 507: return ErrorKind::no_space;
    default: return status < 500 ? ErrorKind::invalid : ErrorKind::unavailable;
  }
}

}  // namespace

std::string ProblemJson(const Problem& problem) {
  std::string out;
  JsonWriter json(out);
  json.BeginObject();
  json.Key("type").String(std::string(kTypePrefix) + problem.code);
  json.Key("title").String(Title(problem.status));
  json.Key("status").Int(problem.status);
  json.Key("detail").String(problem.detail);
  json.Key("message").String(problem.detail);
  if (!problem.hint.empty()) json.Key("hint").String(problem.hint);
  if (!problem.provider_message.empty()) json.Key("providerMessage").String(problem.provider_message);
  if (!problem.faults.empty()) {
    json.Key("errors").BeginArray();
    for (const Fault& fault : problem.faults) {
      json.BeginObject().Key("pointer").String(fault.pointer).Key("detail").String(fault.message).EndObject();
    }
    json.EndArray();
  }
  json.Key("requestId").String(problem.request_id);
  json.EndObject();
  return out;
}

Problem ParseProblem(int status, std::string_view body) {
  Problem problem;
  problem.status = status;
  const auto object = ParseObject(body, "The answer");
  if (!object || !object->contains("message")) {
    problem.detail = "The server answered " + std::to_string(status) + ": " + std::string(body.substr(0, kMaxQuoted));
    return problem;
  }
  const std::string type = TextOf(*object, "type");
  if (type.starts_with(kTypePrefix)) problem.code = type.substr(kTypePrefix.size());
  problem.detail = TextOf(*object, "message");
  problem.hint = TextOf(*object, "hint");
  problem.provider_message = TextOf(*object, "providerMessage");
  problem.request_id = TextOf(*object, "requestId");
  for (const boost::json::object& fault : ObjectsOf(*object, "errors")) {
    problem.faults.push_back({TextOf(fault, "pointer"), TextOf(fault, "detail")});
  }
  return problem;
}

Error ToError(const Problem& problem) { return {KindOf(problem.status), problem.detail, problem.hint}; }

}  // namespace rowcall::wire
