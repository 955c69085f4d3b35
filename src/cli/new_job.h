#pragma once

#include "base/ids.h"
#include "base/result.h"
#include "cli/client.h"
#include "cli/exit_code.h"
#include "cli/surroundings.h"
#include "cli/upload_body.h"

namespace rowcall::cli {

/// Asks the server for a job, once: whether a second time is safe is for the user to see. `body`: the file that is sent;
/// null = none.
Result<JobId> SendForJob(Client& client, Call call, UploadBody* body);

struct NewJobOptions {
  bool no_wait = false;  ///< Say its id and end.
  bool json = false;
};

/// Follows a job that was just made, or only says which it is.
Result<ExitCode> GoOnWith(Client& client, JobId job, const NewJobOptions& options, Surroundings& surroundings);

}  // namespace rowcall::cli
