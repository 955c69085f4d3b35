#pragma once

#include <string>

#include "base/clock.h"

namespace rowcall::model {

/// A mapping that an instance keeps under a name, for uploads of one object.
struct SavedMapping {
  std::string name;
  std::string object;        ///< The object's own name, as in ObjectSchema.
  std::string mapping_json;  ///< A JSON object, as in an upload's `metaData.mapping`.
  WallTime created_at{};
  WallTime changed_at{};  ///< When it was last saved.
};

}  // namespace rowcall::model
