#pragma once

#include <memory>
#include <string>

#include "api/connector_set.h"
#include "api/metrics.h"
#include "api/server.h"
#include "async/blocking_pool.h"
#include "async/loop.h"
#include "async/timers.h"
#include "base/clock.h"
#include "base/result.h"
#include "callback/deliverer.h"
#include "cli/serve_settings.h"
#include "files/file_store.h"
#include "job/job_engine.h"
#include "ledger/catalogue.h"
#include "ledger/data_lock.h"
#include "ledger/keyring.h"
#include "ledger/ledger.h"
#include "net/egress_guard.h"
#include "net/http_server.h"
#include "net/pooled_http_client.h"
#include "net/resolver.h"
#include "net/tls_stream.h"
#include "retention/purger.h"

namespace rowcall::cli {

/// Where a data folder has its sealing key and what is sealed with it.
std::string KeyFileIn(const std::string& folder);
std::string CatalogueFileIn(const std::string& folder);

/// What a server keeps, opened: one process at a time works in a data folder.
struct Stores {
  std::string folder;                          ///< DIR
  ledger::DataLock lock;                       ///< DIR/lock
  std::unique_ptr<ledger::Keyring> keyring;    ///< DIR/keys
  std::unique_ptr<ledger::Catalogue> catalogue;  ///< DIR/catalogue.db
  std::unique_ptr<ledger::Ledger> ledger;      ///< DIR/ledger.db
  std::unique_ptr<files::FileStore> files;     ///< DIR/files

  /// Makes the folder if there is none. At the very first start writes DIR/admin.json. References outlive it.
  static Result<Stores> Open(const std::string& folder, const Clock& clock, async::BlockingPool& pool,
                             api::Metrics& metrics);
};

/// A whole server: every object by its name, wired by hand. Two loops: requests are answered on one, jobs and callbacks
/// run on the other, so that neither waits for the other.
class House {
 public:
  /// Opens what `settings` name and binds the port. Nothing runs yet. Raises the process's limit of open files as far as
  /// the system lets it.
  static Result<std::unique_ptr<House>> Build(const ServeSettings& settings, const std::string& connector_folder);

  /// Starts everything. Fails if the ledger cannot be read.
  Result<void> Run();
  /// Where it listens, with the real port: "http://127.0.0.1:8080", with TLS "https://…".
  std::string address() const;
  /// Ends in order: no new requests, no new rows, no new callbacks, no further purge; what is in flight is
  /// finished for a while. The loops still run when it returns: end the process without unwinding them.
  void Close();

 private:
  struct Opened;
  explicit House(Opened opened);
  job::EngineParts PartsOfEngine();
  api::ApiParts PartsOfApi();

  std::unique_ptr<SystemClock> clock_;
  std::unique_ptr<api::Metrics> metrics_;
  std::unique_ptr<async::BlockingPool> pool_;
  Stores stores_;
  api::ConnectorSet connectors_;
  net::EgressGuard guard_;
  std::unique_ptr<const net::TlsContext> tls_;  // null: plain HTTP
  net::ServerOptions listen_;

  async::Loop work_loop_;
  async::LoopTimers work_timers_;
  net::Resolver work_resolver_;
  net::PooledHttpClient work_http_;
  api::CountedHttpClient work_calls_;
  callback::Deliverer deliverer_;
  retention::Purger purger_;
  job::JobEngine engine_;

  async::Loop api_loop_;
  async::LoopTimers api_timers_;
  net::Resolver api_resolver_;
  net::PooledHttpClient api_http_;
  api::CountedHttpClient api_calls_;
  api::Api api_;
  net::HttpServer server_;
};

}  // namespace rowcall::cli
