#pragma once

#include <string>
#include <string_view>

#include "sandbox/answer.h"
#include "sandbox/state.h"

namespace rowcall::sandbox {

/// Adds the contacts of a JSON array as if they had come about long ago, in ways that the API has no more: keys may be
/// taken, and each may be `archived` or `deleted`. All or, on a refusal, none. Gives back a JSON array of their ids.
OrRefusal<std::string> AddPastContacts(State& state, std::string_view body);

}  // namespace rowcall::sandbox
