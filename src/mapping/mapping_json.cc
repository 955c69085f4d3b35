#include <boost/json/parse.hpp>
#include <boost/json/value_to.hpp>

#include "base/json_writer.h"
#include "mapping/mapper.h"

namespace rowcall::mapping {

namespace {

namespace json = boost::json;

void WriteTexts(JsonWriter& out, const std::vector<std::string>& texts) {
  out.BeginArray();
  for (const std::string& text : texts) out.String(text);
  out.EndArray();
}

model::FieldRule RuleFrom(const json::value& value) {
  return {json::value_to<std::string>(value.at("path")), json::value_to<std::vector<std::string>>(value.at("columns")),
          json::value_to<std::string>(value.at("default"))};
}

}  // namespace

std::string ToJson(const model::Mapping& mapping) {
  std::string text;
  JsonWriter out(text);
  out.BeginObject().Key("rules").BeginArray();
  for (const model::FieldRule& rule : mapping.rules) {
    out.BeginObject().Key("path").String(rule.path).Key("columns");
    WriteTexts(out, rule.columns);
    out.Key("default").String(rule.fallback).EndObject();
  }
  out.EndArray().Key("region").String(mapping.region).Key("columnsNotLoaded");
  WriteTexts(out, mapping.columns_not_loaded);
  out.EndObject();
  return text;
}

Result<model::Mapping> MappingFromJson(std::string_view text) {
  try {
    const json::value parsed = json::parse({text.data(), text.size()});
    model::Mapping mapping;
    for (const json::value& rule : parsed.at("rules").as_array()) mapping.rules.push_back(RuleFrom(rule));
    mapping.region = json::value_to<std::string>(parsed.at("region"));
    mapping.columns_not_loaded = json::value_to<std::vector<std::string>>(parsed.at("columnsNotLoaded"));
    return mapping;
  } catch (const std::exception& error) {
    return Fail(ErrorKind::corrupt, std::string("a kept mapping cannot be read: ") + error.what());
  }
}

}  // namespace rowcall::mapping
