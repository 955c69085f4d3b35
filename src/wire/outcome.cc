#include "wire/outcome.h"

#include "wire/json_object.h"

namespace rowcall::wire {

namespace {

constexpr std::string_view kMessage = "message";
constexpr std::string_view kStepMessage = "reason";

void WriteText(JsonWriter& json, std::string_view key, std::string_view text) {
  if (!text.empty()) json.Key(key).String(text);
}

/// The members of a reason, beside others in an open object.
void WriteReason(JsonWriter& json, const model::Reason& reason, std::string_view message_key) {
  WriteText(json, "column", reason.column);
  WriteText(json, "code", reason.code);
  WriteText(json, message_key, reason.message);
  WriteText(json, "hint", reason.hint);
  WriteText(json, "serviceCode", reason.service_code);
  WriteText(json, "serviceMessage", reason.service_message);
  if (reason.service_status != 0) json.Key("serviceStatus").Int(reason.service_status);
  WriteText(json, "requestId", reason.service_request_id);
  if (reason.warning) json.Key("warning").Bool(true);
}

model::Reason ReadReason(const boost::json::object& object, std::string_view message_key) {
  return {.column = TextOf(object, "column"),
          .code = TextOf(object, "code"),
          .message = TextOf(object, message_key),
          .hint = TextOf(object, "hint"),
          .service_code = TextOf(object, "serviceCode"),
          .service_message = TextOf(object, "serviceMessage"),
          .service_request_id = TextOf(object, "requestId"),
          .service_status = static_cast<int>(NumberOf(object, "serviceStatus")),
          .warning = TruthOf(object, "warning")};
}

/// Whether the first reason alone does not tell all.
bool NeedsReasons(const model::Outcome& outcome) {
  const std::vector<model::Reason>& reasons = outcome.reasons;
  if (reasons.size() != 1) return reasons.size() > 1;
  return reasons.front().warning || !outcome.incomplete.empty();
}

void WriteIncomplete(JsonWriter& json, const std::vector<model::IncompleteStep>& steps) {
  json.Key("incomplete").BeginArray();
  for (const model::IncompleteStep& step : steps) {
    json.BeginObject().Key("step").String(step.step);
    WriteReason(json, step.reason, kStepMessage);
    json.EndObject();
  }
  json.EndArray();
}

Result<model::Outcome> ReadOutcome(const boost::json::object& object) {
  const auto kind = model::OutcomeNamed(TextOf(object, "outcome"));
  model::Outcome outcome;
  outcome.row = NumberOf(object, "row");
  if (!kind || outcome.row <= 0) return Fail(ErrorKind::invalid, "The answer holds a row without number or outcome.");
  outcome.kind = *kind;
  outcome.byte_offset = NumberOf(object, "byteOffset");
  outcome.vendor_id = TextOf(object, "vendorId");
  for (const boost::json::object& reason : ObjectsOf(object, "reasons")) {
    outcome.reasons.push_back(ReadReason(reason, kMessage));
  }
  for (const boost::json::object& step : ObjectsOf(object, "incomplete")) {
    outcome.incomplete.push_back({TextOf(step, "step"), ReadReason(step, kStepMessage)});
  }
  if (outcome.reasons.empty() && outcome.incomplete.empty() && object.contains("status")) {
    outcome.reasons.push_back(ReadReason(object, kMessage));
  }
  return outcome;
}

}  // namespace

void WriteOutcome(JsonWriter& json, const model::Outcome& outcome) {
  const model::Reason* first = model::FirstReason(outcome);
  json.BeginObject();
  if (first != nullptr) json.Key("status").String(first->message);
  json.Key("row").Int(outcome.row);
  if (first != nullptr) WriteReason(json, *first, kMessage);
  json.Key("outcome").String(model::Name(outcome.kind));
  json.Key("byteOffset").Int(outcome.byte_offset);
  WriteText(json, "vendorId", outcome.vendor_id);
  if (NeedsReasons(outcome)) {
    json.Key("reasons").BeginArray();
    for (const model::Reason& reason : outcome.reasons) {
      json.BeginObject();
      WriteReason(json, reason, kMessage);
      json.EndObject();
    }
    json.EndArray();
  }
  if (!outcome.incomplete.empty()) WriteIncomplete(json, outcome.incomplete);
  json.EndObject();
}

Result<std::vector<model::Outcome>> ParseOutcomes(std::string_view json) {
  ASSIGN_OR_RETURN(const auto objects, ParseObjects(json, "The page of rows"));
  std::vector<model::Outcome> outcomes;
  for (const boost::json::object& object : objects) {
    ASSIGN_OR_RETURN(outcomes.emplace_back(), ReadOutcome(object));
  }
  return outcomes;
}

}  // namespace rowcall::wire
