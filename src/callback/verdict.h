#pragma once

#include <string>

#include "base/clock.h"
#include "ledger/ledger.h"
#include "net/http_client.h"

namespace rowcall::callback {

/// What to record of one attempt.
struct Verdict {
  ledger::CallbackResult result = ledger::CallbackResult::retry;
  WallTime next_attempt_at{};  ///< Only for `retry`.
  std::string note;            ///< For the operator: "answered 503". At most 256 characters, nothing of the body.
};

/// 2xx accepts; 410 refuses for good; everything else, redirects too, is tried again by the schedule (not before a
/// `Retry-After` in seconds, of at most a day) until attempts run out. `attempt` is the number of the one just made.
/// `luck` in [0, 1) spreads the pause. Pure.
Verdict Judge(const net::Exchange& exchange, int attempt, WallTime now, double luck);

/// The same for an attempt that could not be made.
Verdict TryLater(std::string note, int attempt, WallTime now, double luck);
Verdict GiveUp(std::string note);

}  // namespace rowcall::callback
