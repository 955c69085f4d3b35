#include "cli/house.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <future>

#include "api/request_log.h"
#include "base/json_writer.h"
#include "base/log.h"
#include "cli/descriptor_limit.h"
#include "cli/listen_address.h"
#include "cli/private_file.h"
#include "cli/size_text.h"
#include "files/folder.h"
#include "files/local_file_store.h"
#include "ledger/sqlite_ledger.h"

namespace rowcall::cli {

namespace {

constexpr std::size_t kBlockingThreads = 4;
constexpr std::size_t kOwnDescriptors = 256;  // for files, databases, services and callbacks
constexpr Duration kDrainPatience = std::chrono::seconds(10);

Result<void> WriteCredentials(const std::string& path, const ledger::FirstCredentials& credentials) {
  std::string text;
  JsonWriter json(text);
  json.BeginObject();
  json.Key("user").String(credentials.user.Reveal());
  json.Key("organization").String(credentials.organization.Reveal());
  json.EndObject();
  return WritePrivateFile(path, text + "\n");
}

/// The secrets of the first user are known only now: they are written once, to a file of its owner alone.
Result<void> KeepFirstCredentials(ledger::Catalogue& catalogue, const std::string& folder) {
  const std::string path = folder + "/admin.json";
  const auto keep = [&](const ledger::FirstCredentials& credentials) { return WriteCredentials(path, credentials); };
  ASSIGN_OR_RETURN(const bool made, catalogue.FirstStart(keep));
  if (made) Log(LogLevel::info, "credentials_written", {{"file", path}});
  return {};
}

/// A key is made only where nothing was sealed yet: a new one in place of a lost one would open nothing.
Result<std::unique_ptr<ledger::Keyring>> OpenKeyring(const std::string& folder) {
  const std::string path = KeyFileIn(folder);
  const std::string catalogue = CatalogueFileIn(folder);
  if (!std::filesystem::exists(path) && std::filesystem::exists(catalogue)) {
    return Fail(ErrorKind::corrupt, path + " is missing, and " + catalogue + " holds secrets sealed with it.",
                "Restore the file from the backup that the folder came from.");
  }
  return ledger::Keyring::OpenOrCreate(path);
}

/// Null if the server is to speak plain HTTP.
Result<std::unique_ptr<const net::TlsContext>> LoadTls(const ServeSettings& settings) {
  if (settings.tls_certificate.empty()) return nullptr;
  RETURN_IF_ERROR(CheckPrivateFile(settings.tls_key));
  ASSIGN_OR_RETURN(net::TlsContext tls, net::TlsContext::ForServer(settings.tls_certificate, settings.tls_key));
  return std::make_unique<const net::TlsContext>(std::move(tls));
}

Result<net::ServerOptions> ListenOptions(const ServeSettings& settings, const net::TlsContext* tls) {
  ASSIGN_OR_RETURN(net::ServerOptions options, net::ParseListen(settings.listen));
  ASSIGN_OR_RETURN(options.max_body_bytes, ParseSize(settings.max_upload_size));
  options.tls = tls;
  const std::size_t descriptors = RaiseDescriptorLimit();
  options.max_connections = std::min(options.max_connections,
                                     std::max(descriptors / 2, descriptors - std::min(descriptors, kOwnDescriptors)));
  return options;
}

async::Task<bool> DrainServer(net::HttpServer& server) {
  co_await server.Drain(kDrainPatience);
  co_return true;
}

async::Task<bool> DrainEngine(job::JobEngine& engine) {
  co_await engine.Drain(kDrainPatience);
  co_return true;
}

async::Task<bool> StopDeliverer(callback::Deliverer& deliverer) {
  co_await deliverer.Stop();
  co_return true;
}

async::Task<bool> StopPurger(retention::Purger& purger) {
  co_await purger.Stop();
  co_return true;
}

template <typename T>
async::Task<void> Fulfil(std::promise<T> promise, std::move_only_function<async::Task<T>()> make) {
  promise.set_value(co_await make());
}

/// Runs what `make` returns on `loop`, and waits for it on this thread.
template <typename T>
T RunAndWait(async::Loop& loop, std::move_only_function<async::Task<T>()> make) {
  std::promise<T> promise;
  std::future<T> future = promise.get_future();
  loop.Spawn(Fulfil<T>(std::move(promise), std::move(make)));
  return future.get();
}

/// The real ones; in a build with tests, ROWCALL_LEASE_MS may say how long a lease lasts, and the rest in proportion.
job::LeaseTimes TimesOfLeases() {
  job::LeaseTimes times;
#ifdef ROWCALL_FAILPOINTS
  if (const char* text = std::getenv("ROWCALL_LEASE_MS")) {
    const Duration lasts = std::chrono::milliseconds(std::atoi(text));
    times = {lasts, lasts / 5, lasts / 10, lasts + lasts / 4};
  }
#endif
  return times;
}

}  // namespace

std::string KeyFileIn(const std::string& folder) { return folder + "/keys"; }
std::string CatalogueFileIn(const std::string& folder) { return folder + "/catalogue.db"; }

Result<Stores> Stores::Open(const std::string& folder, const Clock& clock, async::BlockingPool& pool,
                            api::Metrics& metrics) {
  RETURN_IF_ERROR(files::Folder::Open(folder));
  ASSIGN_OR_RETURN(ledger::DataLock lock, ledger::DataLock::Take(folder));
  ASSIGN_OR_RETURN(auto keyring, OpenKeyring(folder));
  ASSIGN_OR_RETURN(auto catalogue, ledger::OpenSqliteCatalogue(CatalogueFileIn(folder), clock, *keyring));
  ledger::SqliteLedgerOptions options;
  options.committed = [&metrics](const ledger::Committed& committed) { metrics.Committed(committed); };
  ASSIGN_OR_RETURN(auto opened_ledger, ledger::OpenSqliteLedger(folder + "/ledger.db", clock, std::move(options)));
  ASSIGN_OR_RETURN(auto files, files::OpenLocalFileStore(folder + "/files", pool));
  RETURN_IF_ERROR(KeepFirstCredentials(*catalogue, folder));
  return Stores{folder,          std::move(lock), std::move(keyring), std::move(catalogue), std::move(opened_ledger),
                std::move(files)};
}

struct House::Opened {
  std::unique_ptr<SystemClock> clock;
  std::unique_ptr<api::Metrics> metrics;
  std::unique_ptr<async::BlockingPool> pool;
  Stores stores;
  api::ConnectorSet connectors;
  net::EgressGuard guard;
  std::unique_ptr<const net::TlsContext> tls;
  net::ServerOptions listen;
  retention::Keep keep;
};

Result<std::unique_ptr<House>> House::Build(const ServeSettings& settings, const std::string& connector_folder) {
  ASSIGN_OR_RETURN(auto tls, LoadTls(settings));
  ASSIGN_OR_RETURN(net::ServerOptions listen, ListenOptions(settings, tls.get()));
  ASSIGN_OR_RETURN(net::EgressGuard guard, net::EgressGuard::Create(settings.allow_egress));
  ASSIGN_OR_RETURN(api::ConnectorSet connectors, api::ConnectorSet::LoadFolder(connector_folder));
  ASSIGN_OR_RETURN(const retention::Keep keep, KeepOf(settings));
  auto clock = std::make_unique<SystemClock>();
  auto metrics = std::make_unique<api::Metrics>(*clock, ROWCALL_VERSION);
  auto pool = std::make_unique<async::BlockingPool>(kBlockingThreads);
  for (const std::string& network : settings.allow_egress) {
    Log(LogLevel::info, "egress_allowed", {{"network", network}});
  }
  ASSIGN_OR_RETURN(Stores stores, Stores::Open(settings.data, *clock, *pool, *metrics));
  std::unique_ptr<House> house(
      new House({std::move(clock), std::move(metrics), std::move(pool), std::move(stores), std::move(connectors),
                 std::move(guard), std::move(tls), std::move(listen), keep}));
  RETURN_IF_ERROR(house->server_.Start());
  house->guard_.RefuseOwn(house->server_.listening());
  return house;
}

House::House(Opened opened)
    : clock_(std::move(opened.clock)),
      metrics_(std::move(opened.metrics)),
      pool_(std::move(opened.pool)),
      stores_(std::move(opened.stores)),
      connectors_(std::move(opened.connectors)),
      guard_(std::move(opened.guard)),
      tls_(std::move(opened.tls)),
      listen_(std::move(opened.listen)),
      work_timers_(work_loop_, *clock_),
      work_resolver_(work_loop_, work_timers_),
      work_http_(work_loop_, work_timers_, work_resolver_, guard_, {}),
      work_calls_(work_http_, *metrics_),
      deliverer_(work_loop_, work_timers_, work_http_, *stores_.ledger, *stores_.catalogue),
      purger_(work_loop_, work_timers_, *stores_.ledger, *stores_.files, opened.keep),
      engine_(PartsOfEngine()),
      api_timers_(api_loop_, *clock_),
      api_resolver_(api_loop_, api_timers_),
      api_http_(api_loop_, api_timers_, api_resolver_, guard_, {}),
      api_calls_(api_http_, *metrics_),
      api_(PartsOfApi()),
      server_(
          api_loop_, api_timers_, listen_, [this](net::ServerRequest& request) { return api_.Handle(request); },
          [this](const net::RequestRecord& record) {
            api::LogRequest(record);
            metrics_->RequestEnded(record);
          }) {}

job::EngineParts House::PartsOfEngine() {
  return {
      .loop = work_loop_,
      .timers = work_timers_,
      .pool = *pool_,
      .http = work_calls_,
      .ledger = *stores_.ledger,
      .catalogue = *stores_.catalogue,
      .files = *stores_.files,
      .callback_is_due = [this] { deliverer_.Wake(); },
      .lease = TimesOfLeases(),
  };
}

api::ApiParts House::PartsOfApi() {
  return {
      .timers = api_timers_,
      .http = api_calls_,
      .resolver = api_resolver_,
      .pool = *pool_,
      .clock = *clock_,
      .guard = guard_,
      .ledger = *stores_.ledger,
      .catalogue = *stores_.catalogue,
      .files = *stores_.files,
      .scratch_folder = stores_.folder,
      .connectors = connectors_,
      .metrics = *metrics_,
      .use_of_rate = [this] { return engine_.UseOfRate(); },
      .open_connections = [this] { return server_.connections(); },
      .job_was_created = [this](TenantId tenant, JobId job) { engine_.Submit(tenant, job); },
      .cancel_was_requested = [this](JobId job) { engine_.CancelWasRequested(job); },
      .pause_was_changed = [this](JobId job) { engine_.PauseWasChanged(job); },
      .instance_was_changed = [this](InstanceId instance) { engine_.InstanceChanged(instance); },
      .purge_was_requested = [this] { work_loop_.Post([this] { purger_.Wake(); }); },
  };
}

std::string House::address() const { return AddressOf(tls_ ? "https" : "http", listen_.host, server_.port()); }

Result<void> House::Run() {
  work_loop_.StartThread("work");
  RETURN_IF_ERROR(RunAndWait<Result<void>>(work_loop_, [this] { return engine_.Start(); }));
  work_loop_.Post([this] {
    deliverer_.Start();
    purger_.Start();
  });
  api_loop_.StartThread("api", async::Turns::brief);
  return {};
}

void House::Close() {
  RunAndWait<bool>(api_loop_, [this] { return DrainServer(server_); });
  RunAndWait<bool>(work_loop_, [this] { return DrainEngine(engine_); });
  RunAndWait<bool>(work_loop_, [this] { return StopDeliverer(deliverer_); });
  RunAndWait<bool>(work_loop_, [this] { return StopPurger(purger_); });
}

}  // namespace rowcall::cli
