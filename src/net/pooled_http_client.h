#pragma once

#include <memory>

#include "async/loop.h"
#include "async/timers.h"
#include "net/egress_guard.h"
#include "net/http_client.h"
#include "net/resolver.h"

namespace rowcall::net {

struct HttpClientOptions {
  std::size_t max_idle_per_origin = 256;
  Duration idle_timeout = std::chrono::seconds(20);
  /// A file of CA certificates to trust instead of the system's; "" = the system's. For tests and private CAs.
  std::string ca_file;
};

/// The real client: HTTP/1.1, TLS 1.2+ with verification of chain and host name (never switched off), names resolved by
/// `resolver`, every connect asked of `guard`. Environment proxies are ignored.
///
/// Connections are kept alive per origin, apart for requests that are `only_allowed_by_hand`. A kept connection goes on
/// to the address that was judged when it was opened, whatever the name means by now.
class PooledHttpClient final : public HttpClient {
 public:
  /// All references must outlive the client; it is used on `loop`'s thread.
  PooledHttpClient(async::Loop& loop, async::Timers& timers, Resolver& resolver, const EgressGuard& guard,
                   HttpClientOptions options);
  ~PooledHttpClient() override;
  async::Task<Exchange> Send(const HttpRequest& request) override;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace rowcall::net
