#pragma once

#include <string>
#include <string_view>

#include "base/json_writer.h"
#include "model/saved_mapping.h"
#include "wire/problem.h"

namespace rowcall::wire {

/// The body of `PUT /mappings/{name}`.
struct MappingOrder {
  std::string object;        ///< `object`, by any of its names.
  std::string mapping_json;  ///< `mapping`, as in an upload's metaData: an object.
};

/// Strict: a fault for each of the two that is missing, and for an unknown member.
Checked<MappingOrder> ParseMappingOrder(std::string_view json);

/// {"name","object","createdDate","updatedDate","mapping"}; without `mapping` if its JSON is empty, as in a list.
void WriteSavedMapping(JsonWriter& json, const model::SavedMapping& mapping);

}  // namespace rowcall::wire
