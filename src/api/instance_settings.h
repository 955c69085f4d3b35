#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "connector/connector.h"
#include "model/instance.h"
#include "wire/problem.h"

namespace rowcall::api {

/// Settings to be set, or with nullopt removed.
using SettingChanges = std::map<std::string, std::optional<Secret>>;

/// What became of the changes.
struct SettingResult {
  std::vector<std::string> ignored;  ///< Settings of Open Connectors that do nothing here; not kept.
  wire::Faults faults;               ///< Unknown settings, wrong values, and required ones that are missing.
  bool reaches_service = false;      ///< Something changed that a connection test looks at.
};

/// Puts changes into an instance's settings: what the connector calls secret among the secrets, the rest where it may be
/// shown. A setting is known if the connector has it, or every instance has it: `event.notification.signature.key`
/// (secret), `bulk.status.completed` (COMPLETED or COMPLETE), `region`, `late.seconds`, `search.lag.seconds`,
/// `rate.share` (above 0, up to 1), `reasons.personal` (show or hide). Another token or address takes away what was shown
/// of the service's keys.
/// No value may hold a control character: it may come to stand in a header.
SettingResult ApplySettings(const connector::Connector& connector, SettingChanges changes, model::Instance& instance);

}  // namespace rowcall::api
