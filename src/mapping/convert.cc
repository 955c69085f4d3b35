#include "mapping/convert.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/find_byte.h"
#include "base/text.h"
#include "mapping/date.h"

namespace rowcall::mapping {

namespace {

using model::Value;

constexpr std::string_view kNoBreakSpace = "\xC2\xA0";

bool ContinuesCodePoint(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

std::size_t CodePoints(std::string_view text) {
  return text.size() - static_cast<std::size_t>(std::count_if(text.begin(), text.end(), ContinuesCodePoint));
}

/// The value in quotes, cut where it is long; or the field's name, if nobody is to see it.
std::string Quoted(const FieldText& cell) {
  constexpr std::size_t kMostBytes = 60;
  const std::string_view text = cell.text;
  if (cell.is_hidden()) return "[" + cell.field.path + "]";
  if (text.size() <= kMostBytes) return "'" + std::string(text) + "'";
  std::size_t end = kMostBytes;
  while (ContinuesCodePoint(text[end])) --end;
  return "'" + std::string(text.substr(0, end)) + "…'";
}

bool LooksLikeEmail(std::string_view text) {
  constexpr auto needs_a_look = [](auto c) { return c <= +' ' || c == +'@' || c == 0x7f || c == 0xC2; };
  std::size_t ats = 0;
  for (std::string_view rest = text;;) {
    const std::size_t at = FindByte(rest, needs_a_look);
    if (at == std::string_view::npos) break;
    rest.remove_prefix(at);
    if (rest[0] == '@') {
      ++ats;
    } else if (rest[0] != kNoBreakSpace[0] || rest.starts_with(kNoBreakSpace)) {
      return false;
    }
    rest.remove_prefix(1);
  }
  return ats == 1 && text.front() != '@' && text.back() != '@';
}

template <typename Number>
std::optional<Number> ParseNumber(std::string_view text) {
  if (text.starts_with('+') && text.size() > 1 && text[1] != '-') text.remove_prefix(1);
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

bool IsEmail(const FieldText& cell, std::optional<model::Reason>& reason) {
  if (LooksLikeEmail(cell.text)) return true;
  reason = model::Because("invalid_email", Quoted(cell) + " is not an e-mail address", "Write it as name@example.org.");
  return false;
}

/// `room` is where the number is put.
std::string_view ToPhone(const FieldText& cell, const Region* region, std::string& room,
                         std::optional<model::Reason>& reason) {
  if (ToE164(cell.text, region, room)) return room;
  if (region == nullptr && !NamesCountry(cell.text)) {
    reason = model::Because("phone_without_country", Quoted(cell) + " has no country code; it is sent as it stands",
                            "Write the number with + and the country code, or set a region.");
  } else {
    reason =
        model::Because("phone_not_understood", Quoted(cell) + " is not a telephone number; it is sent as it stands",
                       "Write the number with + and the country code.");
  }
  reason->warning = true;
  return cell.text;
}

std::optional<Value> ToInteger(const FieldText& cell, std::optional<model::Reason>& reason) {
  if (const auto number = ParseNumber<std::int64_t>(cell.text)) return Value(*number);
  reason = model::Because("invalid_number", Quoted(cell) + " is not a whole number", "Write digits only, e.g. 1200.");
  return std::nullopt;
}

std::optional<Value> ToNumber(const FieldText& cell, std::optional<model::Reason>& reason) {
  const auto number = ParseNumber<double>(cell.text);
  if (number && std::isfinite(*number)) return Value(*number);
  reason =
      model::Because("invalid_number", Quoted(cell) + " is not a number", "Write digits and a point, e.g. 1200.50.");
  return std::nullopt;
}

std::optional<Value> ToBoolean(const FieldText& cell, std::optional<model::Reason>& reason) {
  const auto is = [&](std::string_view word) { return EqualsIgnoringAsciiCase(cell.text, word); };
  if (is("true") || is("yes") || is("1")) return Value(true);
  if (is("false") || is("no") || is("0")) return Value(false);
  reason = model::Because("invalid_boolean", Quoted(cell) + " is neither true nor false",
                          "Write true or false, yes or no, 1 or 0.");
  return std::nullopt;
}

std::optional<Value> ToEpochSeconds(const FieldText& cell, std::optional<model::Reason>& reason) {
  if (const auto seconds = ParseEpochSeconds(cell.text)) return Value(*seconds);
  reason = model::Because("invalid_date", Quoted(cell) + " is not a date that can be read without guessing",
                          "Write 2024-01-31, 2024-01-31T12:30:00Z, or seconds since 1970.");
  return std::nullopt;
}

std::optional<Value> ToChoice(const FieldText& cell, std::optional<model::Reason>& reason) {
  const std::vector<std::string>& choices = cell.field.choices;
  const auto is_it = [&](const std::string& choice) { return EqualsIgnoringAsciiCase(choice, cell.text); };
  auto found = std::find(choices.begin(), choices.end(), cell.text);
  if (found == choices.end()) found = std::find_if(choices.begin(), choices.end(), is_it);
  if (found != choices.end()) return Value(std::string_view(*found));
  constexpr std::size_t kMostShown = 10;
  std::string hint = "Allowed: ";
  for (std::size_t i = 0; i < std::min(choices.size(), kMostShown); ++i) hint += (i == 0 ? "" : ", ") + choices[i];
  hint += choices.size() > kMostShown ? ", …" : ".";
  const std::string closest = cell.is_hidden() ? "" : Closest(cell.text, choices);
  if (!closest.empty()) hint = "Did you mean '" + closest + "'? " + hint;
  reason = model::Because("not_a_choice", Quoted(cell) + " is not one of the allowed values", std::move(hint));
  return std::nullopt;
}

}  // namespace

std::string_view TrimCell(std::string_view text) {
  const auto may_be_blank = [](char c) { return static_cast<unsigned char>(c) <= ' ' || kNoBreakSpace.contains(c); };
  if (text.empty() || (!may_be_blank(text.front()) && !may_be_blank(text.back()))) return text;
  text = Trim(text);
  if (text.empty() || (!text.starts_with(kNoBreakSpace) && !text.ends_with(kNoBreakSpace))) return text;
  while (text.starts_with(kNoBreakSpace)) text = Trim(text.substr(kNoBreakSpace.size()));
  while (text.ends_with(kNoBreakSpace)) text = Trim(text.substr(0, text.size() - kNoBreakSpace.size()));
  return text;
}

void AddConverted(const FieldText& cell, const Region* region, std::string_view path, model::Record& record,
                  std::optional<model::Reason>& reason) {
  const model::Field& field = cell.field;
  if (field.max_length > 0 && cell.text.size() > field.max_length && CodePoints(cell.text) > field.max_length) {
    reason = model::Because("too_long",
                            Quoted(cell) + " has " + std::to_string(CodePoints(cell.text)) + " characters; " +
                                std::to_string(field.max_length) + " are allowed",
                            "Shorten the value.");
    return;
  }
  const auto add = [&](const std::optional<Value>& value) {
    if (value) record.Add(path, *value);
  };
  switch (field.type) {
    case model::FieldType::text:
    case model::FieldType::url: return record.AddText(path, cell.text);
    case model::FieldType::email:
      if (IsEmail(cell, reason)) record.AddText(path, cell.text);
      return;
    case model::FieldType::phone: {
      std::string room;
      return record.AddText(path, ToPhone(cell, region, room, reason));
    }
    case model::FieldType::integer: return add(ToInteger(cell, reason));
    case model::FieldType::number: return add(ToNumber(cell, reason));
    case model::FieldType::boolean: return add(ToBoolean(cell, reason));
    case model::FieldType::epoch_seconds: return add(ToEpochSeconds(cell, reason));
    case model::FieldType::choice: return add(ToChoice(cell, reason));
  }
}

}  // namespace rowcall::mapping
