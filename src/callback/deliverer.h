#pragma once

#include <memory>

#include "async/loop.h"
#include "async/timers.h"
#include "ledger/catalogue.h"
#include "ledger/ledger.h"
#include "net/http_client.h"

namespace rowcall::callback {

/// Delivers notices from the outbox until each is accepted (2xx), refused for good (410) or given up after the Standard
/// Webhooks schedule (10 attempts over 75 hours, ±20 %). At-least-once: a crash between the answer and its record sends
/// the same notice, with the same id, again.
class Deliverer {
 public:
  /// All outlive it; used on `loop`.
  Deliverer(async::Loop& loop, async::Timers& timers, net::HttpClient& http, ledger::Ledger& ledger,
            ledger::Catalogue& catalogue);
  ~Deliverer();
  Deliverer(const Deliverer&) = delete;
  Deliverer& operator=(const Deliverer&) = delete;

  /// Begins; also takes up what an earlier process left. On the loop, once.
  void Start();
  /// Something fell due: look now. On the loop.
  void Wake();
  /// Sends no further notice and waits for the one in flight. On the loop.
  async::Task<void> Stop();

 private:
  struct State;
  std::shared_ptr<State> state_;  // owners: this object and its running task
};

}  // namespace rowcall::callback
