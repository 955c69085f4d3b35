#pragma once

#include "net/headers.h"
#include "sandbox/answer.h"
#include "sandbox/reply.h"
#include "sandbox/state.h"

namespace rowcall::sandbox {

/// What every request passes before it is looked at: token, rate window, version, Accept; in this order. Adds the
/// X-RateLimit headers (unless the token was wrong) and the Intercom-Version header to `headers`.
OrRefusal<void> Admit(const Request& request, State& state, net::Headers& headers);

/// The request speaks a version before 2.16, in which owner_id is a number.
bool ShowsNumericOwner(const Request& request);

}  // namespace rowcall::sandbox
