#include "connector/answer_json.h"
#include "connector/connector.h"

namespace rowcall::connector {

namespace {

using simdjson::dom::element;

std::string TextOf(element member, const std::string& name) {
  element value;
  std::string text;
  if (name.empty() || At(member, name).get(value) || ScalarText(value).get(text)) return {};
  return text;
}

bool Flag(element member, const std::string& name, bool otherwise) {
  bool flag = otherwise;
  if (name.empty() || At(member, name).get_bool().get(flag)) return otherwise;
  return flag;
}

/// Options are texts, or objects that hold the text as `value`.
std::vector<std::string> Options(element member, const std::string& name) {
  std::vector<std::string> options;
  simdjson::dom::array list;
  if (name.empty() || At(member, name).get_array().get(list)) return options;
  for (const element option : list) {
    std::string text;
    element value;
    if (ScalarText(option).get(text) == simdjson::SUCCESS ||
        (At(option, "value").get(value) == simdjson::SUCCESS && ScalarText(value).get(text) == simdjson::SUCCESS)) {
      options.push_back(std::move(text));
    }
  }
  return options;
}

model::Field FieldFrom(const DiscoverSpec& discover, element member, const std::string& name) {
  model::Field field;
  field.path = discover.prefix + name;
  field.title = TextOf(member, discover.title);
  if (field.title.empty()) field.title = name;
  field.custom = true;
  field.personal = true;  // what a workspace keeps there is not known
  field.read_only = !Flag(member, discover.writable, true);
  const auto type = discover.types.find(TextOf(member, discover.type));
  if (type != discover.types.end()) field.type = type->second;
  field.choices = Options(member, discover.options);
  if (field.choices.empty() && field.type == model::FieldType::choice) field.type = model::FieldType::text;
  if (field.type != model::FieldType::choice) field.choices.clear();
  if (field.type == model::FieldType::text) field.max_length = static_cast<std::size_t>(discover.max_length);
  field.aliases = {name};
  if (field.title != name) field.aliases.push_back(field.title);
  return field;
}

std::unexpected<Error> WrongShape() {
  return Fail(ErrorKind::unavailable, "the service's list of fields has not the expected shape",
              "Try again; if it stays so, the service's API has changed.");
}

}  // namespace

Result<model::ObjectSchema> WithDiscovered(const ObjectSpec& spec, std::string_view answer_json) {
  model::ObjectSchema schema = spec.schema;
  if (!spec.discover) return schema;
  const DiscoverSpec& discover = *spec.discover;
  element root;
  simdjson::dom::array list;
  if (Parse(answer_json).get(root) || At(root, discover.list).get_array().get(list)) return WrongShape();
  for (const element member : list) {
    const std::string name = TextOf(member, discover.name);
    if (name.empty()) return WrongShape();
    if (Flag(member, discover.archived, false) || !Flag(member, discover.custom, true)) continue;
    model::Field field = FieldFrom(discover, member, name);
    if (schema.Find(field.path) == nullptr) schema.fields.push_back(std::move(field));
  }
  return schema;
}

}  // namespace rowcall::connector
