#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <algorithm>

#include "base/text.h"
#include "mapping/mapper.h"
#include "mapping/match.h"

namespace rowcall::mapping {

namespace {

namespace json = boost::json;

constexpr std::string_view kOnly = "only";

std::string InQuotes(std::string_view name) { return "'" + std::string(name) + "'"; }

std::string DidYouMean(std::string_view name, const std::vector<std::string>& candidates) {
  const std::string closest = Closest(name, candidates);
  return closest.empty() ? std::string() : "Did you mean '" + closest + "'?";
}

/// What `metaData.mapping` says: its fields are known to be writable, its columns are names so far.
struct Asked {
  std::vector<model::FieldRule> rules;
  std::vector<std::string> left_out;
  bool only = false;

  model::FieldRule& RuleFor(const std::string& path) {
    const auto known = std::ranges::find(rules, path, &model::FieldRule::path);
    return known != rules.end() ? *known : rules.emplace_back(path, std::vector<std::string>(), std::string());
  }
};

/// Reads the members of the JSON one by one.
class Reader {
 public:
  explicit Reader(const model::ObjectSchema& schema) : schema_(schema) {}

  Result<void> Add(std::string_view key, const json::value& value) {
    if (key == kOnly && value.is_bool()) {
      asked_.only = value.get_bool();
      return {};
    }
    if (value.is_null()) {
      asked_.left_out.emplace_back(key);
      return {};
    }
    if (value.is_string()) return Place(key, std::string_view(value.get_string()));
    if (value.is_object()) return Field(key, value.get_object());
    return Fail(ErrorKind::invalid, "mapping: " + InQuotes(key) + " must be a field's path, null, or an object");
  }

  Asked Finish() { return std::move(asked_); }

 private:
  Result<std::string> Writable(std::string_view path) const {
    if (const model::Field* field = schema_.Find(path)) {
      if (!field->read_only) return field->path;
      return Fail(ErrorKind::invalid, "mapping: field " + InQuotes(path) + " is read-only",
                  "Leave it out of the mapping.");
    }
    std::vector<std::string> paths;
    paths.reserve(schema_.fields.size());
    for (const model::Field& field : schema_.fields) paths.push_back(field.path);
    return Fail(ErrorKind::invalid, "mapping: " + schema_.name + " has no field " + InQuotes(path),
                DidYouMean(path, paths));
  }

  Result<void> Place(std::string_view column, std::string_view path_name) {
    ASSIGN_OR_RETURN(const std::string path, Writable(path_name));
    asked_.RuleFor(path).columns.emplace_back(column);
    return {};
  }

  Result<void> Field(std::string_view path_name, const json::object& rule) {
    ASSIGN_OR_RETURN(const std::string path, Writable(path_name));
    for (const auto& member : rule) {
      if (member.key() == "columns") {
        RETURN_IF_ERROR(Columns(path, member.value()));
      } else if (member.key() == "default" && member.value().is_string()) {
        asked_.RuleFor(path).fallback = std::string_view(member.value().get_string());
      } else if (member.key() == "default") {
        return Fail(ErrorKind::invalid, "mapping: 'default' of " + InQuotes(path) + " must be a text");
      } else {
        return Fail(ErrorKind::invalid, "mapping: " + InQuotes(path) + " has an unknown key " + InQuotes(member.key()),
                    DidYouMean(member.key(), {"columns", "default"}));
      }
    }
    const model::FieldRule& made = asked_.RuleFor(path);
    if (!made.columns.empty() || !made.fallback.empty()) return {};
    return Fail(ErrorKind::invalid, "mapping: " + InQuotes(path) + " needs 'columns' or 'default'");
  }

  Result<void> Columns(const std::string& path, const json::value& columns) {
    if (columns.is_string()) return Place(std::string_view(columns.get_string()), path);
    if (!columns.is_array()) {
      return Fail(ErrorKind::invalid, "mapping: 'columns' of " + InQuotes(path) + " must be a list of column names");
    }
    for (const json::value& name : columns.get_array()) {
      if (!name.is_string())
        return Fail(ErrorKind::invalid, "mapping: a column of " + InQuotes(path) + " is not a text");
      RETURN_IF_ERROR(Place(std::string_view(name.get_string()), path));
    }
    return {};
  }

  const model::ObjectSchema& schema_;
  Asked asked_;
};

Result<Asked> ReadAsked(std::string_view mapping_json, const model::ObjectSchema& schema) {
  boost::system::error_code error;
  const json::value parsed = json::parse({mapping_json.data(), mapping_json.size()}, error);
  if (error || !parsed.is_object()) {
    return Fail(ErrorKind::invalid, "mapping: not a JSON object" + (error ? ": " + error.message() : std::string()),
                "Write {\"Column\": \"field\"}.");
  }
  Reader reader(schema);
  for (const auto& member : parsed.get_object()) RETURN_IF_ERROR(reader.Add(member.key(), member.value()));
  return reader.Finish();
}

Result<void> Take(Matcher& matcher, const std::string& name, const std::vector<std::string>& header) {
  const int column = matcher.ColumnNamed(name);
  if (column < 0) {
    return Fail(ErrorKind::invalid, "mapping: the file has no column " + InQuotes(name), DidYouMean(name, header));
  }
  matcher.Take(column);
  return {};
}

}  // namespace

Result<void> CheckAsked(std::string_view mapping_json, const model::ObjectSchema& schema) {
  RETURN_IF_ERROR(ReadAsked(mapping_json, schema));
  return {};
}

Result<model::Mapping> MatchAsAsked(std::string_view mapping_json, const std::vector<std::string>& header,
                                    const model::ObjectSchema& schema) {
  ASSIGN_OR_RETURN(const Asked asked, ReadAsked(mapping_json, schema));
  Matcher matcher(header, schema);
  for (const model::FieldRule& rule : asked.rules) {
    for (const std::string& column : rule.columns) RETURN_IF_ERROR(Take(matcher, column, header));
    matcher.RuleFor(rule.path) = rule;
  }
  for (const std::string& column : asked.left_out) RETURN_IF_ERROR(Take(matcher, column, header));
  if (!asked.only) matcher.MatchAliases();
  return matcher.Finish();
}

}  // namespace rowcall::mapping
