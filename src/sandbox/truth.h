#pragma once

#include <string_view>

#include "sandbox/reply.h"
#include "sandbox/state.h"
#include "sandbox/target.h"

namespace rowcall::sandbox {

/// The first segment of every path here. It needs no token, costs no rate and is struck by no fault.
inline constexpr std::string_view kTruthSegment = "_sandbox";

/// What tests and people ask about the workspace itself, past Intercom's API:
///   GET  /_sandbox/contacts   every contact there ever was: Intercom's fields, `companies.data` with whole companies,
///                             and `archived`, `deleted`, `merged_into`
///   GET  /_sandbox/companies  every company there ever was, with `deleted`
///   GET  /_sandbox/requests   counts, and when the rate window ends
///   GET  /_sandbox/log?after=N   requests that could change something, in the order in which they took effect
///   GET  /_sandbox/faults     the fault script with its counts; POST replaces it
///   POST /_sandbox/contacts   an array of contacts to add without asking whether their keys are free; each may be
///                             `archived` or `deleted`: a workspace with a past
///   POST /_sandbox/callback   keeps the headers and the body of any notice; GET /_sandbox/callbacks shows them
///   POST /_sandbox/token      {"token":"…"}: from now on this one is accepted and no other, as when one is revoked
///   POST /_sandbox/reset      back to the start
bool IsAboutTruth(std::string_view target);

Reply AnswerTruth(State& state, const Request& request, const Target& target);

}  // namespace rowcall::sandbox
