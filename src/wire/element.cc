#include "wire/element.h"

#include "wire/json_object.h"

namespace rowcall::wire {

namespace {

void WriteTexts(JsonWriter& json, std::string_view key, const std::vector<std::string>& texts) {
  json.Key(key).BeginArray();
  for (const std::string& text : texts) json.String(text);
  json.EndArray();
}

}  // namespace

void WriteElement(JsonWriter& json, const Element& element) {
  json.BeginObject();
  json.Key("id").String(element.key).Key("key").String(element.key);
  json.Key("name").String(element.title).Key("description").String("Loads records into " + element.title + ".");
  json.Key("hub").String(element.hub);
  json.Key("bulkUploadEnabled").Bool(true).Key("bulkDownloadEnabled").Bool(false);
  json.Key("events").BeginObject().Key("supported").Bool(false).Key("methods").BeginArray().EndArray().EndObject();
  WriteTexts(json, "objects", element.objects);
  json.Key("settings").BeginArray();
  for (const Element::Setting& setting : element.settings) {
    json.BeginObject().Key("key").String(setting.key).Key("title").String(setting.title);
    json.Key("secret").Bool(setting.secret).Key("required").Bool(setting.required).EndObject();
  }
  json.EndArray();
  WriteTexts(json, "warnings", element.warnings);
  json.EndObject();
}

Result<Element> ParseElement(std::string_view json) {
  ASSIGN_OR_RETURN(const boost::json::object object, ParseObject(json, "The element"));
  Element element;
  element.key = TextOf(object, "key");
  element.title = TextOf(object, "name");
  element.hub = TextOf(object, "hub");
  if (element.key.empty()) return Fail(ErrorKind::invalid, "The answer names no element.");
  element.objects = TextsOf(object, "objects");
  element.warnings = TextsOf(object, "warnings");
  for (const boost::json::object& setting : ObjectsOf(object, "settings")) {
    element.settings.push_back({.key = TextOf(setting, "key"),
                                .title = TextOf(setting, "title"),
                                .secret = TruthOf(setting, "secret"),
                                .required = TruthOf(setting, "required")});
  }
  return element;
}

std::string NamesJson(const std::vector<std::string>& names) {
  std::string out;
  JsonWriter json(out);
  json.BeginArray();
  for (const std::string& name : names) json.String(name);
  json.EndArray();
  return out;
}

Result<std::vector<std::string>> ParseNames(std::string_view json) {
  const std::string wrapped = "{\"names\":" + std::string(json) + "}";
  ASSIGN_OR_RETURN(const boost::json::object object, ParseObject(wrapped, "The list of names"));
  const boost::json::value* names = object.if_contains("names");
  if (names == nullptr || !names->is_array()) return Fail(ErrorKind::invalid, "The list of names is not an array.");
  return TextsOf(object, "names");
}

}  // namespace rowcall::wire
