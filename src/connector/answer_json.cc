#include "connector/answer_json.h"

#include "model/record.h"

namespace rowcall::connector {

simdjson::simdjson_result<simdjson::dom::element> Parse(std::string_view json) {
  thread_local simdjson::dom::parser parser;
  return parser.parse(json.data(), json.size());
}

simdjson::simdjson_result<simdjson::dom::element> At(simdjson::dom::element root, std::string_view path) {
  simdjson::dom::element element = root;
  while (!path.empty()) {
    const std::size_t dot = path.find('.');
    if (const auto error = element.at_key(path.substr(0, dot)).get(element)) return error;
    path = dot == std::string_view::npos ? std::string_view() : path.substr(dot + 1);
  }
  return element;
}

simdjson::simdjson_result<std::string> ScalarText(simdjson::dom::element element) {
  using simdjson::dom::element_type;
  switch (element.type()) {
    case element_type::STRING: return std::string(element.get_string().value_unsafe());
    case element_type::INT64: return std::to_string(element.get_int64().value_unsafe());
    case element_type::UINT64: return std::to_string(element.get_uint64().value_unsafe());
    case element_type::DOUBLE: return model::ToText(element.get_double().value_unsafe());
    case element_type::BOOL: return std::string(element.get_bool().value_unsafe() ? "true" : "false");
    default: return simdjson::INCORRECT_TYPE;
  }
}

}  // namespace rowcall::connector
