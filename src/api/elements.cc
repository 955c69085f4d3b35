#include "api/answer.h"
#include "api/resources.h"
#include "base/json_writer.h"
#include "base/text.h"
#include "wire/element.h"

namespace rowcall::api {

namespace {

wire::Element ElementOf(const connector::Connector& connector) {
  wire::Element element;
  element.key = connector.key;
  element.title = connector.title;
  element.hub = connector.hub;
  for (const connector::SettingSpec& setting : connector.settings) {
    element.settings.push_back({setting.key, setting.title, setting.secret, setting.required});
  }
  element.objects = connector.ObjectNames();
  element.warnings = connector.warn;
  return element;
}

wire::ElementObject ObjectOf(const connector::ObjectSpec& spec) {
  wire::ElementObject object;
  object.name = spec.schema.name;
  if (!spec.keys.empty()) object.primary_key = spec.keys.front().field;
  object.created_at = spec.created_at;
  object.updated_at = spec.updated_at;
  object.upload = spec.create.has_value() || spec.upsert.has_value();
  object.fields = spec.schema.fields;
  return object;
}

Result<const KnownConnector*> FindElement(const Call& call) {
  const std::string& key = call.path.at("key");
  if (const KnownConnector* known = call.parts.connectors.Find(key)) return known;
  const std::string closest = Closest(key, call.parts.connectors.Keys());
  return Fail(ErrorKind::not_found, "There is no element " + Quoted(key) + ".",
              closest.empty() ? "GET /elements lists what there is." : "Did you mean \"" + closest + "\"?");
}

}  // namespace

Handled ListElements(Call& call) {
  std::string body;
  JsonWriter json(body);
  json.BeginArray();
  for (const auto& [key, known] : call.parts.connectors.all()) wire::WriteElement(json, ElementOf(*known.connector));
  json.EndArray();
  co_return JsonAnswer(std::move(body));
}

Handled GetElementMetadata(Call& call) {
  ASSIGN_OR_CO_RETURN(const KnownConnector* known, FindElement(call));
  std::string body;
  JsonWriter json(body);
  wire::WriteElement(json, ElementOf(*known->connector));
  co_return JsonAnswer(std::move(body));
}

Handled ListElementObjects(Call& call) {
  ASSIGN_OR_CO_RETURN(const KnownConnector* known, FindElement(call));
  std::string body;
  JsonWriter json(body);
  json.BeginArray();
  for (const connector::ObjectSpec& spec : known->connector->objects) wire::WriteElementObject(json, ObjectOf(spec));
  json.EndArray();
  co_return JsonAnswer(std::move(body));
}

}  // namespace rowcall::api
