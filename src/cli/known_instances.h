#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "cli/surroundings.h"

namespace rowcall::cli {

/// An instance that `connect` made, with all that it takes to work with it.
struct KnownInstance {
  std::string name;
  std::string connector;
  std::string server;
  std::int64_t id = 0;
  Secret user;
  Secret token;
  Secret webhook_secret;  ///< Checks the Standard Webhooks headers of its callbacks.
};

/// $XDG_CONFIG_HOME/rowcall/instances.json, else ~/.config/rowcall/instances.json. "" if neither variable is set.
std::string KnownInstancesPath(const Environment& environment);

/// Those in the file, the one connected last at the end. None if there is no file. Fails with `forbidden` if others
/// than its owner may use it, with `corrupt` if it is not what was written.
Result<std::vector<KnownInstance>> ReadKnownInstances(const std::string& path);

/// Adds it at the end. One with the same name is forgotten, token and all. Makes the folder (0700) and the file (0600).
Result<void> RememberInstance(const std::string& path, const KnownInstance& instance);

/// By name; "" = the one connected last. Fails with `not_found` and the closest name.
Result<KnownInstance> ChooseInstance(const std::vector<KnownInstance>& known, const std::string& name);

}  // namespace rowcall::cli
