#pragma once

#include "base/ids.h"
#include "base/result.h"
#include "cli/client.h"
#include "cli/exit_code.h"
#include "cli/surroundings.h"

namespace rowcall::cli {

struct FollowOptions {
  bool json = false;  ///< Every change as one line of JSON, instead of words.
};

/// Watches a job until it is final, says what became of its rows and what to do next. On a terminal one line shows how
/// far it is; Ctrl-C leaves the job running. A server that does
/// not answer is asked again for a minute: it may be starting.
Result<ExitCode> Follow(Client& client, JobId job, const FollowOptions& options, Surroundings& surroundings);

}  // namespace rowcall::cli
