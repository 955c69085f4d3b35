#include "formats/json_row.h"

#include <fmt/format.h>

#include "formats/fault.h"

namespace rowcall::formats {

namespace {

constexpr std::size_t kUnknownKeysToName = 5;

/// Keys of one record that are no columns: the first few by name, the others by number.
struct UnknownKeys {
  std::string names;
  std::string first;
  std::size_t count = 0;

  void Add(const std::string& name) {
    if (++count == 1) first = name;
    if (count <= kUnknownKeysToName) names += fmt::format("{}\"{}\"", count == 1 ? "" : ", ", name);
  }

  model::Reason ToReason(const Place& place) const {
    std::string what = fmt::format("the first records do not have {} {}", count == 1 ? "the key" : "the keys", names);
    if (count > kUnknownKeysToName) what += fmt::format(" and {} more", count - kUnknownKeysToName);
    return Warning({place.row, place.byte, first}, "unknown_key", what + ", so the value is not loaded",
                   "Give the first record every key; null will do.");
  }
};

void CheckText(const JsonField& field, const Place& place, std::vector<model::Reason>& faults) {
  if (field.nested) {
    faults.push_back(Fault(place, "nested_value", "the value is an array, or an object inside an object",
                           "Write one plain value for each key."));
  }
  if (field.text.find('\0') != std::string::npos) faults.push_back(ZeroByte(place));
}

}  // namespace

JsonColumns::JsonColumns(const std::vector<std::string>& names) : names_(names) {
  for (std::size_t column = 0; column < names.size(); ++column) by_name_.emplace(names[column], column);
}

std::size_t JsonColumns::Find(const std::string& name, std::size_t guess) const {
  if (guess < names_.size() && names_[guess] == name) return guess;
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? kNone : found->second;
}

void JsonNames::Add(const std::vector<JsonField>& fields) {
  for (const JsonField& field : fields) {
    if (seen_.insert(field.name).second) names_.push_back(field.name);
  }
}

void FillJsonRow(const std::vector<JsonField>& fields, const JsonColumns& columns, model::Row& row) {
  row.cells = model::Cells(columns.names().size());
  std::vector<bool> filled(row.cells.size());
  UnknownKeys unknown;
  std::size_t next = 0;
  for (const JsonField& field : fields) {
    const std::size_t column = columns.Find(field.name, next);
    if (column == JsonColumns::kNone) {
      if (field.nested || !field.text.empty()) unknown.Add(field.name);
      continue;
    }
    const Place place{row.number, row.byte_offset, field.name};
    if (filled[column]) {
      row.faults.push_back(Fault(place, "duplicate_key", "the key stands twice in the record", "Keep one of the two."));
    } else {
      row.cells.Set(column, field.text);
      CheckText(field, place, row.faults);
    }
    filled[column] = true;
    next = column + 1;
  }
  if (unknown.count > 0) row.faults.push_back(unknown.ToReason({row.number, row.byte_offset, {}}));
}

}  // namespace rowcall::formats
