#pragma once

#include <boost/json/fwd.hpp>

#include <optional>
#include <vector>

#include "base/json_writer.h"
#include "sandbox/answer.h"
#include "sandbox/workspace.h"

namespace rowcall::sandbox {

struct CustomChange {
  const Attribute* attribute;
  std::optional<Scalar> value;  ///< None: clear it.
};

/// The changes in a body's `custom_attributes`. An attribute must exist for that model: else 400 "Custom attribute 'x'
/// does not exist". Its value must have its type; text may have 255 characters. An archived attribute is left out
/// without an error.
OrRefusal<std::vector<CustomChange>> ReadCustomChanges(const boost::json::object& body, const Workspace& workspace,
                                                       Model model);

void ApplyCustomChanges(std::vector<CustomValue>& values, const std::vector<CustomChange>& changes);

/// {"title":"Boss",…}
void AppendCustomValues(JsonWriter& json, const std::vector<CustomValue>& values);

}  // namespace rowcall::sandbox
