#pragma once

#include <map>
#include <string>

#include "base/clock.h"
#include "base/ids.h"
#include "base/secret.h"

namespace rowcall::model {

/// A connector plus credentials: one account at one service.
struct Instance {
  InstanceId id;
  TenantId tenant;
  std::string connector;  ///< The connector's key, e.g. the `element.key` of the create call.
  std::string name;
  /// Settings that may be shown. Keys are the wire's dotted names ("base.url").
  std::map<std::string, std::string> configuration;
  /// Settings that may never be shown again: tokens, signature keys. Encrypted at rest.
  std::map<std::string, Secret> secrets;
  /// Settings whose value stands in the store but cannot be read (it was changed, or moved there from another place),
  /// each with why. They are not among `secrets`; nothing that needs one may be done without it.
  std::map<std::string, std::string> unreadable;
  bool disabled = false;
  WallTime created_at{};
};

}  // namespace rowcall::model
