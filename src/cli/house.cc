#include "cli/house.h"

#include <filesystem>
#include <future>

#include "base/json_writer.h"
#include "base/log.h"
#include "cli/listen_address.h"
#include "cli/private_file.h"
#include "files/folder.h"
#include "files/local_file_store.h"
#include "ledger/sqlite_ledger.h"

namespace rowcall::cli {

namespace {

constexpr std::size_t kBlockingThreads = 4;
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
  if (made) Log(LogLevel::info, "First start: credentials written to " + path);
  return {};
}

/// A key is made only where nothing was sealed yet: a new one in place of a lost one would open nothing.
Result<std::unique_ptr<ledger::Keyring>> OpenKeyring(const std::string& folder) {
  const std::string path = folder + "/keys";
  if (!std::filesystem::exists(path) && std::filesystem::exists(folder + "/catalogue.db")) {
    return Fail(ErrorKind::corrupt, path + " is missing, and " + folder + "/catalogue.db holds secrets sealed with it.",
                "Restore the file from the backup that the folder came from.");
  }
  return ledger::Keyring::OpenOrCreate(path);
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

}  // namespace

Result<Stores> Stores::Open(const std::string& folder, const Clock& clock, async::BlockingPool& pool) {
  RETURN_IF_ERROR(files::Folder::Open(folder));
  ASSIGN_OR_RETURN(ledger::DataLock lock, ledger::DataLock::Take(folder));
  ASSIGN_OR_RETURN(auto keyring, OpenKeyring(folder));
  ASSIGN_OR_RETURN(auto catalogue, ledger::OpenSqliteCatalogue(folder + "/catalogue.db", clock, *keyring));
  ASSIGN_OR_RETURN(auto opened_ledger, ledger::OpenSqliteLedger(folder + "/ledger.db", clock));
  ASSIGN_OR_RETURN(auto files, files::OpenLocalFileStore(folder + "/files", pool));
  RETURN_IF_ERROR(KeepFirstCredentials(*catalogue, folder));
  return Stores{std::move(lock), std::move(keyring), std::move(catalogue), std::move(opened_ledger), std::move(files)};
}

struct House::Opened {
  std::unique_ptr<SystemClock> clock;
  std::unique_ptr<async::BlockingPool> pool;
  Stores stores;
  api::ConnectorSet connectors;
  net::EgressGuard guard;
  net::ServerOptions listen;
};

Result<std::unique_ptr<House>> House::Build(const ServeSettings& settings, const std::string& connector_folder) {
  ASSIGN_OR_RETURN(net::ServerOptions listen, net::ParseListen(settings.listen));
  ASSIGN_OR_RETURN(net::EgressGuard guard, net::EgressGuard::Create(settings.allow_egress));
  ASSIGN_OR_RETURN(api::ConnectorSet connectors, api::ConnectorSet::LoadFolder(connector_folder));
  auto clock = std::make_unique<SystemClock>();
  auto pool = std::make_unique<async::BlockingPool>(kBlockingThreads);
  ASSIGN_OR_RETURN(Stores stores, Stores::Open(settings.data, *clock, *pool));
  for (const std::string& network : settings.allow_egress) {
    Log(LogLevel::info,
        "Addresses in " + network + " may be called, by plain http and at any port too (allow-egress).");
  }
  std::unique_ptr<House> house(new House({std::move(clock), std::move(pool), std::move(stores), std::move(connectors),
                                          std::move(guard), std::move(listen)}));
  RETURN_IF_ERROR(house->server_.Start());
  house->guard_.RefuseOwn(house->server_.listening());
  return house;
}

House::House(Opened opened)
    : clock_(std::move(opened.clock)),
      pool_(std::move(opened.pool)),
      stores_(std::move(opened.stores)),
      connectors_(std::move(opened.connectors)),
      guard_(std::move(opened.guard)),
      listen_(std::move(opened.listen)),
      work_timers_(work_loop_, *clock_),
      work_resolver_(work_loop_, work_timers_),
      work_http_(work_loop_, work_timers_, work_resolver_, guard_, {}),
      deliverer_(work_loop_, work_timers_, work_http_, *stores_.ledger, *stores_.catalogue),
      engine_(PartsOfEngine()),
      api_timers_(api_loop_, *clock_),
      api_resolver_(api_loop_, api_timers_),
      api_http_(api_loop_, api_timers_, api_resolver_, guard_, {}),
      api_(PartsOfApi()),
      server_(api_loop_, api_timers_, listen_, [this](net::ServerRequest& request) { return api_.Handle(request); }) {}

job::EngineParts House::PartsOfEngine() {
  return {
      .loop = work_loop_,
      .timers = work_timers_,
      .pool = *pool_,
      .http = work_http_,
      .ledger = *stores_.ledger,
      .catalogue = *stores_.catalogue,
      .files = *stores_.files,
      .callback_is_due = [this] { deliverer_.Wake(); },
  };
}

api::ApiParts House::PartsOfApi() {
  return {
      .timers = api_timers_,
      .http = api_http_,
      .resolver = api_resolver_,
      .pool = *pool_,
      .clock = *clock_,
      .guard = guard_,
      .ledger = *stores_.ledger,
      .catalogue = *stores_.catalogue,
      .files = *stores_.files,
      .connectors = connectors_,
      .job_was_created = [this](TenantId tenant, JobId job) { engine_.Submit(tenant, job); },
      .cancel_was_requested = [this](JobId job) { engine_.CancelWasRequested(job); },
      .instance_was_changed = [this](InstanceId instance) { engine_.InstanceChanged(instance); },
  };
}

std::string House::address() const { return AddressOf(listen_.host, server_.port()); }

Result<void> House::Run() {
  work_loop_.StartThread("work");
  RETURN_IF_ERROR(RunAndWait<Result<void>>(work_loop_, [this] { return engine_.Start(); }));
  work_loop_.Post([this] { deliverer_.Start(); });
  api_loop_.StartThread("api");
  return {};
}

void House::Close() {
  RunAndWait<bool>(api_loop_, [this] { return DrainServer(server_); });
  RunAndWait<bool>(work_loop_, [this] { return DrainEngine(engine_); });
  RunAndWait<bool>(work_loop_, [this] { return StopDeliverer(deliverer_); });
}

}  // namespace rowcall::cli
