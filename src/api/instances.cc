#include <fmt/format.h>

#include <algorithm>

#include "api/answer.h"
#include "api/ask_catalogue.h"
#include "api/base_url.h"
#include "api/find_job.h"
#include "api/instance_settings.h"
#include "api/resources.h"
#include "base/json_writer.h"
#include "base/log.h"
#include "base/text.h"
#include "dispatch/lane.h"
#include "dispatch/probe.h"
#include "wire/instance.h"

namespace rowcall::api {

namespace {

constexpr std::size_t kMaxNameBytes = 200;

wire::ElementBrief BriefOf(const Call& call, const model::Instance& instance) {
  const KnownConnector* known = call.parts.connectors.Find(instance.connector);
  if (known == nullptr) return {instance.connector, instance.connector, ""};
  return {known->connector->key, known->connector->title, known->connector->hub};
}

/// The element that is to be connected: the path's, or the body's.
Result<const KnownConnector*> ConnectorFor(const Call& call, const wire::InstanceOrder& order) {
  const auto in_path = call.path.find("key");
  const std::string& key = in_path == call.path.end() ? order.connector : in_path->second;
  if (in_path != call.path.end() && !order.connector.empty() && !EqualsIgnoringAsciiCase(key, order.connector)) {
    return Fail(ErrorKind::invalid, "The path and element.key name different elements.",
                "Leave element out of the body, or name the same one.");
  }
  if (const KnownConnector* known = call.parts.connectors.Find(key)) return known;
  const std::string closest = Closest(key, call.parts.connectors.Keys());
  const ErrorKind kind = in_path == call.path.end() ? ErrorKind::invalid : ErrorKind::not_found;
  return Fail(kind, key.empty() ? "The body names no element." : "There is no element " + Quoted(key) + ".",
              closest.empty() ? "Send {\"element\":{\"key\":…}}; GET /elements lists the keys."
                              : "Did you mean \"" + closest + "\"?");
}

async::Task<Result<model::Instance>> FindInstance(const Call& call) {
  const auto unknown = Fail(ErrorKind::not_found, "There is no such instance.", "GET /instances lists yours.");
  const InstanceId id{ReadId(call.path.at("id"))};
  if (!id) co_return unknown;
  std::move_only_function<Result<model::Instance>(ledger::Catalogue&)> ask = [&](ledger::Catalogue& catalogue) {
    return catalogue.GetInstance(call.caller.tenant, id);
  };
  Result<model::Instance> instance = co_await AskCatalogue(call, std::move(ask));
  if (!instance && instance.error().kind == ErrorKind::not_found) co_return unknown;
  co_return instance;
}

/// Tries the settings at the service. nullopt: they work; otherwise the answer that tells the user.
async::Task<std::optional<net::ServerAnswer>> RefuseUnlessConnected(const Call& call, const KnownConnector& known,
                                                                    const model::Instance& instance) {
  const connector::Connector& connector = *known.connector;
  const Result<void> address = co_await CheckBaseUrl(call.parts, connector, instance);
  if (!address) {
    const std::string pointer = "/configuration/" + connector.base_url_setting;
    wire::Problem problem{.status = 400,
                          .code = "invalid",
                          .detail = address.error().message,
                          .hint = address.error().hint,
                          .provider_message = {},
                          .request_id = {},
                          .faults = {{pointer, address.error().message}}};
    co_return ProblemAnswer(call, std::move(problem));
  }
  const auto report = co_await dispatch::TestConnection(call.parts.http, connector, instance);
  if (report) co_return std::nullopt;
  co_return ServiceAnswer(call, report.error().kind == ErrorKind::unavailable ? 502 : 400, report.error());
}

/// For whoever looks later at what this server was made to call.
void LogForeignAddress(const connector::Connector& connector, const model::Instance& instance) {
  const Result<net::Url> url = dispatch::AddressOf(connector, instance, "/");
  if (!url || dispatch::IsOwnHost(connector, *url)) return;
  Log(LogLevel::info, "instance_calls_allowed_address", {{"instance", instance.id.value}, {"origin", url->Origin()}});
}

std::string_view WrongName(const std::string& name) {
  if (Trim(name).empty()) return "The instance has no name.";
  return name.size() > kMaxNameBytes ? "The instance's name is longer than 200 bytes." : "";
}

SettingChanges AsChanges(std::map<std::string, Secret> configuration) {
  SettingChanges changes;
  for (auto& [key, value] : configuration) changes.emplace(key, std::move(value));
  return changes;
}

SettingResult Apply(const connector::Connector& connector, const wire::InstanceChange& change,
                    model::Instance& instance) {
  if (change.name) instance.name = *change.name;
  if (change.disabled) instance.disabled = *change.disabled;
  SettingResult settings = ApplySettings(connector, change.configuration, instance);
  if (const auto wrong = WrongName(instance.name); !wrong.empty())
    settings.faults.push_back({"/name", std::string(wrong)});
  return settings;
}

async::Task<Result<std::string>> ReadBody(Call& call) { return net::ReadWhole(*call.request.body, kMaxJsonBytes); }

}  // namespace

Handled CreateInstance(Call& call) {
  if (auto refusal = RefuseUnlessJson(call)) co_return *std::move(refusal);
  ASSIGN_OR_CO_RETURN(const std::string body, co_await ReadBody(call));
  auto order = wire::ParseInstanceOrder(body);
  if (!order) co_return FaultsAnswer(call, "The body", std::move(order.error()));
  ASSIGN_OR_CO_RETURN(const KnownConnector* known, ConnectorFor(call, *order));
  const connector::Connector& connector = *known->connector;

  model::Instance instance;
  instance.tenant = call.caller.tenant;
  instance.connector = connector.key;
  instance.name = order->name.empty() ? connector.title : order->name;
  instance.created_at = call.parts.clock.Now();
  SettingResult settings = ApplySettings(connector, AsChanges(std::move(order->configuration)), instance);
  if (const auto wrong = WrongName(instance.name); !wrong.empty())
    settings.faults.push_back({"/name", std::string(wrong)});
  if (!settings.faults.empty()) co_return FaultsAnswer(call, "The body", std::move(settings.faults));
  std::optional<net::ServerAnswer> refusal = co_await RefuseUnlessConnected(call, *known, instance);
  if (refusal) co_return *std::move(refusal);

  std::move_only_function<Result<ledger::NewInstance>(ledger::Catalogue&)> create = [&](ledger::Catalogue& catalogue) {
    return catalogue.CreateInstance(instance);
  };
  ASSIGN_OR_CO_RETURN(ledger::NewInstance made, co_await AskCatalogue(call, std::move(create)));
  LogForeignAddress(connector, made.instance);
  std::vector<std::string> ignored = std::move(order->ignored);
  for (const std::string& key : settings.ignored) ignored.push_back("configuration." + key);
  const wire::ShownOnce once{std::move(made.token), std::move(made.webhook_secret)};
  co_return JsonAnswer(wire::InstanceJson(made.instance, BriefOf(call, made.instance), ignored, &once));
}

Handled ListInstances(Call& call) {
  std::move_only_function<Result<std::vector<model::Instance>>(ledger::Catalogue&)> list =
      [&](ledger::Catalogue& catalogue) { return catalogue.ListInstances(call.caller.tenant); };
  ASSIGN_OR_CO_RETURN(const std::vector<model::Instance> instances, co_await AskCatalogue(call, std::move(list)));
  results::Page page;
  page.count = instances.size();
  JsonWriter json(page.json);
  json.BeginArray();
  for (const model::Instance& instance : instances) json.Raw(wire::InstanceJson(instance, BriefOf(call, instance)));
  json.EndArray();
  co_return PageAnswer(std::move(page));
}

Handled GetInstance(Call& call) {
  ASSIGN_OR_CO_RETURN(const model::Instance instance, co_await FindInstance(call));
  co_return JsonAnswer(wire::InstanceJson(instance, BriefOf(call, instance)));
}

Handled ChangeInstance(Call& call) {
  ASSIGN_OR_CO_RETURN(model::Instance instance, co_await FindInstance(call));
  if (auto refusal = RefuseUnlessJson(call)) co_return *std::move(refusal);
  ASSIGN_OR_CO_RETURN(const std::string body, co_await ReadBody(call));
  const auto change = wire::ParseInstanceChange(body);
  if (!change) co_return FaultsAnswer(call, "The body", change.error());
  const KnownConnector* known = call.parts.connectors.Find(instance.connector);
  if (known == nullptr) {
    co_return Fail(ErrorKind::unavailable,
                   "The connector \"" + instance.connector + "\" of this instance is not installed.",
                   "Put its folder back and start the server again.");
  }
  SettingResult settings = Apply(*known->connector, *change, instance);
  if (!settings.faults.empty()) co_return FaultsAnswer(call, "The body", std::move(settings.faults));
  if (settings.reaches_service) {
    std::optional<net::ServerAnswer> refusal = co_await RefuseUnlessConnected(call, *known, instance);
    if (refusal) co_return *std::move(refusal);
  }
  // Onto the instance as it stands now: another change may have come while the service was asked.
  std::move_only_function<Result<model::Instance>(ledger::Catalogue&)> update = [&](ledger::Catalogue& catalogue) {
    return catalogue.ChangeInstance(instance.tenant, instance.id,
                                    [&](model::Instance& now) { Apply(*known->connector, *change, now); });
  };
  ASSIGN_OR_CO_RETURN(const model::Instance changed, co_await AskCatalogue(call, std::move(update)));
  if (settings.reaches_service) LogForeignAddress(*known->connector, changed);
  call.parts.instance_was_changed(changed.id);
  co_return JsonAnswer(wire::InstanceJson(changed, BriefOf(call, changed), settings.ignored));
}

Handled DeleteInstance(Call& call) {
  ASSIGN_OR_CO_RETURN(const model::Instance instance, co_await FindInstance(call));
  ASSIGN_OR_CO_RETURN(const std::vector<model::Job> unfinished, co_await call.parts.ledger.UnfinishedJobs());
  const auto is_of_it = [&](const model::Job& job) { return job.order.instance == instance.id; };
  if (const auto job = std::find_if(unfinished.begin(), unfinished.end(), is_of_it); job != unfinished.end()) {
    co_return Fail(ErrorKind::conflict, "Job " + std::to_string(job->id.value) + " of this instance has not ended.",
                   "Cancel its jobs first, or wait for them.");
  }
  std::move_only_function<Result<void>(ledger::Catalogue&)> remove = [&](ledger::Catalogue& catalogue) {
    return catalogue.DeleteInstance(call.caller.tenant, instance.id);
  };
  CO_RETURN_IF_ERROR(co_await AskCatalogue(call, std::move(remove)));
  co_return JsonAnswer(wire::InstanceJson(instance, BriefOf(call, instance)));
}

}  // namespace rowcall::api
