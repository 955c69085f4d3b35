#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "async/blocking_pool.h"
#include "async/loop.h"
#include "async/timers.h"
#include "base/result.h"
#include "net/endpoint.h"

namespace rowcall::net {

/// The addresses of a host name, as the system knows them; blocks for as long as its name servers keep silent. Fails
/// with `unavailable` if there is none.
Result<std::vector<IpBytes>> LookUpInSystem(const std::string& host);

struct ResolverOptions {
  std::size_t threads = 8;                  ///< So many names are looked up at the same time.
  Duration keep = std::chrono::seconds(5);  ///< How long an answer serves whoever asks next.
  std::size_t max_kept = 256;               ///< Beyond, answers are not kept.
  /// Called on the threads. Tests give their own.
  std::function<Result<std::vector<IpBytes>>(const std::string& host)> look_up = LookUpInSystem;
};

/// Names to addresses, on threads of its own: a name server that keeps silent holds up nothing but names. Used on one
/// loop's thread.
class Resolver {
 public:
  /// `loop` and `timers` must outlive it.
  Resolver(async::Loop& loop, async::Timers& timers, ResolverOptions options = {});
  ~Resolver();  ///< Whoever still waits gets `unavailable`. Waits for look-ups that run; those not begun are dropped.
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  /// The addresses of a host name, best first. A plain IP address is itself and needs no thread; odd spellings
  /// ("127.1", "0x7f000001") are whatever the system says. All who ask for the same name share one look-up; one that
  /// nobody awaits any more is not begun. A good answer is kept a short while, a failure never.
  ///
  /// Fails as the look-up does, and with `timeout` once `deadline` has passed; a look-up that runs then goes on.
  async::Task<Result<std::vector<IpBytes>>> Resolve(std::string host, MonoTime deadline);

 private:
  struct LookUp;
  struct State;
  std::shared_ptr<LookUp> Join(const std::string& host);

  async::Loop& loop_;
  async::Timers& timers_;
  std::shared_ptr<State> state_;  // owners: this resolver, an answer as it is handed in
  async::BlockingPool pool_;
};

}  // namespace rowcall::net
