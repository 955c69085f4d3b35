#include "base/json_writer.h"
#include "wire/instance.h"
#include "wire/time_text.h"

namespace rowcall::wire {

namespace {

void WriteElement(JsonWriter& json, const ElementBrief& element) {
  json.Key("element").BeginObject();
  json.Key("key").String(element.key).Key("name").String(element.title).Key("hub").String(element.hub);
  json.Key("bulkUploadEnabled").Bool(true).Key("bulkDownloadEnabled").Bool(false);
  json.Key("transformationsEnabled").Bool(false);
  json.EndObject();
}

void WriteConfiguration(JsonWriter& json, const model::Instance& instance) {
  json.Key("configuration").BeginObject();
  for (const auto& [key, value] : instance.configuration) json.Key(key).String(value);
  json.EndObject();
  json.Key("secretsSet").BeginArray();
  for (const auto& [key, secret] : instance.secrets) json.String(key);
  json.EndArray();
  json.Key("valid").Bool(instance.unreadable.empty());
}

/// Members that Open Connectors' clients may read, and that never differ here.
void WriteConstants(JsonWriter& json) {
  json.Key("tags").BeginArray().EndArray();
  json.Key("provisionInteractions").BeginArray().EndArray();
  json.Key("eventsEnabled").Bool(false);
  json.Key("traceLoggingEnabled").Bool(false);
  json.Key("cachingEnabled").Bool(false);
  json.Key("externalAuthentication").String("none");
}

}  // namespace

std::string InstanceOrderJson(const InstanceOrder& order) {
  std::string out;
  JsonWriter json(out);
  json.BeginObject();
  if (!order.connector.empty()) json.Key("element").BeginObject().Key("key").String(order.connector).EndObject();
  json.Key("name").String(order.name);
  json.Key("configuration").BeginObject();
  for (const auto& [key, value] : order.configuration) json.Key(key).String(value.Reveal());
  json.EndObject().EndObject();
  return out;
}

std::string InstanceJson(const model::Instance& instance, const ElementBrief& element,
                         const std::vector<std::string>& ignored, const ShownOnce* once) {
  std::string out;
  JsonWriter json(out);
  json.BeginObject();
  json.Key("id").Int(instance.id.value);
  json.Key("name").String(instance.name);
  json.Key("createdDate").String(Iso8601(instance.created_at));
  if (once != nullptr) {
    json.Key("token").String(once->token.Reveal());
    json.Key("webhookSecret").String(once->webhook_secret.Reveal());
  }
  WriteElement(json, element);
  json.Key("disabled").Bool(instance.disabled);
  WriteConfiguration(json, instance);
  WriteConstants(json);
  if (!ignored.empty()) {
    json.Key("ignored").BeginArray();
    for (const std::string& name : ignored) json.String(name);
    json.EndArray();
  }
  json.EndObject();
  return out;
}

}  // namespace rowcall::wire
