#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <cctype>

#include "base/json_writer.h"
#include "sandbox/endpoints.h"
#include "sandbox/fields.h"

namespace rowcall::sandbox {

namespace {

namespace json = boost::json;

constexpr std::ptrdiff_t kMostCustom = 250;

std::string_view ShownType(DataType type) {
  switch (type) {
    case DataType::string:
    case DataType::options: return "string";
    case DataType::integer: return "integer";
    case DataType::number: return "float";
    case DataType::boolean: return "boolean";
    case DataType::date:
    case DataType::datetime: break;
  }
  return "date";
}

void AppendAttribute(JsonWriter& json, const Attribute& attribute, const Admin& creator) {
  json.BeginObject();
  if (attribute.custom()) json.Key("id").Int(attribute.id);
  json.Key("type").String("data_attribute").Key("name").String(attribute.name);
  json.Key("full_name").String(attribute.full_name).Key("label").String(attribute.label);
  json.Key("description").String(attribute.description).Key("data_type").String(ShownType(attribute.type));
  if (attribute.type == DataType::options) {
    json.Key("options").BeginArray();
    for (const std::string& option : attribute.options) json.String(option);
    json.EndArray();
  }
  json.Key("api_writable").Bool(attribute.api_writable).Key("ui_writable").Bool(false);
  json.Key("messenger_writable").Bool(attribute.messenger_writable).Key("custom").Bool(attribute.custom());
  json.Key("archived").Bool(attribute.archived);
  if (attribute.custom()) {
    json.Key("admin_id").String(creator.id);
    json.Key("created_at").Int(attribute.created_at).Key("updated_at").Int(attribute.updated_at);
  }
  json.Key("model").String(Name(attribute.model)).EndObject();
}

Answer Shown(const Call& call, const Attribute& attribute) {
  Answer answer;
  JsonWriter json(answer.body);
  AppendAttribute(json, attribute, call.workspace.admins().front());
  answer.id = std::to_string(attribute.id);
  return answer;
}

OrRefusal<Model> ReadModel(std::string_view name) {
  if (name == "contact") return Model::contact;
  if (name == "company") return Model::company;
  if (name == "conversation") {
    return Refuse(422, "parameter_invalid",
                  "model=conversation is no longer supported. Use GET /conversations/attributes instead");
  }
  return RefuseParameter("The Data Attribute model field must be either contact or company");
}

OrRefusal<DataType> ReadDataType(std::string_view name) {
  if (name == "string") return DataType::string;
  if (name == "integer") return DataType::integer;
  if (name == "float") return DataType::number;
  if (name == "boolean") return DataType::boolean;
  if (name == "date") return DataType::date;
  if (name == "datetime") return DataType::datetime;
  if (name == "options") return DataType::options;
  return RefuseParameter("Data Type isn't an option");
}

bool IsAllowedInName(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x80 || std::isalnum(byte) != 0 || c == '-' || c == '_' || c == ' ' || c == '$';
}

OrRefusal<void> CheckName(std::string_view name) {
  if (!name.empty() && std::ranges::all_of(name, IsAllowedInName)) return {};
  return RefuseParameter(
      "Your name for this attribute must only contain alphanumeric characters, currency symbols, and hyphens");
}

std::string_view DataOf(Model model) { return model == Model::contact ? "people" : "company"; }

OrRefusal<void> CheckNameIsFree(const Workspace& workspace, std::string_view name, Model wanted) {
  for (const Model model : {Model::contact, Model::company}) {
    if (workspace.FindCustomAttribute(model, name) == nullptr) continue;
    return RefuseParameter("You already have '" + std::string(name) + "' in your " + std::string(DataOf(model)) +
                           " data. To save this as new " + std::string(DataOf(wanted)) +
                           " data, use a different name.");
  }
  return {};
}

OrRefusal<std::vector<std::string>> ReadOptions(const json::object& body) {
  std::vector<std::string> options;
  const json::value* given = body.if_contains("options");
  if (given != nullptr && given->is_array()) {
    for (const json::value& option : given->get_array()) {
      if (!option.is_object()) return RefuseParameter("Each option must be an object with a 'value'");
      ASSIGN_OR_REFUSE(Given<std::string> value, ReadText(option.get_object(), "value"));
      if (value.has_value()) options.push_back(std::move(*value.value));
    }
  }
  if (options.size() < 2) return RefuseParameter("The Data Attribute options field needs at least two options");
  return options;
}

bool IsLiveCustom(const Attribute& attribute) { return attribute.custom() && !attribute.archived; }

}  // namespace

OrRefusal<Answer> ListDataAttributes(Call& call) {
  const auto model_name = call.query.Find("model");
  std::optional<Model> model;
  if (model_name.has_value()) {
    ASSIGN_OR_REFUSE(model, ReadModel(*model_name));
  }
  const bool with_archived = call.query.Find("include_archived") == "true";
  Answer answer;
  JsonWriter json(answer.body);
  json.BeginObject().Key("type").String("list").Key("data").BeginArray();
  for (const Attribute& attribute : call.workspace.attributes()) {
    if (model.has_value() && attribute.model != *model) continue;
    if (attribute.archived && !with_archived) continue;
    AppendAttribute(json, attribute, call.workspace.admins().front());
  }
  json.EndArray().EndObject();
  return answer;
}

OrRefusal<Answer> CreateDataAttribute(Call& call) {
  Attribute attribute;
  ASSIGN_OR_REFUSE(const Given<std::string> name, ReadText(call.body, "name"));
  ASSIGN_OR_REFUSE(const Given<std::string> model, ReadText(call.body, "model"));
  ASSIGN_OR_REFUSE(const Given<std::string> type, ReadText(call.body, "data_type"));
  ASSIGN_OR_REFUSE(const Given<std::string> description, ReadText(call.body, "description"));
  ASSIGN_OR_REFUSE(const Given<bool> messenger_writable, ReadBool(call.body, "messenger_writable"));
  ASSIGN_OR_REFUSE(attribute.model, ReadModel(model.value.value_or("")));
  attribute.name = attribute.label = name.value.value_or("");
  RETURN_IF_REFUSED(CheckName(attribute.name));
  RETURN_IF_REFUSED(CheckNameIsFree(call.workspace, attribute.name, attribute.model));
  ASSIGN_OR_REFUSE(attribute.type, ReadDataType(type.value.value_or("")));
  if (attribute.type == DataType::options) {
    ASSIGN_OR_REFUSE(attribute.options, ReadOptions(call.body));
  }
  if (std::ranges::count_if(call.workspace.attributes(), IsLiveCustom) >= kMostCustom) {
    return Refuse(400, "custom_data_limit_reached", "The workspace has 250 custom attributes, which is the limit");
  }
  attribute.description = description.value.value_or("");
  attribute.messenger_writable = messenger_writable.value.value_or(false);
  attribute.created_at = attribute.updated_at = call.now_s;
  return Shown(call, call.workspace.AddAttribute(std::move(attribute)));
}

OrRefusal<Answer> UpdateDataAttribute(Call& call) {
  Attribute* attribute = call.workspace.FindAttribute(ParseInteger(call.ids[0]).value_or(0));
  if (attribute == nullptr) {
    return Refuse(404, "field_not_found", "We couldn't find that data attribute to update");
  }
  ASSIGN_OR_REFUSE(const Given<bool> archived, ReadBool(call.body, "archived"));
  ASSIGN_OR_REFUSE(const Given<std::string> description, ReadText(call.body, "description"));
  ASSIGN_OR_REFUSE(const Given<bool> messenger_writable, ReadBool(call.body, "messenger_writable"));
  if (archived.has_value()) attribute->archived = *archived.value;
  if (description.given) attribute->description = description.value.value_or("");
  if (messenger_writable.has_value()) attribute->messenger_writable = *messenger_writable.value;
  attribute->updated_at = call.now_s;
  return Shown(call, *attribute);
}

}  // namespace rowcall::sandbox
