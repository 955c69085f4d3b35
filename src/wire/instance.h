#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "model/instance.h"
#include "wire/problem.h"

namespace rowcall::wire {

/// The body of `POST /instances`: what to connect, with what settings. Every value may be a credential, so each is held
/// as one.
struct InstanceOrder {
  std::string connector;  ///< `element.key`; "" where the path names it.
  std::string name;
  std::map<std::string, Secret> configuration;
  std::vector<std::string> ignored;  ///< Members of Open Connectors' body that do nothing here.
};

std::string InstanceOrderJson(const InstanceOrder& order);
/// Strict: a member that Open Connectors' body does not have is refused with its pointer, and a setting that is not a
/// text, a number or a truth value.
Checked<InstanceOrder> ParseInstanceOrder(std::string_view json);

/// The body of `PATCH /instances/{id}`: only what is to change.
struct InstanceChange {
  std::optional<std::string> name;
  std::optional<bool> disabled;
  /// Merged into the configuration; nullopt removes the setting.
  std::map<std::string, std::optional<Secret>> configuration;
};

/// As strict as ParseInstanceOrder; a member that cannot be changed is told apart from one that does not exist.
Checked<InstanceChange> ParseInstanceChange(std::string_view json);

/// The connector of an instance, as far as its answer tells of it.
struct ElementBrief {
  std::string key, title, hub;
};

/// What only the creation shows.
struct ShownOnce {
  Secret token;
  Secret webhook_secret;
};

/// An instance as answered. Of secrets only the names are told, under `secretsSet`; `valid` is false while one that was
/// set cannot be read. `once` only right after creation.
std::string InstanceJson(const model::Instance& instance, const ElementBrief& element,
                         const std::vector<std::string>& ignored = {}, const ShownOnce* once = nullptr);

/// An instance as a client reads it.
struct InstanceView {
  InstanceId id;
  std::string name, connector, hub;
  bool disabled = false;
  std::map<std::string, std::string> configuration;
  Secret token;  ///< Empty but right after creation.
  Secret webhook_secret;  ///< The same.
};

/// Fails with `invalid` if there is no id in it.
Result<InstanceView> ParseInstance(std::string_view json);

}  // namespace rowcall::wire
