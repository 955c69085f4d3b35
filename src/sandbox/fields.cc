#include "sandbox/fields.h"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <charconv>
#include <cmath>
#include <limits>

namespace rowcall::sandbox {

namespace {

namespace json = boost::json;

std::unexpected<Refusal> RefuseType(std::string_view name, std::string_view wanted) {
  return RefuseParameter("'" + std::string(name) + "' must be " + std::string(wanted));
}

const json::value* Find(const json::object& body, std::string_view name) { return body.if_contains(name); }

}  // namespace

std::optional<std::int64_t> ParseInteger(std::string_view text) {
  std::int64_t number = 0;
  const char* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, number);
  if (text.empty() || read.ec != std::errc() || read.ptr != end) return std::nullopt;
  return number;
}

std::optional<std::int64_t> AsInteger(const json::value& value) {
  if (const auto* number = value.if_int64()) return *number;
  if (const auto* text = value.if_string()) return ParseInteger(*text);
  const auto* number = value.if_double();
  constexpr double kExact = 9007199254740992;
  if (number == nullptr || std::trunc(*number) != *number || std::abs(*number) > kExact) return std::nullopt;
  return static_cast<std::int64_t>(*number);
}

OrRefusal<Given<std::string>> ReadText(const json::object& body, std::string_view name) {
  const json::value* value = Find(body, name);
  if (value == nullptr) return Given<std::string>{};
  if (value->is_null()) return Given<std::string>{true, std::nullopt};
  if (const auto* text = value->if_string()) return Given<std::string>{true, std::string(*text)};
  if (const auto* number = value->if_int64()) return Given<std::string>{true, std::to_string(*number)};
  return RefuseType(name, "a string");
}

OrRefusal<Given<std::int64_t>> ReadInteger(const json::object& body, std::string_view name) {
  const json::value* value = Find(body, name);
  if (value == nullptr) return Given<std::int64_t>{};
  if (value->is_null()) return Given<std::int64_t>{true, std::nullopt};
  const std::optional<std::int64_t> number = AsInteger(*value);
  if (!number.has_value()) return RefuseType(name, "an integer");
  return Given<std::int64_t>{true, number};
}

OrRefusal<Given<bool>> ReadBool(const json::object& body, std::string_view name) {
  const json::value* value = Find(body, name);
  if (value == nullptr) return Given<bool>{};
  if (value->is_null()) return Given<bool>{true, std::nullopt};
  if (!value->is_bool()) return RefuseType(name, "a boolean");
  return Given<bool>{true, value->get_bool()};
}

}  // namespace rowcall::sandbox
