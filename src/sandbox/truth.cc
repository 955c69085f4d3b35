#include "sandbox/truth.h"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <utility>

#include "base/json_writer.h"
#include "sandbox/company_json.h"
#include "sandbox/contact_json.h"
#include "sandbox/fields.h"
#include "sandbox/past_contacts.h"

namespace rowcall::sandbox {

namespace {

constexpr std::size_t kPieceBytes = 256 * 1024;

Reply Refused(int status, std::string message) {
  std::string body;
  JsonWriter(body).BeginObject().Key("message").String(message).EndObject();
  return JsonReply(status, std::move(body));
}

/// An array that is written while it is sent, so that memory does not grow with the workspace. `append(index, json)`
/// is false behind the last record.
Reply StreamArray(std::function<bool(std::size_t, JsonWriter&)> append) {
  Reply reply = JsonReply(200, "[");
  reply.more = [append = std::move(append), next = std::size_t{0}, done = false]() mutable {
    std::string piece;
    while (!done && piece.size() < kPieceBytes) {
      std::string record;
      JsonWriter json(record);
      if (append(next, json)) {
        if (next++ > 0) piece += ',';
        piece += record;
      } else {
        done = true;
        piece += "]\n";
      }
    }
    return piece;
  };
  return reply;
}

Reply ShowContacts(const State& state) {
  return StreamArray([&state](std::size_t index, JsonWriter& json) {
    const auto& contacts = state.workspace->contacts();
    if (index >= contacts.size()) return false;
    AppendContact(json, contacts[index], {.truth = true});
    return true;
  });
}

Reply ShowCompanies(const State& state) {
  return StreamArray([&state](std::size_t index, JsonWriter& json) {
    const auto& companies = state.workspace->companies();
    if (index >= companies.size()) return false;
    AppendCompanyTruth(json, companies[index]);
    return true;
  });
}

Reply ShowRequests(const State& state) {
  std::string body;
  JsonWriter json(body);
  json.BeginObject();
  state.counts.AppendTo(json);
  json.Key("window").BeginObject().Key("length_s").Int(RateWindow::kLength);
  json.Key("next_reset").Int(RateWindow::ResetAfter(state.clock.Now())).EndObject().EndObject();
  return JsonReply(200, std::move(body));
}

Reply ShowLog(const State& state, const Query& query) {
  return JsonReply(200, state.log.Show(ParseInteger(query.Find("after").value_or("0")).value_or(0)));
}

Reply ShowFaults(const State& state) {
  std::string body;
  JsonWriter json(body);
  state.faults.AppendTo(json);
  return JsonReply(200, std::move(body));
}

Reply SetFaults(State& state, std::string_view script) {
  Result<std::vector<FaultRule>> rules = ParseFaultScript(script);
  if (!rules.has_value()) return Refused(400, rules.error().message + ". " + rules.error().hint);
  state.faults.SetRules(*std::move(rules));
  return ShowFaults(state);
}

Reply SetToken(State& state, std::string_view body) {
  boost::system::error_code error;
  const boost::json::value asked = boost::json::parse(body, error);
  const boost::json::value* token = asked.is_object() ? asked.get_object().if_contains("token") : nullptr;
  if (token == nullptr || !token->is_string() || token->get_string().empty()) {
    return Refused(400, "The body is not {\"token\":\"…\"}");
  }
  state.token = token->get_string();
  return JsonReply(200, "{}");
}

Reply Reset(State& state) {
  state.Reset();
  return JsonReply(200, "{}");
}

Reply KeepCallback(State& state, const Request& request) {
  state.callbacks.Add(state.clock.Now(), request.headers, request.body);
  return JsonReply(200, "{}");
}

Reply AddPast(State& state, std::string_view body) {
  OrRefusal<std::string> added = AddPastContacts(state, body);
  if (!added.has_value()) return Refused(added.error().status, added.error().message);
  return JsonReply(200, *std::move(added));
}

}  // namespace

bool IsAboutTruth(std::string_view target) {
  return target.starts_with('/') && target.substr(1).starts_with(kTruthSegment);
}

Reply AnswerTruth(State& state, const Request& request, const Target& target) {
  const std::string asked = request.method + " " + (target.segments.size() == 2 ? target.segments[1] : "");
  if (asked == "GET contacts") return ShowContacts(state);
  if (asked == "GET companies") return ShowCompanies(state);
  if (asked == "GET requests") return ShowRequests(state);
  if (asked == "GET log") return ShowLog(state, target.query);
  if (asked == "GET faults") return ShowFaults(state);
  if (asked == "POST faults") return SetFaults(state, request.body);
  if (asked == "POST contacts") return AddPast(state, request.body);
  if (asked == "POST callback") return KeepCallback(state, request);
  if (asked == "GET callbacks") return JsonReply(200, state.callbacks.Show());
  if (asked == "POST token") return SetToken(state, request.body);
  if (asked == "POST reset") return Reset(state);
  return Refused(
      404,
      "Under /_sandbox there are contacts, companies, requests, log, faults, callback, callbacks, token and reset");
}

}  // namespace rowcall::sandbox
