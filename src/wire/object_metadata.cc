#include "wire/element.h"
#include "wire/json_object.h"

namespace rowcall::wire {

namespace {

/// Open Connectors' word for a type.
std::string_view OriginalType(model::FieldType type) {
  switch (type) {
    case model::FieldType::integer:
    case model::FieldType::number: return "number";
    case model::FieldType::boolean: return "boolean";
    case model::FieldType::epoch_seconds: return "date";
    case model::FieldType::text:
    case model::FieldType::email:
    case model::FieldType::phone:
    case model::FieldType::url:
    case model::FieldType::choice: return "string";
  }
  return "string";
}

void WriteTextsIfAny(JsonWriter& json, std::string_view key, const std::vector<std::string>& texts) {
  if (texts.empty()) return;
  json.Key(key).BeginArray();
  for (const std::string& text : texts) json.String(text);
  json.EndArray();
}

void WriteField(JsonWriter& json, const model::Field& field) {
  json.BeginObject();
  json.Key("vendorPath").String(field.path);
  json.Key("type").String(OriginalType(field.type));
  // How a date is written: seconds since 1970.
  if (field.type == model::FieldType::epoch_seconds) json.Key("mask").String("timestamp");
  json.Key("vendorDisplayName").String(field.title);
  json.Key("vendorReadOnly").Bool(field.read_only);
  json.Key("vendorRequired").Bool(field.required);
  json.Key("format").String(model::Name(field.type));
  json.Key("custom").Bool(field.custom);
  if (field.max_length != 0) json.Key("maxLength").Int(static_cast<std::int64_t>(field.max_length));
  WriteTextsIfAny(json, "choices", field.choices);
  WriteTextsIfAny(json, "aliases", field.aliases);
  json.EndObject();
}

void WriteFields(JsonWriter& json, const std::vector<model::Field>& fields) {
  json.Key("fields").BeginArray();
  for (const model::Field& field : fields) WriteField(json, field);
  json.EndArray();
}

model::Field ReadField(const boost::json::object& object) {
  model::Field field;
  field.path = TextOf(object, "vendorPath");
  field.title = TextOf(object, "vendorDisplayName");
  field.type = model::FieldTypeNamed(TextOf(object, "format")).value_or(model::FieldType::text);
  field.required = TruthOf(object, "vendorRequired");
  field.read_only = TruthOf(object, "vendorReadOnly");
  field.custom = TruthOf(object, "custom");
  field.max_length = static_cast<std::size_t>(NumberOf(object, "maxLength"));
  field.choices = TextsOf(object, "choices");
  field.aliases = TextsOf(object, "aliases");
  return field;
}

}  // namespace

void WriteElementObject(JsonWriter& json, const ElementObject& object) {
  json.BeginObject();
  json.Key("name").String(object.name);
  json.Key("primaryKeyName").String(object.primary_key);
  if (!object.created_at.empty()) {
    json.Key("createdDateName").String(object.created_at).Key("createdDateFormat").String("timestamp");
  }
  if (!object.updated_at.empty()) {
    json.Key("updatedDateName").String(object.updated_at).Key("updatedDateFormat").String("timestamp");
  }
  json.Key("bulkUploadEnabled").Bool(object.upload).Key("bulkDownloadEnabled").Bool(false);
  json.Key("eventsEnabled").Bool(false);
  WriteFields(json, object.fields);
  json.EndObject();
}

std::string ObjectMetadataJson(const model::ObjectSchema& schema) {
  std::string out;
  JsonWriter json(out);
  json.BeginObject();
  WriteFields(json, schema.fields);
  WriteTextsIfAny(json, "needsOneOf", schema.needs_one_of);
  json.EndObject();
  return out;
}

Result<model::ObjectSchema> ParseObjectMetadata(std::string_view json, std::string name) {
  ASSIGN_OR_RETURN(const boost::json::object object, ParseObject(json, "The object's metadata"));
  if (!object.contains("fields")) return Fail(ErrorKind::invalid, "The object's metadata names no fields.");
  model::ObjectSchema schema;
  schema.name = std::move(name);
  for (const boost::json::object& field : ObjectsOf(object, "fields")) schema.fields.push_back(ReadField(field));
  schema.needs_one_of = TextsOf(object, "needsOneOf");
  return schema;
}

}  // namespace rowcall::wire
