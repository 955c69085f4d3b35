#include "ledger/json_text.h"

#include <boost/json.hpp>

#include "base/json_writer.h"

namespace rowcall::ledger {

namespace json = boost::json;

namespace {

void WriteText(JsonWriter& writer, std::string_view key, std::string_view text) {
  if (!text.empty()) writer.Key(key).String(text);
}

void WriteReason(JsonWriter& writer, const model::Reason& reason) {
  writer.BeginObject();
  WriteText(writer, "column", reason.column);
  WriteText(writer, "code", reason.code);
  WriteText(writer, "message", reason.message);
  WriteText(writer, "hint", reason.hint);
  WriteText(writer, "serviceCode", reason.service_code);
  WriteText(writer, "serviceMessage", reason.service_message);
  WriteText(writer, "serviceRequestId", reason.service_request_id);
  if (reason.service_status != 0) writer.Key("serviceStatus").Int(reason.service_status);
  if (reason.warning) writer.Key("warning").Bool(true);
  writer.EndObject();
}

std::string ReadText(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  const json::string* text = value == nullptr ? nullptr : value->if_string();
  return text == nullptr ? std::string() : std::string(*text);
}

model::Reason ReadReason(const json::object& object) {
  model::Reason reason;
  reason.column = ReadText(object, "column");
  reason.code = ReadText(object, "code");
  reason.message = ReadText(object, "message");
  reason.hint = ReadText(object, "hint");
  reason.service_code = ReadText(object, "serviceCode");
  reason.service_message = ReadText(object, "serviceMessage");
  reason.service_request_id = ReadText(object, "serviceRequestId");
  if (const json::value* status = object.if_contains("serviceStatus"); status != nullptr && status->is_int64()) {
    reason.service_status = static_cast<int>(status->get_int64());
  }
  reason.warning = object.contains("warning");
  return reason;
}

std::unexpected<Error> NotOurs() {
  return Fail(ErrorKind::corrupt, "a JSON column of the ledger does not hold what was written");
}

// Each member of the array `text` through `read`; `read` gives nullopt for what it does not accept.
template <typename T, typename Read>
Result<std::vector<T>> ReadArray(std::string_view text, Read read) {
  boost::system::error_code error;
  const json::value parsed = json::parse(text, error);
  const json::array* members = error ? nullptr : parsed.if_array();
  if (members == nullptr) return NotOurs();
  std::vector<T> values;
  values.reserve(members->size());
  for (const json::value& member : *members) {
    std::optional<T> value = read(member);
    if (!value) return NotOurs();
    values.push_back(*std::move(value));
  }
  return values;
}

std::optional<std::string> StringIn(const json::value& value) {
  const json::string* text = value.if_string();
  return text == nullptr ? std::nullopt : std::optional<std::string>(std::in_place, *text);
}

std::optional<model::Reason> ReasonIn(const json::value& value) {
  const json::object* object = value.if_object();
  return object == nullptr ? std::nullopt : std::optional(ReadReason(*object));
}

std::optional<model::IncompleteStep> StepIn(const json::value& value) {
  const json::object* object = value.if_object();
  const json::value* reason = object == nullptr ? nullptr : object->if_contains("reason");
  if (reason == nullptr || !reason->is_object()) return std::nullopt;
  return model::IncompleteStep{ReadText(*object, "step"), ReadReason(reason->get_object())};
}

}  // namespace

std::string ListToJson(const std::vector<std::string>& list) {
  std::string text;
  JsonWriter writer(text);
  writer.BeginArray();
  for (const std::string& member : list) writer.String(member);
  writer.EndArray();
  return text;
}

Result<std::vector<std::string>> ListFromJson(std::string_view text) { return ReadArray<std::string>(text, StringIn); }

std::string MapToJson(const std::map<std::string, std::string>& map) {
  std::string text;
  JsonWriter writer(text);
  writer.BeginObject();
  for (const auto& [key, value] : map) writer.Key(key).String(value);
  writer.EndObject();
  return text;
}

Result<std::map<std::string, std::string>> MapFromJson(std::string_view text) {
  boost::system::error_code error;
  const json::value parsed = json::parse(text, error);
  const json::object* members = error ? nullptr : parsed.if_object();
  if (members == nullptr) return NotOurs();
  std::map<std::string, std::string> map;
  for (const auto& [key, value] : *members) {
    if (!value.is_string()) return NotOurs();
    map.emplace(key, value.get_string());
  }
  return map;
}

std::string ReasonsToJson(const std::vector<model::Reason>& reasons) {
  std::string text;
  JsonWriter writer(text);
  writer.BeginArray();
  for (const model::Reason& reason : reasons) WriteReason(writer, reason);
  writer.EndArray();
  return text;
}

Result<std::vector<model::Reason>> ReasonsFromJson(std::string_view text) {
  return ReadArray<model::Reason>(text, ReasonIn);
}

std::string StepsToJson(const std::vector<model::IncompleteStep>& steps) {
  std::string text;
  JsonWriter writer(text);
  writer.BeginArray();
  for (const model::IncompleteStep& step : steps) {
    writer.BeginObject().Key("step").String(step.step).Key("reason");
    WriteReason(writer, step.reason);
    writer.EndObject();
  }
  writer.EndArray();
  return text;
}

Result<std::vector<model::IncompleteStep>> StepsFromJson(std::string_view text) {
  return ReadArray<model::IncompleteStep>(text, StepIn);
}

}  // namespace rowcall::ledger
