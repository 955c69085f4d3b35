#include <boost/json/serialize.hpp>

#include <array>

#include "wire/instance.h"
#include "wire/json_object.h"
#include "wire/request_object.h"

namespace rowcall::wire {

namespace {

/// What Open Connectors' create body may hold, and ours does nothing with.
constexpr std::array<std::string_view, 6> kIgnoredAtCreation = {
    "providerData",        "tags",           "externalAuthentication", "retrieveObjectsAfterInstantiation",
    "traceLoggingEnabled", "cachingEnabled",
};
/// What an answer shows, and a change cannot set.
constexpr std::array<std::string_view, 8> kUnchangeable = {
    "id", "element", "createdDate", "token", "webhookSecret", "valid", "secretsSet", "providerData",
};

/// A setting's text; nullopt for null, and as a fault for what is not a scalar.
std::optional<Secret> ReadSetting(RequestObject& settings, std::string_view name) {
  const boost::json::value& value = *settings.Find(name);
  if (value.is_string()) return Secret(std::string(value.get_string()));
  if (value.is_bool() || value.is_number()) return Secret(boost::json::serialize(value));
  if (!value.is_null()) settings.AddFault(name, "A setting must be a text, a number, true or false.");
  return std::nullopt;
}

std::map<std::string, std::optional<Secret>> ReadConfiguration(RequestObject& body, Faults& faults) {
  std::map<std::string, std::optional<Secret>> configuration;
  const boost::json::object* object = body.Object("configuration");
  if (object == nullptr) return configuration;
  RequestObject settings(*object, "/configuration", faults);
  for (const std::string& name : settings.Unasked()) configuration[name] = ReadSetting(settings, name);
  return configuration;
}

template <typename T, typename Read>
Checked<T> ReadBody(std::string_view json, Read read) {
  const auto object = ParseObject(json, "The body");
  if (!object) return std::unexpected(Faults{{"", object.error().message}});
  Faults faults;
  RequestObject body(*object, "", faults);
  T value = read(body, faults);
  body.RefuseUnasked();
  if (!faults.empty()) return std::unexpected(std::move(faults));
  return value;
}

InstanceOrder ReadOrder(RequestObject& body, Faults& faults) {
  InstanceOrder order;
  if (const boost::json::object* element = body.Object("element")) {
    RequestObject members(*element, "/element", faults);
    order.connector = members.Text("key").value_or("");
    members.RefuseUnasked();
  }
  order.name = body.Text("name").value_or("");
  for (auto& [name, value] : ReadConfiguration(body, faults)) {
    if (value) order.configuration[name] = *std::move(value);
  }
  for (const std::string_view name : kIgnoredAtCreation) {
    if (body.Find(name) != nullptr) order.ignored.emplace_back(name);
  }
  return order;
}

InstanceChange ReadChange(RequestObject& body, Faults& faults) {
  InstanceChange change;
  change.name = body.Text("name");
  change.disabled = body.Truth("disabled");
  change.configuration = ReadConfiguration(body, faults);
  for (const std::string_view name : kUnchangeable) {
    if (body.Find(name) != nullptr) body.AddFault(name, "\"" + std::string(name) + "\" cannot be changed.");
  }
  return change;
}

}  // namespace

Checked<InstanceOrder> ParseInstanceOrder(std::string_view json) { return ReadBody<InstanceOrder>(json, ReadOrder); }

Checked<InstanceChange> ParseInstanceChange(std::string_view json) {
  return ReadBody<InstanceChange>(json, ReadChange);
}

Result<InstanceView> ParseInstance(std::string_view json) {
  ASSIGN_OR_RETURN(const boost::json::object object, ParseObject(json, "The instance"));
  InstanceView view;
  view.id = InstanceId{NumberOf(object, "id")};
  if (!view.id) return Fail(ErrorKind::invalid, "The answer names no instance.");
  view.name = TextOf(object, "name");
  view.disabled = TruthOf(object, "disabled");
  view.token = Secret(TextOf(object, "token"));
  view.webhook_secret = Secret(TextOf(object, "webhookSecret"));
  if (const boost::json::object* element = ObjectOf(object, "element")) {
    view.connector = TextOf(*element, "key");
    view.hub = TextOf(*element, "hub");
  }
  if (const boost::json::object* settings = ObjectOf(object, "configuration")) {
    for (const auto& member : *settings) view.configuration[member.key()] = TextOf(*settings, member.key());
  }
  return view;
}

}  // namespace rowcall::wire
