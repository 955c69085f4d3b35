#include "model/record.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>

namespace rowcall::model {

namespace {

std::uint64_t BitsOf(const Value& value) {
  if (const auto* integer = std::get_if<std::int64_t>(&value)) return std::bit_cast<std::uint64_t>(*integer);
  if (const auto* number = std::get_if<double>(&value)) return std::bit_cast<std::uint64_t>(*number);
  if (const auto* truth = std::get_if<bool>(&value)) return *truth ? 1 : 0;
  return 0;
}

}  // namespace

void Record::Reserve(std::size_t fields, std::size_t bytes) {
  places_.reserve(fields);
  text_.reserve(bytes);
}

void Record::Add(std::string_view path, const Value& value) {
  const auto* const text = std::get_if<std::string_view>(&value);
  const std::size_t begin = text_.size();
  text_.append(path);
  if (text != nullptr) text_.append(*text);
  const auto path_size = static_cast<std::uint32_t>(path.size());
  const auto text_size = static_cast<std::uint32_t>(text_.size() - begin - path.size());
  places_.push_back({static_cast<std::uint32_t>(begin), path_size, text_size, static_cast<std::uint32_t>(value.index()),
                     BitsOf(value)});
}

RecordField Record::operator[](std::size_t index) const {
  const Place& place = places_[index];
  RecordField field{PathOf(place), Null()};
  switch (place.kind) {
    case 0: field.value = std::string_view(field.path.data() + field.path.size(), place.text_size); break;
    case 1: field.value = std::bit_cast<std::int64_t>(place.bits); break;
    case 2: field.value = std::bit_cast<double>(place.bits); break;
    case 3: field.value = place.bits != 0; break;
    default: break;
  }
  return field;
}

std::size_t Record::IndexOf(std::string_view path) const {
  const auto found = std::ranges::find_if(places_, [&](const Place& place) { return PathOf(place) == path; });
  return static_cast<std::size_t>(found - places_.begin());
}

std::optional<Value> Record::Find(std::string_view path) const {
  const std::size_t index = IndexOf(path);
  return index < size() ? std::optional((*this)[index].value) : std::nullopt;
}

bool Record::operator==(const Record& other) const { return std::ranges::equal(Fields(), other.Fields()); }

bool MappedRow::ok() const {
  return std::all_of(reasons.begin(), reasons.end(), [](const Reason& reason) { return reason.warning; });
}

std::string ToText(const Value& value) {
  if (const auto* text = std::get_if<std::string_view>(&value)) return std::string(*text);
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
