#pragma once

#include <functional>
#include <string>
#include <vector>

#include "api/connector_set.h"
#include "api/known_callers.h"
#include "api/metrics.h"
#include "api/submission.h"
#include "async/blocking_pool.h"
#include "async/timers.h"
#include "files/file_store.h"
#include "ledger/catalogue.h"
#include "ledger/ledger.h"
#include "net/egress_guard.h"
#include "net/http_client.h"
#include "net/http_server.h"
#include "net/resolver.h"

namespace rowcall::api {

/// What the interface works with. All references outlive it.
struct ApiParts {
  async::Timers& timers;     ///< Of the loop of the HTTP server that calls Handle().
  net::HttpClient& http;     ///< Of that loop; for connection tests and discovery.
  net::Resolver& resolver;   ///< Of that loop.
  async::BlockingPool& pool;
  const Clock& clock;
  const net::EgressGuard& guard;
  ledger::Ledger& ledger;
  ledger::Catalogue& catalogue;
  files::FileStore& files;
  std::string scratch_folder;  ///< Where files without a name can be made, on the disk of the store.
  const ConnectorSet& connectors;
  Metrics& metrics;
  std::function<async::Task<dispatch::RateUse>()> use_of_rate;
  std::function<std::size_t()> open_connections;  ///< Of the HTTP server. Called on the loop.

  // What the engine must hear of. Called on the loop, after the change is durable; never empty.
  std::function<void(TenantId, JobId)> job_was_created;
  std::function<void(JobId)> cancel_was_requested;
  std::function<void(JobId)> pause_was_changed;
  std::function<void(InstanceId)> instance_was_changed;
  std::function<void()> purge_was_requested;  ///< Not the engine, but who purges.
};

/// Who may call a route.
enum class Auth {
  nobody,    ///< No sign-in.
  platform,  ///< Authorization: User …, Organization …
  element,   ///< Authorization: Element …, User …[, Organization …]
};

struct RouteInfo {
  std::string method;   ///< "GET"; a GET route answers HEAD too.
  std::string pattern;  ///< Below the base path: "/bulk/{id}/status".
  Auth auth = Auth::nobody;
  bool operator==(const RouteInfo&) const = default;
};

/// The base path of every route. A route is also found below kBasePath + "/hubs/{hub}".
inline constexpr std::string_view kBasePath = "/elements/api-v2";

/// Answers every request to the server. Used on that server's loop; requests are answered at the same time.
class Api {
 public:
  explicit Api(ApiParts parts);
  ~Api();
  Api(const Api&) = delete;
  Api& operator=(const Api&) = delete;

  /// The api and `request` outlive the task.
  async::Task<net::ServerAnswer> Handle(net::ServerRequest& request);

  /// All that is served, for comparing with what is documented.
  static std::vector<RouteInfo> Routes();

 private:
  ApiParts parts_;
  SubmissionsUnderWay submissions_;
  KnownCallers known_callers_;
};

}  // namespace rowcall::api
