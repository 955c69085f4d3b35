#pragma once

#include <string_view>

#include "base/result.h"
#include "connector/connector.h"

namespace rowcall::api {

/// The object of that name, or other name, of a connector. Fails with `not_found` and names the closest objects.
Result<const connector::ObjectSpec*> FindObject(const connector::Connector& connector, std::string_view name);
/// The same for an object whose records can be written; fails with `invalid` if they cannot.
Result<const connector::ObjectSpec*> FindObjectToLoad(const connector::Connector& connector, std::string_view name);

}  // namespace rowcall::api
