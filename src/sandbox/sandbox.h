#pragma once

#include <cstdint>
#include <memory>

#include "async/loop.h"
#include "async/timers.h"
#include "base/clock.h"
#include "base/result.h"
#include "sandbox/options.h"

namespace rowcall::sandbox {

/// A stand-in for Intercom's API 2.16, for trial and tests: stateful, on a socket, and honest about itself under
/// /_sandbox (truth.h). Accepts the token "sandbox-token" until it is told another. What it imitates, what it assumes
/// where Intercom's own description is silent, and what it leaves out: README.md beside this file. All lives in memory,
/// on one loop.
class Sandbox {
 public:
  /// `loop`, `timers` and `clock` must outlive the sandbox; `clock` must be the clock of `timers`. Destroy it on the
  /// loop or after the loop has stopped.
  Sandbox(async::Loop& loop, async::Timers& timers, const Clock& clock, SandboxOptions options);
  ~Sandbox();
  Sandbox(const Sandbox&) = delete;
  Sandbox& operator=(const Sandbox&) = delete;

  /// Reads the fault script and begins to listen. Fails with `invalid` on a bad script, `not_found` if there is none,
  /// `unavailable` if the address is taken.
  Result<void> Start();
  /// After Start().
  std::uint16_t port() const;

 private:
  struct Parts;
  std::shared_ptr<Parts> parts_;  // owners: this sandbox and each request that is still worked on
  std::unique_ptr<net::HttpServer> server_;
};

}  // namespace rowcall::sandbox
