#pragma once

#include <string>

#include "base/clock.h"
#include "base/ids.h"

namespace rowcall::model {

/// A notice that is owed to somebody: written in the transaction that ended the job, kept until it was accepted or
/// given up. Its id and body are the same at every attempt.
struct Callback {
  CallbackId id;
  TenantId tenant;
  InstanceId instance;
  JobId job;
  std::string webhook_id;  ///< "msg_…", the same at every attempt.
  std::string url;
  std::string body;        ///< The exact bytes that are signed and sent.
  int attempts = 0;
  WallTime next_attempt_at{};
};

}  // namespace rowcall::model
