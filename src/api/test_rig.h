#pragma once

// For tests of this folder: the interface on a real server, with real stores and a made-up service.

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>

#include "api/server.h"
#include "api/test_catalogue.h"
#include "connector/test_connector.h"
#include "files/local_file_store.h"
#include "ledger/sqlite_ledger.h"
#include "net/pooled_http_client.h"
#include "net/test_server.h"

namespace rowcall::api {

/// Stands for the service: accepts the token "good-token", and knows one field of the workspace's own making.
class FakeService final : public net::HttpClient {
 public:
  async::Task<net::Exchange> Send(const net::HttpRequest& request) override {
    net::Exchange exchange;
    exchange.delivery = net::Delivery::answered;
    const std::lock_guard lock(mutex_);
    ++calls_;
    if (down_) {
      exchange.delivery = net::Delivery::not_sent;
      exchange.error = {ErrorKind::unavailable, "connection refused", ""};
    } else if (request.headers.Find("Authorization") != "Bearer good-token") {
      exchange.answer = {401, {}, R"({"errors":[{"code":"unauthorized","message":"Access Token Invalid"}]})"};
    } else if (request.url.target.ends_with("/me")) {
      exchange.answer = {200, {}, R"({"id":"1"})"};
    } else {
      exchange.answer = {
          200, {}, R"({"data":[{"name":"shoe","label":"Shoe","kind":"int","writable":true,"custom":true}]})"};
    }
    co_return exchange;
  }

  void GoDown() {
    const std::lock_guard lock(mutex_);
    down_ = true;
  }
  int calls() {
    const std::lock_guard lock(mutex_);
    return calls_;
  }

 private:
  std::mutex mutex_;
  bool down_ = false;
  int calls_ = 0;
};

/// An answer as a test reads it.
struct Answered {
  int status = 0;
  net::Headers headers;
  std::string body;

  boost::json::value json() const { return boost::json::parse(body); }
  std::string text(std::string_view member) const {
    const boost::json::value value = json();
    const boost::json::value* found = value.as_object().if_contains(member);
    return found != nullptr && found->is_string() ? std::string(found->get_string()) : "";
  }
  std::string header(std::string_view name) const { return std::string(headers.Find(name).value_or("")); }
};

/// What a test sends, besides method and path.
struct Sent {
  std::string body;
  std::string type;
  std::vector<std::pair<std::string, std::string>> headers;
};

/// Owns the whole interface for one test.
class Rig {
 public:
  Rig() {
    folder_ = testing::TempDir() + "api-XXXXXX";
    EXPECT_NE(::mkdtemp(folder_.data()), nullptr);
    WriteConnector();
    connectors_ = *ConnectorSet::LoadFolder(folder_ + "/connectors");
    keyring_ = *ledger::Keyring::OpenOrCreate(folder_ + "/keys");
    catalogue_ = std::make_unique<WatchedCatalogue>(*ledger::OpenSqliteCatalogue(":memory:", clock_, *keyring_));
    ledger::SqliteLedgerOptions ledger_options;
    ledger_options.committed = [this](const ledger::Committed& committed) { metrics_.Committed(committed); };
    ledger_ = *ledger::OpenSqliteLedger(folder_ + "/ledger.db", clock_, ledger_options);
    files_ = *files::OpenLocalFileStore(folder_ + "/files", pool_);
    const auto keep = [this](const ledger::FirstCredentials& made) -> Result<void> {
      user_ = made.user.Reveal();
      organization_ = made.organization.Reveal();
      return {};
    };
    EXPECT_TRUE(*catalogue_->FirstStart(keep));
    api_ = std::make_unique<Api>(Parts());
  }
  ~Rig() { std::filesystem::remove_all(folder_); }

  Answered Send(std::string method, const std::string& target, const Sent& sent = {}) {
    return SendBy(client_, loop_, std::move(method), target, sent);
  }
  /// The same, on a thread that is not the test's own.
  Answered SendBeside(std::string method, const std::string& target, const Sent& sent) {
    async::Loop loop;
    async::LoopTimers timers(loop, clock_);
    net::Resolver resolver(loop, timers);
    net::PooledHttpClient client(loop, timers, resolver, guard_, {});
    return SendBy(client, loop, std::move(method), target, sent);
  }

  /// A call with the platform's credentials; `path` is below the base.
  Answered Platform(std::string method, const std::string& path, const std::string& json = "") {
    Sent sent{json, json.empty() ? "" : "application/json", {{"Authorization", platform()}}};
    return Send(std::move(method), std::string(kBasePath) + path, sent);
  }
  /// A call with an Element token.
  Answered Element(std::string method, const std::string& path, const std::string& token, Sent sent = {}) {
    sent.headers.emplace_back("Authorization", "Element " + token + ", User " + user_);
    return Send(std::move(method), std::string(kBasePath) + path, sent);
  }

  /// Connects the made-up service; returns the token.
  std::string Connect(const std::string& more_settings = "") {
    const Answered made = Platform("POST", "/instances", OrderJson(more_settings));
    EXPECT_EQ(made.status, 200) << made.body;
    last_instance = InstanceId{made.json().at("id").as_int64()};
    return made.text("token");
  }
  static std::string OrderJson(const std::string& more_settings = "") {
    return R"({"element":{"key":"demo"},"name":"Mine","configuration":{"token":"good-token")" + more_settings + "}}";
  }

  Answered Upload(const std::string& token, const std::string& target, Sent form) {
    return Element("POST", target, token, std::move(form));
  }

  template <typename T>
  T Run(async::Task<T> task) {
    return async::RunToEnd(loop_, std::move(task));
  }

  std::string platform() const { return "User " + user_ + ", Organization " + organization_; }
  const std::string& user() const { return user_; }
  const std::string& organization() const { return organization_; }
  ledger::Ledger& ledger() { return *ledger_; }
  WatchedCatalogue& catalogue() { return *catalogue_; }
  files::FileStore& files() { return *files_; }
  FakeService& service() { return service_; }
  std::uint16_t port() const { return server_.port(); }
  std::size_t StoredFiles() const {
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder_ + "/files")) count += entry.is_regular_file();
    return count;
  }

  struct Told {
    std::vector<JobId> created, cancelled, pause_changed;
    std::vector<InstanceId> changed;
    int purges = 0;
  };
  Told told() {
    const std::lock_guard lock(mutex_);
    return told_;
  }

  InstanceId last_instance;

 private:
  Answered SendBy(net::HttpClient& client, async::Loop& loop, std::string method, const std::string& target,
                  const Sent& sent) {
    net::HttpRequest request;
    request.method = std::move(method);
    request.url = server_.At(target);
    for (const auto& [name, value] : sent.headers) request.headers.Add(name, value);
    if (!sent.type.empty()) request.headers.Set("Content-Type", sent.type);
    request.body = sent.body;
    net::Exchange exchange = async::RunToEnd(loop, client.Send(request));
    EXPECT_EQ(exchange.delivery, net::Delivery::answered) << exchange.error.message;
    return {exchange.answer.status, exchange.answer.headers, exchange.answer.body};
  }

  void WriteConnector() {
    for (const auto& [path, text] : connector::TestBundle()) {
      const std::filesystem::path file = std::filesystem::path(folder_) / "connectors" / "demo" / path;
      std::filesystem::create_directories(file.parent_path());
      std::ofstream(file) << text;
    }
  }

  ApiParts Parts() {
    return {.timers = server_.timers(),
            .http = counted_service_,
            .resolver = server_resolver_,
            .pool = pool_,
            .clock = clock_,
            .guard = guard_,
            .ledger = *ledger_,
            .catalogue = *catalogue_,
            .files = *files_,
            .scratch_folder = folder_,
            .connectors = connectors_,
            .metrics = metrics_,
            .use_of_rate = []() -> async::Task<dispatch::RateUse> { co_return dispatch::RateUse{}; },
            .open_connections = [this] { return server_.connections(); },
            .job_was_created = [this](TenantId, JobId job) { Tell([&] { told_.created.push_back(job); }); },
            .cancel_was_requested = [this](JobId job) { Tell([&] { told_.cancelled.push_back(job); }); },
            .pause_was_changed = [this](JobId job) { Tell([&] { told_.pause_changed.push_back(job); }); },
            .instance_was_changed = [this](InstanceId id) { Tell([&] { told_.changed.push_back(id); }); },
            .purge_was_requested = [this] { Tell([&] { ++told_.purges; }); }};
  }

  template <typename Change>
  void Tell(Change change) {
    const std::lock_guard lock(mutex_);
    change();
  }

  SystemClock clock_;
  Metrics metrics_{clock_, "1.2.3"};
  async::Loop loop_;  // of the test's own thread
  // Before all that brings results to its loop.
  net::TestServer server_{[this](net::ServerRequest& request) { return api_->Handle(request); },
                          {},
                          [this](const net::RequestRecord& record) { metrics_.RequestEnded(record); }};
  net::Resolver server_resolver_{server_.loop(), server_.timers()};
  async::LoopTimers timers_{loop_, clock_};
  async::BlockingPool pool_{2};
  net::EgressGuard guard_ = *net::EgressGuard::Create({"127.0.0.1/32"});
  net::Resolver resolver_{loop_, timers_};
  net::PooledHttpClient client_{loop_, timers_, resolver_, guard_, {}};
  std::string folder_, user_, organization_;
  ConnectorSet connectors_;
  FakeService service_;
  CountedHttpClient counted_service_{service_, metrics_};
  std::unique_ptr<ledger::Keyring> keyring_;
  std::unique_ptr<WatchedCatalogue> catalogue_;
  std::unique_ptr<ledger::Ledger> ledger_;
  std::unique_ptr<files::FileStore> files_;
  std::mutex mutex_;
  Told told_;
  std::unique_ptr<Api> api_;
};

}  // namespace rowcall::api
