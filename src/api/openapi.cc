#include "api/openapi.h"

#include <algorithm>

#include "base/assert.h"
#include "base/json_writer.h"
#include "connector/yaml.h"

namespace rowcall::api {

namespace {

using connector::YamlNode;

std::size_t DigitsAt(std::string_view text, std::size_t from) {
  const std::size_t end = text.find_first_not_of("0123456789", from);
  return std::min(end, text.size()) - from;
}

/// Whether the text is a number that may stand in JSON as it is: "-1", "1.5", but no "007", ".5" or "1e5".
bool IsNumber(std::string_view text) {
  const std::size_t first = text.starts_with('-') ? 1 : 0;
  const std::size_t whole = DigitsAt(text, first);
  if (whole == 0 || (whole > 1 && text[first] == '0')) return false;
  const std::size_t point = first + whole;
  if (point == text.size()) return true;
  const std::size_t fraction = text[point] == '.' ? DigitsAt(text, point + 1) : 0;
  return fraction != 0 && point + 1 + fraction == text.size();
}

void WriteScalar(JsonWriter& json, const YamlNode& node) {
  const bool plain = !node.quoted;
  if (plain && (node.text == "true" || node.text == "false" || node.text == "null" || IsNumber(node.text))) {
    json.Raw(node.text);
  } else {
    json.String(node.text);
  }
}

void WriteNode(JsonWriter& json, const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::null: json.Null(); return;
    case YamlNode::Kind::scalar: WriteScalar(json, node); return;
    case YamlNode::Kind::list:
      json.BeginArray();
      for (const YamlNode& child : node.children) WriteNode(json, child);
      json.EndArray();
      return;
    case YamlNode::Kind::map:
      json.BeginObject();
      for (const YamlNode& child : node.children) {
        json.Key(child.key);
        WriteNode(json, child);
      }
      json.EndObject();
      return;
  }
}

}  // namespace

Result<std::string> YamlToJson(std::string_view yaml) {
  const auto root = connector::ParseYaml(yaml);
  if (!root) {
    return Fail(ErrorKind::invalid, "line " + std::to_string(root.error().line) + ": " + root.error().message);
  }
  std::string out;
  JsonWriter json(out);
  WriteNode(json, *root);
  return out;
}

const std::string& OpenApiJson() {
  static const std::string kJson = [] {
    Result<std::string> json = YamlToJson(OpenApiYaml());
    ROWCALL_ASSERT(json.has_value());  // a test reads the same text
    return *std::move(json);
  }();
  return kJson;
}

}  // namespace rowcall::api
