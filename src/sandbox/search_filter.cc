#include "sandbox/search_filter.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <algorithm>

#include "base/text.h"
#include "sandbox/fields.h"

namespace rowcall::sandbox {

namespace {

namespace json = boost::json;

constexpr int kMostNested = 2;
constexpr std::size_t kMostParts = 15;
constexpr std::int64_t kDay = 86'400;

std::int64_t DayOf(std::int64_t time) { return (time >= 0 ? time : time - kDay + 1) / kDay; }

bool Allows(FieldKind kind, std::string_view operation) {
  const auto in = [&](std::initializer_list<std::string_view> allowed) {
    return std::ranges::find(allowed, operation) != allowed.end();
  };
  switch (kind) {
    case FieldKind::text: return in({"=", "!=", "IN", "NIN", "~", "!~", "^", "$"});
    case FieldKind::boolean: return in({"=", "!=", "IN", "NIN"});
    case FieldKind::number: return in({"=", "!=", "IN", "NIN", "<", ">", "<=", ">="});
    case FieldKind::date: break;
  }
  return in({"=", "<", ">"});
}

OrRefusal<std::optional<Scalar>> ReadOperand(const SearchField& field, const json::value& value,
                                             std::string_view name) {
  using Operand = std::optional<Scalar>;
  if (value.is_null()) return Operand();
  const std::optional<std::int64_t> integer = AsInteger(value);
  switch (field.kind) {
    case FieldKind::text:
      if (value.is_string()) {
        std::string text(value.get_string());
        return Operand(field.folded ? AsciiLower(text) : std::move(text));
      }
      if (value.is_int64()) return Operand(std::to_string(value.get_int64()));
      break;
    case FieldKind::boolean:
      if (value.is_bool()) return Operand(value.get_bool());
      if (value.is_string() && value.get_string() == "true") return Operand(true);
      if (value.is_string() && value.get_string() == "false") return Operand(false);
      break;
    case FieldKind::number:
      if (value.is_number()) return Operand(value.to_number<double>());
      if (integer.has_value()) return Operand(static_cast<double>(*integer));
      break;
    case FieldKind::date:
      if (integer.has_value()) return Operand(DayOf(*integer));
      break;
  }
  return RefuseParameter("Invalid value for field '" + std::string(name) + "'");
}

OrRefusal<void> ReadOperands(Filter& filter, const json::value& value) {
  const bool many = filter.operation == "IN" || filter.operation == "NIN";
  if (many != value.is_array()) {
    return RefuseParameter("Operator '" + filter.operation + "' takes " + (many ? "an array" : "a single value"));
  }
  if (!many) {
    ASSIGN_OR_REFUSE(auto operand, ReadOperand(filter.field, value, filter.field_name));
    filter.values.push_back(std::move(operand));
    return {};
  }
  for (const json::value& one : value.get_array()) {
    ASSIGN_OR_REFUSE(auto operand, ReadOperand(filter.field, one, filter.field_name));
    filter.values.push_back(std::move(operand));
  }
  return {};
}

OrRefusal<Filter> ReadComparison(const json::object& query, std::string operation, const Workspace& workspace) {
  ASSIGN_OR_REFUSE(const Given<std::string> name, ReadText(query, "field"));
  if (!name.has_value()) return RefuseParameter("The query has no 'field'");
  Filter filter;
  filter.field_name = *name.value;
  ASSIGN_OR_REFUSE(filter.field, FindSearchField(*name.value, workspace));
  filter.operation = std::move(operation);
  if (!Allows(filter.field.kind, filter.operation)) {
    return RefuseParameter("Invalid operator '" + filter.operation + "' for field '" + filter.field_name + "'");
  }
  const json::value* value = query.if_contains("value");
  RETURN_IF_REFUSED(ReadOperands(filter, value == nullptr ? json::value() : *value));
  return filter;
}

OrRefusal<Filter> ReadNested(const json::value& query, const Workspace& workspace, int depth) {
  if (!query.is_object()) return RefuseParameter("The query must be an object");
  const json::object& object = query.get_object();
  ASSIGN_OR_REFUSE(Given<std::string> operation, ReadText(object, "operator"));
  if (!operation.has_value()) return RefuseParameter("The query has no 'operator'");
  const bool all = AsciiLower(*operation.value) == "and";
  if (!all && AsciiLower(*operation.value) != "or") {
    return ReadComparison(object, std::move(*operation.value), workspace);
  }
  if (depth > kMostNested) return RefuseParameter("The query is nested too deeply: at most 2 levels");
  const json::value* parts = object.if_contains("value");
  if (parts == nullptr || !parts->is_array()) return RefuseParameter("AND and OR take an array of filters");
  if (parts->get_array().size() > kMostParts) return RefuseParameter("AND and OR take at most 15 filters");
  Filter filter;
  filter.kind = all ? Filter::Kind::all_of : Filter::Kind::any_of;
  for (const json::value& part : parts->get_array()) {
    ASSIGN_OR_REFUSE(Filter read, ReadNested(part, workspace, depth + 1));
    filter.parts.push_back(std::move(read));
  }
  return filter;
}

/// A field's value in the form in which operands stand: dates as days, numbers as doubles.
std::optional<Scalar> Comparable(const SearchField& field, const Contact& contact) {
  std::optional<Scalar> value = field.read(contact);
  if (!value.has_value()) return value;
  if (const auto* number = std::get_if<std::int64_t>(&*value)) {
    if (field.kind == FieldKind::date) return DayOf(*number);
    return static_cast<double>(*number);
  }
  return value;
}

bool MatchesText(std::string_view operation, std::string_view text, std::string_view part) {
  if (operation == "~") return text.contains(part);
  if (operation == "!~") return !text.contains(part);
  return operation == "^" ? text.starts_with(part) : text.ends_with(part);
}

bool MatchesComparison(const Filter& filter, const Contact& contact) {
  const std::optional<Scalar> value = Comparable(filter.field, contact);
  const std::string_view operation = filter.operation;
  const bool found = std::ranges::find(filter.values, value) != filter.values.end();
  if (operation == "=" || operation == "IN") return found;
  if (operation == "!=" || operation == "NIN") return !found;
  const std::optional<Scalar>& operand = filter.values.front();
  if (!value.has_value() || !operand.has_value()) return operation == "!~" && operand.has_value();
  if (operation == ">") return *value > *operand;
  if (operation == "<") return *value < *operand;
  if (operation == ">=") return *value >= *operand;
  if (operation == "<=") return *value <= *operand;
  return MatchesText(operation, std::get<std::string>(*value), std::get<std::string>(*operand));
}

}  // namespace

OrRefusal<Filter> ReadFilter(const json::value& query, const Workspace& workspace) {
  return ReadNested(query, workspace, 1);
}

bool Matches(const Filter& filter, const Contact& contact) {
  const auto matches = [&](const Filter& part) { return Matches(part, contact); };
  switch (filter.kind) {
    case Filter::Kind::all_of: return std::ranges::all_of(filter.parts, matches);
    case Filter::Kind::any_of: return std::ranges::any_of(filter.parts, matches);
    case Filter::Kind::comparison: break;
  }
  return MatchesComparison(filter, contact);
}

}  // namespace rowcall::sandbox
