#include "job/plan.h"

#include <fmt/format.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <boost/json/value_from.hpp>
#include <boost/json/value_to.hpp>

#include <exception>
#include <map>
#include <utility>
#include <vector>

#include "base/text.h"
#include "mapping/mapper.h"
#include "model/result_columns.h"

namespace rowcall::job {

namespace {

namespace json = boost::json;
using Strings = std::vector<std::string>;

json::object DialectJson(const formats::Dialect& dialect) {
  return {{"compression", formats::Name(dialect.compression)},
          {"encoding", model::Name(dialect.encoding)},
          {"has_mark", dialect.has_mark},
          {"delimiter", std::string(1, dialect.delimiter)},
          {"header", json::value_from(dialect.header)},
          {"json_array", dialect.json_array},
          {"evidence", dialect.evidence},
          {"warnings", json::value_from(dialect.warnings)}};
}

formats::Dialect DialectFrom(const json::value& value) {
  formats::Dialect dialect;
  dialect.compression = formats::CompressionNamed(json::value_to<std::string>(value.at("compression"))).value();
  dialect.encoding = model::EncodingNamed(json::value_to<std::string>(value.at("encoding"))).value();
  const json::value* const mark = value.as_object().if_contains("has_mark");  // plans until 2026-12-01 have none
  dialect.has_mark = mark != nullptr && mark->as_bool();
  dialect.delimiter = value.at("delimiter").as_string().at(0);
  dialect.header = json::value_to<Strings>(value.at("header"));
  dialect.json_array = value.at("json_array").as_bool();
  dialect.evidence = json::value_to<std::string>(value.at("evidence"));
  dialect.warnings = json::value_to<Strings>(value.at("warnings"));
  return dialect;
}

json::object FieldJson(const model::Field& field) {
  return {{"path", field.path},
          {"title", field.title},
          {"type", model::Name(field.type)},
          {"required", field.required},
          {"personal", field.personal},
          {"custom", field.custom},
          {"max_length", field.max_length},
          {"choices", json::value_from(field.choices)}};
}

model::Field FieldFrom(const json::value& value) {
  model::Field field;
  field.path = json::value_to<std::string>(value.at("path"));
  field.title = json::value_to<std::string>(value.at("title"));
  field.type = model::FieldTypeNamed(value.at("type").as_string()).value_or(model::FieldType::text);
  field.required = value.at("required").as_bool();
  field.personal = value.at("personal").as_bool();
  field.custom = value.at("custom").as_bool();
  field.max_length = value.at("max_length").to_number<std::size_t>();
  field.choices = json::value_to<Strings>(value.at("choices"));
  return field;
}

json::object SchemaJson(const model::ObjectSchema& schema) {
  json::array fields;
  for (const model::Field& field : schema.fields) fields.push_back(FieldJson(field));
  return {{"name", schema.name},
          {"fields", std::move(fields)},
          {"relations", json::value_from(schema.relations)},
          {"needs_one_of", json::value_from(schema.needs_one_of)},
          {"relation_needs", json::value_from(schema.relation_needs)}};
}

model::ObjectSchema SchemaFrom(const json::value& value) {
  model::ObjectSchema schema;
  schema.name = json::value_to<std::string>(value.at("name"));
  for (const json::value& field : value.at("fields").as_array()) schema.fields.push_back(FieldFrom(field));
  schema.relations = json::value_to<Strings>(value.at("relations"));
  schema.needs_one_of = json::value_to<Strings>(value.at("needs_one_of"));
  schema.relation_needs = json::value_to<std::map<std::string, Strings>>(value.at("relation_needs"));
  return schema;
}

constexpr std::size_t kColumnsToName = 20;
constexpr std::size_t kHeadersToName = 3;

bool IsMapped(const model::Mapping& mapping, const std::string& path) {
  return std::ranges::find(mapping.rules, path, &model::FieldRule::path) != mapping.rules.end();
}

/// `mail ("mail", "e-mail"), number ("number")`
std::string Expected(const Strings& paths, const model::ObjectSchema& schema) {
  std::string text;
  for (const std::string& path : paths) {
    const model::Field* field = schema.Find(path);
    if (field == nullptr) continue;
    text += fmt::format("{}{} ({})", text.empty() ? "" : ", ", path, Listed(field->aliases, kHeadersToName));
  }
  return text;
}

Strings WritablePaths(const model::ObjectSchema& schema) {
  Strings paths;
  for (const model::Field& field : schema.fields) {
    if (!field.read_only) paths.push_back(field.path);
  }
  return paths;
}

}  // namespace

std::string ToJson(const Plan& plan) {
  const json::object object{{"dialect", DialectJson(plan.dialect)},
                            {"mapping", json::parse(mapping::ToJson(plan.mapping))},
                            {"schema", SchemaJson(plan.schema)}};
  return json::serialize(object);
}

Result<Plan> PlanFromJson(std::string_view text) {
  try {
    const json::value value = json::parse(text);
    Plan plan;
    plan.dialect = DialectFrom(value.at("dialect"));
    ASSIGN_OR_RETURN(plan.mapping, mapping::MappingFromJson(json::serialize(value.at("mapping"))));
    plan.schema = SchemaFrom(value.at("schema"));
    return plan;
  } catch (const std::exception& error) {
    return Fail(ErrorKind::corrupt, std::string("the job's plan in the ledger cannot be read: ") + error.what());
  }
}

Result<void> CheckColumns(const formats::Dialect& dialect, const model::Mapping& mapping,
                          const model::ObjectSchema& schema) {
  const bool empty_file = dialect.header.empty();
  const bool named =
      schema.needs_one_of.empty()
          ? !mapping.rules.empty()
          : std::ranges::any_of(schema.needs_one_of, [&](const std::string& path) { return IsMapped(mapping, path); });
  if (empty_file || named) return {};
  const Strings& expected = schema.needs_one_of.empty() ? WritablePaths(schema) : schema.needs_one_of;
  return Fail(
      ErrorKind::invalid,
      fmt::format("No column of the file names a {}. Expected: {}. Columns seen: {}. The file was read as: {}.",
                  schema.name, Expected(expected, schema), Listed(dialect.header, kColumnsToName), dialect.evidence),
      "Rename a column, or say in metaData.mapping what the columns mean.");
}

void LeaveOutResultColumns(model::Mapping& mapping) {
  const auto is_ours = [](const std::string& column) { return model::IsResultColumn(column); };
  std::erase_if(mapping.columns_not_loaded, is_ours);
  std::erase_if(mapping.rules, [&](model::FieldRule& rule) {
    const bool had_columns = !rule.columns.empty();
    std::erase_if(rule.columns, is_ours);
    return had_columns && rule.columns.empty();
  });
}

model::ObjectSchema UsedPart(const model::ObjectSchema& schema, const model::Mapping& mapping) {
  model::ObjectSchema used = schema;
  std::erase_if(used.fields, [&](const model::Field& field) {
    const bool written = std::any_of(mapping.rules.begin(), mapping.rules.end(),
                                     [&](const model::FieldRule& rule) { return rule.path == field.path; });
    return !written && !field.required;
  });
  return used;
}

}  // namespace rowcall::job
