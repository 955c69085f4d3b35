#include "wire/json_object.h"

#include <boost/json/array.hpp>
#include <boost/json/parser.hpp>

namespace rowcall::wire {

namespace {

Result<boost::json::value> Parse(std::string_view text, std::string_view what) {
  boost::json::parser parser;
  boost::system::error_code error;
  const std::size_t read = parser.write(text.data(), text.size(), error);
  if (error) {
    return Fail(ErrorKind::invalid,
                std::string(what) + " is not JSON: " + error.message() + ", at byte " + std::to_string(read) + ".");
  }
  return parser.release();
}

template <typename Each>
void ForEachIn(const boost::json::object& object, std::string_view name, Each each) {
  const boost::json::value* member = object.if_contains(name);
  if (member == nullptr || !member->is_array()) return;
  for (const boost::json::value& value : member->get_array()) each(value);
}

}  // namespace

Result<boost::json::object> ParseObject(std::string_view text, std::string_view what) {
  ASSIGN_OR_RETURN(boost::json::value value, Parse(text, what));
  if (!value.is_object()) return Fail(ErrorKind::invalid, std::string(what) + " is not a JSON object.");
  return std::move(value.get_object());
}

Result<std::vector<boost::json::object>> ParseObjects(std::string_view text, std::string_view what) {
  ASSIGN_OR_RETURN(const boost::json::value value, Parse(text, what));
  if (!value.is_array()) return Fail(ErrorKind::invalid, std::string(what) + " is not a JSON array.");
  std::vector<boost::json::object> objects;
  for (const boost::json::value& element : value.get_array()) {
    if (!element.is_object()) return Fail(ErrorKind::invalid, std::string(what) + " holds what is not an object.");
    objects.push_back(element.get_object());
  }
  return objects;
}

std::string TextOf(const boost::json::object& object, std::string_view name) {
  const boost::json::value* member = object.if_contains(name);
  return member != nullptr && member->is_string() ? std::string(member->get_string()) : std::string();
}

std::int64_t NumberOf(const boost::json::object& object, std::string_view name) {
  const boost::json::value* member = object.if_contains(name);
  return member != nullptr && member->is_int64() ? member->get_int64() : 0;
}

double RealOf(const boost::json::object& object, std::string_view name) {
  const boost::json::value* member = object.if_contains(name);
  return member != nullptr && member->is_number() ? member->to_number<double>() : 0;
}

bool TruthOf(const boost::json::object& object, std::string_view name) {
  const boost::json::value* member = object.if_contains(name);
  return member != nullptr && member->is_bool() && member->get_bool();
}

std::vector<std::string> TextsOf(const boost::json::object& object, std::string_view name) {
  std::vector<std::string> texts;
  ForEachIn(object, name, [&](const boost::json::value& value) {
    if (value.is_string()) texts.emplace_back(value.get_string());
  });
  return texts;
}

std::vector<boost::json::object> ObjectsOf(const boost::json::object& object, std::string_view name) {
  std::vector<boost::json::object> objects;
  ForEachIn(object, name, [&](const boost::json::value& value) {
    if (value.is_object()) objects.push_back(value.get_object());
  });
  return objects;
}

const boost::json::object* ObjectOf(const boost::json::object& object, std::string_view name) {
  const boost::json::value* member = object.if_contains(name);
  return member == nullptr ? nullptr : member->if_object();
}

std::string Pointer(std::string_view name) {
  std::string pointer = "/";
  for (const char c : name) {
    if (c == '~')
      pointer += "~0";
    else if (c == '/')
      pointer += "~1";
    else
      pointer += c;
  }
  return pointer;
}

}  // namespace rowcall::wire
