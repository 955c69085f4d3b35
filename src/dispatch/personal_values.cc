#include "dispatch/personal_values.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/json_writer.h"
#include "base/text.h"

namespace rowcall::dispatch {

namespace {

constexpr std::size_t kShortest = 3;
constexpr std::size_t kShortestInsideWords = 8;
constexpr std::string_view kCut = "…";

bool IsWordByte(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

/// Whether a word goes on over the border between text[at - 1] and text[at].
bool IsInsideWord(std::string_view text, std::size_t at) {
  return at > 0 && at < text.size() && IsWordByte(text[at - 1]) && IsWordByte(text[at]);
}

std::string AsJson(std::string_view text) {
  std::string json;
  AppendJsonString(json, text);
  return json.substr(1, json.size() - 2);
}

/// The code point whose first byte is `text[at]`; `at` goes behind it. The text is UTF-8.
char32_t TakeCodePoint(std::string_view text, std::size_t& at) {
  const auto byte = [&] { return static_cast<unsigned char>(text[at++]); };
  const unsigned char first = byte();
  const std::size_t more = first < 0xC0 ? 0 : first < 0xE0 ? 1 : first < 0xF0 ? 2 : 3;
  char32_t point = more == 0 ? first : first & (0x3Fu >> more);
  for (std::size_t i = 0; i < more && at < text.size(); ++i) point = (point << 6) | (byte() & 0x3Fu);
  return point;
}

/// As JSON in ASCII has it: "Zo\u00eb".
std::string AsAsciiJson(std::string_view text) {
  const std::string json = AsJson(text);
  std::string ascii;
  for (std::size_t at = 0; at < json.size();) {
    const char32_t point = TakeCodePoint(json, at);
    if (point < 0x80) {
      ascii.push_back(static_cast<char>(point));
    } else if (point < 0x10000) {
      ascii += fmt::format("\\u{:04x}", static_cast<unsigned>(point));
    } else {
      const auto above = static_cast<unsigned>(point) - 0x10000;
      ascii += fmt::format("\\u{:04x}\\u{:04x}", 0xD800 + (above >> 10), 0xDC00 + (above & 0x3FF));
    }
  }
  return ascii;
}

}  // namespace

void PersonalValues::Add(const model::Field& field, std::string_view text) {
  if (field.type == model::FieldType::boolean) return;
  AddText(field, text);
  if (field.type == model::FieldType::phone && text.starts_with('+')) AddText(field, text.substr(1));
}

void PersonalValues::AddText(const model::Field& field, std::string_view text) {
  if (text.size() < kShortest) return;
  for (const std::string& form : {std::string(text), AsJson(text), AsAsciiJson(text), PercentEncode(text)}) {
    std::string folded = AsciiLower(form);
    if (std::ranges::find(values_, folded, &Value::text) == values_.end())
      values_.push_back({std::move(folded), &field});
  }
}

void PersonalValues::Add(const model::ObjectSchema& schema, const model::Record& record, std::string_view relation) {
  for (const model::RecordField field : record.Fields()) {
    const std::string path = relation.empty() ? std::string(field.path) : fmt::format("{}.{}", relation, field.path);
    const model::Field* known = schema.Find(path);
    if (known != nullptr && known->personal) Add(*known, model::ToText(field.value));
  }
}

/// In the order of their beginnings; of those that overlap, one that spans them all.
std::vector<PersonalValues::Place> PersonalValues::PlacesIn(std::string_view text) const {
  const std::string folded = AsciiLower(text);
  const bool is_cut = text.ends_with(kCut);
  const std::size_t end = text.size() - (is_cut ? kCut.size() : 0);
  std::vector<Place> places;
  for (const Value& value : values_) {
    const std::size_t size = value.text.size();
    const auto is_value = [&](std::size_t at, std::size_t length) {
      return length >= kShortestInsideWords || (!IsInsideWord(folded, at) && !IsInsideWord(folded, at + length));
    };
    for (std::size_t at = 0; (at = folded.find(value.text, at)) != std::string::npos; ++at) {
      if (is_value(at, size)) places.push_back({at, at + size, &value});
    }
    for (std::size_t part = std::min(size - 1, end); is_cut && part >= kShortest; --part) {
      if (folded.compare(end - part, part, value.text, 0, part) != 0 || !is_value(end - part, part)) continue;
      places.push_back({end - part, end, &value});
      break;
    }
  }
  std::ranges::sort(places, {}, &Place::begin);
  std::vector<Place> apart;
  for (const Place& place : places) {
    if (apart.empty() || place.begin >= apart.back().end) {
      apart.push_back(place);
      continue;
    }
    Place& last = apart.back();
    last.end = std::max(last.end, place.end);
    if (place.value->text.size() > last.value->text.size()) last.value = place.value;
  }
  return apart;
}

std::string PersonalValues::WithoutThem(const std::string& text) const {
  std::string without;
  std::size_t done = 0;
  for (const Place& place : PlacesIn(text)) {
    without += fmt::format("{}[{}]", text.substr(done, place.begin - done), place.value->field->path);
    done = place.end;
  }
  return without + text.substr(done);
}

void PersonalValues::Hide(model::Reason& reason) const {
  // What stands around the service's words is ours, and quotes nothing.
  const std::size_t words =
      reason.service_message.empty() ? std::string::npos : reason.message.rfind(reason.service_message);
  const std::size_t length = reason.service_message.size();
  reason.service_message = WithoutThem(reason.service_message);
  if (words != std::string::npos) reason.message.replace(words, length, reason.service_message);
  const bool is_services_code = reason.code == reason.service_code;
  reason.service_code = WithoutThem(reason.service_code);
  if (is_services_code) reason.code = reason.service_code;
  reason.service_request_id = WithoutThem(reason.service_request_id);
}

}  // namespace rowcall::dispatch
