#pragma once

#include "connector/specification.h"

namespace rowcall::connector {

/// What no single key can show: names that must exist elsewhere, placeholders that must have a value. `root` is the
/// file that the struct was read from, for the lines.
void CheckConnector(const Connector& connector, const YamlNode& root, Report& report);
void CheckObject(const Connector& connector, const ObjectSpec& object, const YamlNode& root, Report& report);

}  // namespace rowcall::connector
