#include <algorithm>
#include <cmath>

#include "base/json_writer.h"
#include "base/text.h"
#include "connector/answer.h"
#include "connector/answer_json.h"
#include "connector/request.h"

namespace rowcall::connector {

namespace {

bool FoldsLower(const ObjectSpec& spec, std::string_view path) {
  const KeySpec* key = spec.KeyOf(path);
  return key != nullptr && key->fold_lower;
}

bool SameText(const ObjectSpec& spec, std::string_view path, std::string_view a, std::string_view b) {
  return FoldsLower(spec, path) ? EqualsIgnoringAsciiCase(a, b) : a == b;
}

/// Where a record that is read shows the field; "" = nowhere.
std::string_view ShownAt(const ObjectSpec& spec, const model::RecordField& field) {
  const model::Field* known = spec.schema.Find(field.path);
  return known != nullptr && known->shown_at ? std::string_view(*known->shown_at) : field.path;
}

bool ReadsBackAs(const ObjectSpec& spec, const model::RecordField& field, simdjson::dom::element element) {
  double number = 0;
  if (const auto* integer = std::get_if<std::int64_t>(&field.value)) {
    if (element.get_int64().error() == simdjson::SUCCESS) return element.get_int64().value_unsafe() == *integer;
    if (element.get_double().get(number) == simdjson::SUCCESS) return number == static_cast<double>(*integer);
  } else if (const auto* real = std::get_if<double>(&field.value)) {
    if (element.get_double().get(number) == simdjson::SUCCESS) return number == *real;
  }
  std::string text;
  return ScalarText(element).get(text) == simdjson::SUCCESS &&
         SameText(spec, field.path, text, model::ToText(field.value));
}

/// Whether the record that was read holds the field's value, or does not show it. Null: it holds none.
bool Holds(const ObjectSpec& spec, simdjson::dom::element root, const model::RecordField& field) {
  const std::string_view place = ShownAt(spec, field);
  if (place.empty()) return true;
  simdjson::dom::element element;
  const bool is_there = At(root, place).get(element) == simdjson::SUCCESS && !element.is_null();
  if (std::holds_alternative<model::Null>(field.value)) {
    std::string text;
    return !is_there || (ScalarText(element).get(text) == simdjson::SUCCESS && text.empty());
  }
  return is_there && ReadsBackAs(spec, field, element);
}

/// A text is a view of the document's. nullopt: it is no scalar.
std::optional<model::Value> ValueIn(simdjson::dom::element element) {
  std::string_view text;
  std::int64_t integer = 0;
  double number = 0;
  bool truth = false;
  if (element.is_null()) return model::Null();
  if (element.get_string().get(text) == simdjson::SUCCESS) return text;
  if (element.get_int64().get(integer) == simdjson::SUCCESS) return integer;
  if (element.get_double().get(number) == simdjson::SUCCESS) return number;
  if (element.get_bool().get(truth) == simdjson::SUCCESS) return truth;
  return std::nullopt;
}

}  // namespace

std::optional<std::string> TextAt(std::string_view record_json, std::string_view path) {
  simdjson::dom::element root;
  simdjson::dom::element element;
  std::string text;
  if (Parse(record_json).get(root) || At(root, path).get(element) || ScalarText(element).get(text)) return std::nullopt;
  return text;
}

std::optional<std::int64_t> IntAt(std::string_view record_json, std::string_view path) {
  simdjson::dom::element root;
  simdjson::dom::element element;
  if (Parse(record_json).get(root) || At(root, path).get(element)) return std::nullopt;
  std::int64_t integer = 0;
  if (element.get_int64().get(integer) == simdjson::SUCCESS) return integer;
  double number = 0;
  constexpr double kLimit = 9.2e18;
  if (element.get_double().get(number) || !(std::fabs(number) < kLimit)) return std::nullopt;
  return static_cast<std::int64_t>(number);
}

bool HoldsAll(const ObjectSpec& spec, std::string_view record_json, const model::Record& record) {
  simdjson::dom::element root;
  if (Parse(record_json).get(root)) return false;
  return std::ranges::all_of(record.Fields(),
                             [&](const model::RecordField& field) { return Holds(spec, root, field); });
}

std::vector<std::string> DifferingFields(const ObjectSpec& spec, std::string_view record_json,
                                         const model::Record& record, const model::Record& other) {
  simdjson::dom::element root;
  const bool is_read = Parse(record_json).get(root) == simdjson::SUCCESS;
  std::vector<std::string> differing;
  for (const model::RecordField field : record.Fields()) {
    const std::optional<model::Value> also = other.Find(field.path);
    const bool holds = is_read && (Holds(spec, root, field) || (also && Holds(spec, root, {field.path, *also})));
    if (!holds) differing.emplace_back(field.path);
  }
  return differing;
}

model::Record FieldsBefore(const ObjectSpec& spec, std::string_view record_json, const model::Record& record,
                           const std::vector<std::string>& leave_out) {
  model::Record before;
  simdjson::dom::element root;
  if (Parse(record_json).get(root)) return before;
  for (const model::RecordField field : record.Fields()) {
    const std::string_view place = ShownAt(spec, field);
    if (place.empty() || std::ranges::find(leave_out, field.path) != leave_out.end()) continue;
    simdjson::dom::element element;
    const bool is_there = At(root, place).get(element) == simdjson::SUCCESS;
    if (auto value = is_there ? ValueIn(element) : model::Value(model::Null())) {
      before.Add(field.path, *value);
    }
  }
  return before;
}

std::string JoinedTo(const ObjectSpec& spec, std::string_view record_json) {
  std::string out;
  JsonWriter json(out);
  json.BeginObject();
  simdjson::dom::element root;
  const bool is_read = Parse(record_json).get(root) == simdjson::SUCCESS;
  for (const StepSpec& step : spec.steps) {
    simdjson::dom::array list;
    bool more = false;
    if (!is_read || step.listed.empty() || At(root, step.listed).get_array().get(list)) continue;
    if (!step.listed_more.empty() && (At(root, step.listed_more).get_bool().get(more) || more)) continue;
    json.Key(step.name).BeginArray();
    for (const simdjson::dom::element joined : list) {
      simdjson::dom::element id;
      std::string text;
      if (!joined["id"].get(id) && !ScalarText(id).get(text)) json.String(text);
    }
    json.EndArray();
  }
  json.EndObject();
  return out;
}

bool WasNotJoined(std::string_view joined_json, std::string_view step, std::string_view id) {
  simdjson::dom::element root;
  simdjson::dom::array list;
  if (Parse(joined_json).get(root) || root[step].get_array().get(list)) return false;
  for (const simdjson::dom::element joined : list) {
    std::string_view text;
    if (!joined.get_string().get(text) && text == id) return false;
  }
  return true;
}

Result<model::Record> RecordFromFlatJson(std::string_view json) {
  const auto unreadable = Fail(ErrorKind::corrupt, "what a record held before cannot be read in the ledger");
  simdjson::dom::object object;
  if (Parse(json).get_object().get(object)) return unreadable;
  model::Record record;
  for (const auto field : object) {
    std::optional<model::Value> value = ValueIn(field.value);
    if (!value) return unreadable;
    record.Add(field.key, *value);
  }
  return record;
}

bool ShowsAll(const ObjectSpec& spec, const model::Record& record) {
  return std::ranges::none_of(record.Fields(),
                              [&](const model::RecordField& field) { return ShownAt(spec, field).empty(); });
}

std::vector<std::string> ConflictingKeys(const ObjectSpec& spec, std::string_view record_json,
                                         const model::Record& record) {
  std::vector<std::string> conflicts;
  for (const KeySpec& key : spec.keys) {
    const std::optional<model::Value> ours = record.Find(key.field);
    const std::optional<std::string> theirs = TextAt(record_json, key.field);
    if (!ours || !theirs || Trim(*theirs).empty()) continue;
    if (!SameText(spec, key.field, *theirs, model::ToText(*ours))) conflicts.push_back(key.field);
  }
  return conflicts;
}

}  // namespace rowcall::connector
