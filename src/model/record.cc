#include "model/record.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cstring>

namespace rowcall::model {

namespace {

std::uint64_t BitsOf(const Value& value) {
  if (const auto* integer = std::get_if<std::int64_t>(&value)) return std::bit_cast<std::uint64_t>(*integer);
  if (const auto* number = std::get_if<double>(&value)) return std::bit_cast<std::uint64_t>(*number);
  if (const auto* truth = std::get_if<bool>(&value)) return *truth ? 1 : 0;
  return 0;
}

}  // namespace

Record::Head Record::Start() const {
  Head head;
  if (!block_.empty()) std::memcpy(&head, block_.data(), sizeof(head));
  return head;
}

Record::Place Record::PlaceOf(std::size_t index) const {
  Place place;
  std::memcpy(&place, block_.data() + PlaceAt(index), sizeof(place));
  return place;
}

std::string_view Record::PathOf(const Place& place) const {
  return {block_.data() + PlaceAt(Start().room) + place.begin, place.path_size};
}

void Record::Reserve(std::size_t fields, std::size_t bytes) {
  if (fields > Start().room) MakeRoom(fields, bytes);
}

void Record::MakeRoom(std::size_t fields, std::size_t bytes) {
  Head head = Start();
  const std::size_t texts_begin = block_.empty() ? 0 : PlaceAt(head.room);
  const std::size_t more = PlaceAt(fields) - texts_begin;
  block_.reserve(block_.size() + more + bytes);
  block_.insert(texts_begin, more, '\0');
  head.room = static_cast<std::uint32_t>(fields);
  std::memcpy(block_.data(), &head, sizeof(head));
}

void Record::Append(std::string_view path, std::string_view text, std::uint32_t kind, std::uint64_t bits) {
  Head head = Start();
  if (head.fields == head.room) {
    MakeRoom(std::max<std::size_t>(4, 2 * std::size_t{head.room}), path.size() + text.size());
    head = Start();
  }
  const std::size_t begin = block_.size() - PlaceAt(head.room);
  block_.append(path).append(text);
  const Place place{static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(path.size()),
                    static_cast<std::uint32_t>(text.size()), kind, bits};
  std::memcpy(block_.data() + PlaceAt(head.fields), &place, sizeof(place));
  ++head.fields;
  std::memcpy(block_.data(), &head, sizeof(head));
}

void Record::Add(std::string_view path, const Value& value) {
  const auto* const text = std::get_if<std::string_view>(&value);
  Append(path, text == nullptr ? std::string_view() : *text, static_cast<std::uint32_t>(value.index()), BitsOf(value));
}

RecordField Record::operator[](std::size_t index) const {
  const Place place = PlaceOf(index);
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
  std::size_t index = 0;
  while (index < size() && PathOf(PlaceOf(index)) != path) ++index;
  return index;
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
