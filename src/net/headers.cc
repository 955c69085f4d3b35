#include "net/headers.h"

#include "base/text.h"

namespace rowcall::net {

void Headers::Set(std::string_view name, std::string value) {
  std::erase_if(fields_, [name](const auto& field) { return EqualsIgnoringAsciiCase(field.first, name); });
  fields_.emplace_back(name, std::move(value));
}

std::optional<std::string_view> Headers::Find(std::string_view name) const {
  for (const auto& [field, value] : fields_) {
    if (EqualsIgnoringAsciiCase(field, name)) return value;
  }
  return std::nullopt;
}

}  // namespace rowcall::net
