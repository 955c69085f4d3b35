#include "model/object_schema.h"

#include <algorithm>
#include <array>

namespace rowcall::model {

namespace {

struct NamedType {
  FieldType type;
  std::string_view name;
};

constexpr std::array kTypes = {
    NamedType{FieldType::text, "text"},       NamedType{FieldType::email, "email"},
    NamedType{FieldType::phone, "phone"},     NamedType{FieldType::url, "url"},
    NamedType{FieldType::integer, "integer"}, NamedType{FieldType::number, "number"},
    NamedType{FieldType::boolean, "boolean"}, NamedType{FieldType::epoch_seconds, "epoch_seconds"},
    NamedType{FieldType::choice, "choice"},
};

}  // namespace

std::string_view Name(FieldType type) {
  return std::find_if(kTypes.begin(), kTypes.end(), [&](const NamedType& named) { return named.type == type; })->name;
}

std::optional<FieldType> FieldTypeNamed(std::string_view name) {
  const auto found = std::find_if(kTypes.begin(), kTypes.end(), [&](const NamedType& t) { return t.name == name; });
  return found == kTypes.end() ? std::nullopt : std::optional(found->type);
}

const Field* ObjectSchema::Find(std::string_view path) const {
  const auto found = std::find_if(fields.begin(), fields.end(), [&](const Field& field) { return field.path == path; });
  return found == fields.end() ? nullptr : &*found;
}

}  // namespace rowcall::model
