#include "model/record.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace rowcall::model {

const Value* Record::Find(std::string_view path) const {
  const auto found = std::find_if(fields.begin(), fields.end(), [&](const RecordField& f) { return f.path == path; });
  return found == fields.end() ? nullptr : &found->value;
}

bool MappedRow::ok() const {
  return std::all_of(reasons.begin(), reasons.end(), [](const Reason& reason) { return reason.warning; });
}

std::string ToText(const Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* truth = std::get_if<bool>(&value)) return *truth ? "true" : "false";
  if (std::holds_alternative<Null>(value)) return "";
  std::array<char, 32> digits;
  char* end = digits.data();
  if (const auto* integer = std::get_if<std::int64_t>(&value)) {
    end = std::to_chars(digits.data(), digits.data() + digits.size(), *integer).ptr;
  } else {
    end = std::to_chars(digits.data(), digits.data() + digits.size(), std::get<double>(value)).ptr;
  }
  return std::string(digits.data(), end);
}

}  // namespace rowcall::model
