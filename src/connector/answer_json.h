#pragma once

#include <simdjson.h>

#include <string_view>

namespace rowcall::connector {

/// Reads `json` whole. The element lives until this thread's next call of Parse. Thread-safe.
simdjson::simdjson_result<simdjson::dom::element> Parse(std::string_view json);

/// The element at a dotted path; "" is the element itself.
simdjson::simdjson_result<simdjson::dom::element> At(simdjson::dom::element root, std::string_view path);

/// A scalar as text; an error for null, objects and arrays.
simdjson::simdjson_result<std::string> ScalarText(simdjson::dom::element element);

}  // namespace rowcall::connector
