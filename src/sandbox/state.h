#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "sandbox/call.h"
#include "sandbox/callbacks.h"
#include "sandbox/faults.h"
#include "sandbox/options.h"
#include "sandbox/random.h"
#include "sandbox/rate_window.h"
#include "sandbox/request_log.h"
#include "sandbox/workspace.h"

namespace rowcall::sandbox {

inline constexpr std::string_view kFirstToken = "sandbox-token";

/// All that a sandbox remembers, shared by the API and by the truth about it. Used on one thread.
struct State {
  /// `clock` must outlive the state.
  State(const Clock& clock_given, const SandboxOptions& options_given, std::vector<FaultRule> script);

  /// Back to the start: the first token, an empty workspace, zero counts, the fault script it began with.
  void Reset();
  std::int64_t NowSeconds() const;

  const Clock& clock;
  const SandboxOptions options;
  const WorkspaceRules rules;
  const std::vector<FaultRule> first_script;
  std::string token;  ///< The only one that is accepted.
  std::unique_ptr<Workspace> workspace;
  Random random;
  RateWindow rate;
  Faults faults;
  RequestCounts counts;
  RequestLog log;
  Callbacks callbacks;
};

}  // namespace rowcall::sandbox
