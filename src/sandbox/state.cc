#include "sandbox/state.h"

#include <utility>

namespace rowcall::sandbox {

State::State(const Clock& clock_given, const SandboxOptions& options_given, std::vector<FaultRule> script)
    : clock(clock_given),
      options(options_given),
      rules{options_given.search_lag, options_given.company_find_list, options_given.email_unique},
      first_script(std::move(script)),
      random(options.seed),
      rate(options.rate_limit),
      faults(options.seed) {
  Reset();
}

void State::Reset() {
  token = kFirstToken;
  workspace = std::make_unique<Workspace>(options.seed, NowSeconds());
  random = Random(options.seed);
  rate = RateWindow(options.rate_limit);
  faults = Faults(options.seed);
  faults.SetRules(first_script);
  counts = {};
  log = {};
  callbacks = {};
}

std::int64_t State::NowSeconds() const {
  return std::chrono::floor<std::chrono::seconds>(clock.Now()).time_since_epoch().count();
}

}  // namespace rowcall::sandbox
