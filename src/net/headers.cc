#include "net/headers.h"

#include "base/text.h"

namespace rowcall::net {

void Headers::Set(std::string_view name, std::string value) {
  Fields& fields = Own();
  std::erase_if(fields, [name](const auto& field) { return EqualsIgnoringAsciiCase(field.first, name); });
  fields.emplace_back(name, std::move(value));
}

std::optional<std::string_view> Headers::Find(std::string_view name) const {
  for (const auto& [field, value] : all()) {
    if (EqualsIgnoringAsciiCase(field, name)) return value;
  }
  return std::nullopt;
}

const Headers::Fields& Headers::all() const {
  static const Fields none;
  return fields_ == nullptr ? none : *fields_;
}

Headers::Fields& Headers::Own() {
  if (fields_ == nullptr) {
    fields_ = std::make_shared<Fields>();
  } else if (fields_.use_count() > 1) {
    fields_ = std::make_shared<Fields>(*fields_);
  }
  return *fields_;
}

}  // namespace rowcall::net
