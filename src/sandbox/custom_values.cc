#include "sandbox/custom_values.h"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <string>

namespace rowcall::sandbox {

namespace {

namespace json = boost::json;

constexpr std::size_t kMaxCharacters = 255;

std::size_t CountCharacters(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; }));
}

std::unexpected<Refusal> RefuseValue(const Attribute& attribute, std::string_view wanted) {
  return RefuseParameter("Custom attribute '" + attribute.name + "' must be " + std::string(wanted));
}

OrRefusal<Scalar> ReadTextValue(const Attribute& attribute, const json::value& value) {
  if (!value.is_string()) return RefuseValue(attribute, "a string");
  const std::string_view text = value.get_string();
  if (CountCharacters(text) > kMaxCharacters) return RefuseValue(attribute, "at most 255 characters long");
  if (attribute.type == DataType::options && std::ranges::find(attribute.options, text) == attribute.options.end()) {
    return RefuseValue(attribute, "one of its options");
  }
  return Scalar(std::string(text));
}

OrRefusal<Scalar> ReadValue(const Attribute& attribute, const json::value& value) {
  switch (attribute.type) {
    case DataType::string:
    case DataType::options: return ReadTextValue(attribute, value);
    case DataType::boolean:
      if (!value.is_bool()) return RefuseValue(attribute, "a boolean");
      return Scalar(value.get_bool());
    case DataType::number:
      if (!value.is_number()) return RefuseValue(attribute, "a number");
      return Scalar(value.to_number<double>());
    case DataType::integer:
    case DataType::date:
    case DataType::datetime: break;
  }
  if (!value.is_int64()) {
    return RefuseValue(attribute, attribute.type == DataType::integer ? "an integer" : "a time in epoch seconds");
  }
  return Scalar(value.get_int64());
}

void AppendScalar(JsonWriter& json, const Scalar& scalar) {
  struct Append {
    JsonWriter& json;
    void operator()(const std::string& text) const { json.String(text); }
    void operator()(std::int64_t number) const { json.Int(number); }
    void operator()(double number) const { json.Double(number); }
    void operator()(bool flag) const { json.Bool(flag); }
  };
  std::visit(Append{json}, scalar);
}

}  // namespace

OrRefusal<std::vector<CustomChange>> ReadCustomChanges(const json::object& body, const Workspace& workspace,
                                                       Model model) {
  std::vector<CustomChange> changes;
  const json::value* given = body.if_contains("custom_attributes");
  if (given == nullptr || given->is_null()) return changes;
  if (!given->is_object()) return RefuseParameter("'custom_attributes' must be an object");
  for (const auto& [name, value] : given->get_object()) {
    const Attribute* attribute = workspace.FindCustomAttribute(model, name);
    if (attribute == nullptr) {
      return RefuseParameter("Custom attribute '" + std::string(name) + "' does not exist");
    }
    if (attribute->archived) continue;
    CustomChange& change = changes.emplace_back(CustomChange{attribute, std::nullopt});
    if (value.is_null()) continue;
    ASSIGN_OR_REFUSE(change.value, ReadValue(*attribute, value));
  }
  return changes;
}

void ApplyCustomChanges(std::vector<CustomValue>& values, const std::vector<CustomChange>& changes) {
  for (const CustomChange& change : changes) {
    const auto held = std::ranges::find(values, change.attribute, &CustomValue::attribute);
    if (!change.value.has_value()) {
      if (held != values.end()) values.erase(held);
    } else if (held != values.end()) {
      held->value = *change.value;
    } else {
      values.push_back({change.attribute, *change.value});
    }
  }
}

void AppendCustomValues(JsonWriter& json, const std::vector<CustomValue>& values) {
  json.BeginObject();
  for (const CustomValue& held : values) {
    if (held.attribute->archived) continue;
    json.Key(held.attribute->name);
    AppendScalar(json, held.value);
  }
  json.EndObject();
}

}  // namespace rowcall::sandbox
