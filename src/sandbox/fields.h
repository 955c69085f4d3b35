#pragma once

#include <boost/json/fwd.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sandbox/answer.h"

namespace rowcall::sandbox {

/// One field of a request's body: not given (leave it alone), given as null (clear it), or given with a value.
template <typename T>
struct Given {
  bool given = false;
  std::optional<T> value;

  bool has_value() const { return value.has_value(); }
  /// Lays the field over `target` if it was given.
  void ApplyTo(std::optional<T>& target) const {
    if (given) target = value;
  }
};

/// Read a field as Intercom does: text also from a number, numbers and times also from digits in a string. A value of
/// another type is refused with 400 `parameter_invalid` that names the field.
OrRefusal<Given<std::string>> ReadText(const boost::json::object& body, std::string_view name);
OrRefusal<Given<std::int64_t>> ReadInteger(const boost::json::object& body, std::string_view name);
OrRefusal<Given<bool>> ReadBool(const boost::json::object& body, std::string_view name);

/// A whole number out of a number or out of a string of digits.
std::optional<std::int64_t> AsInteger(const boost::json::value& value);
std::optional<std::int64_t> ParseInteger(std::string_view text);

}  // namespace rowcall::sandbox
