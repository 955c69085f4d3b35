#pragma once

#include <string_view>

#include "api/call.h"
#include "model/saved_mapping.h"

namespace rowcall::api {

/// The mapping that the caller's instance keeps under `name`, which outlives the task. Fails with `not_found` and names
/// the closest ones of that instance, in the same words whether the name is nobody's or another instance's.
async::Task<Result<model::SavedMapping>> FindMapping(const Call& call, std::string_view name);

}  // namespace rowcall::api
