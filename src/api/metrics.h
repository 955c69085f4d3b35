#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "dispatch/rate_budget.h"
#include "ledger/ledger.h"
#include "ledger/sqlite_ledger.h"
#include "net/http_client.h"
#include "net/http_server.h"

namespace rowcall::api {

/// What GET /metrics answers. Counters begin at 0 with the process; what is open now is asked of the ledger at each
/// scrape, and so is right after a restart. The names stand in metrics.cc, in one list. No label names a tenant, an
/// instance, a job or a person, and none has a value that a caller can choose.
///
/// All but Text() may be called on any thread, and wait for nobody but each other.
class Metrics {
 public:
  Metrics(const Clock& clock, std::string_view version);
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  void RequestEnded(const net::RequestRecord& record);
  /// A call to the connected service, also one of a connection test.
  void CallEnded(const net::Exchange& exchange);
  void FileStored(std::int64_t bytes);
  void Committed(const ledger::Committed& committed);

  /// All of it in Prometheus' text format 0.0.4. One thread at a time.
  std::string Text(const ledger::OpenWork& open, const dispatch::RateUse& rate, std::size_t connections);
  static constexpr char kContentType[] = "text/plain; version=0.0.4; charset=utf-8";

 private:
  struct Families;
  std::unique_ptr<Families> families_;
};

/// Passes calls to the connected service on, and counts what came of them.
class CountedHttpClient final : public net::HttpClient {
 public:
  /// Both outlive it.
  CountedHttpClient(net::HttpClient& client, Metrics& metrics) : client_(client), metrics_(metrics) {}
  async::Task<net::Exchange> Send(const net::HttpRequest& request) override {
    net::Exchange exchange = co_await client_.Send(request);
    metrics_.CallEnded(exchange);
    co_return exchange;
  }

 private:
  net::HttpClient& client_;
  Metrics& metrics_;
};

}  // namespace rowcall::api
