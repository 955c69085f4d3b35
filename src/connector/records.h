#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "connector/connector.h"

namespace rowcall::connector {

/// The record's id in a good answer, read as it streams by: the hot path of a load. "" if the call gives no id, or the
/// answer is a list. nullopt if the answer has not the shape that the call promises.
std::optional<std::string> IdIn(const CallTemplate& call, std::string_view body);

}  // namespace rowcall::connector
