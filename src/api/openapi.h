#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace rowcall::api {

/// contract/openapi.yaml, as it was when the program was built.
std::string_view OpenApiYaml();
/// The same as JSON. Converted once.
const std::string& OpenApiJson();

/// A YAML text as JSON: plain scalars that read as null, a truth value or a number become that, all others are texts.
/// Fails with `invalid` and names the line.
Result<std::string> YamlToJson(std::string_view yaml);

}  // namespace rowcall::api
