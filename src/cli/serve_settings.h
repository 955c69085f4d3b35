#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cli/surroundings.h"
#include "retention/purger.h"

namespace rowcall::cli {

/// Values by setting name, as one source gives them.
using GivenSettings = std::map<std::string, std::vector<std::string>>;

struct ServeSettings {
  std::string listen = "127.0.0.1:8080";
  std::string data;                       ///< The folder of all state.
  std::vector<std::string> allow_egress;  ///< Networks that services and callbacks may live in besides the public ones.
  std::string connectors;  ///< "" = the installed ones, else those of the source tree.
  std::string tls_certificate;  ///< With `tls_key`; "" = plain HTTP.
  std::string tls_key;
  bool listen_anyway_without_tls = false;
  std::string max_upload_size = "100GiB";  ///< As ParseSize reads it.
  std::string keep_rows = "7d";  ///< Behind a job's end: as ParseDuration reads it, or "forever".
  std::string keep_counts = "90d";
  std::string log_level = "info";
  std::map<std::string, std::string> source;  ///< Setting → "flag", "environment", "file"; absent = default.
};

/// Names of all settings: long flags without dashes, and keys of the YAML file.
const std::vector<std::string>& ServeSettingNames();
/// "allow-egress" → "ROWCALL_ALLOW_EGRESS"; there, values of a list are separated by commas; any other
/// value is taken as it stands.
std::string EnvironmentName(std::string_view setting);

/// Reads a YAML file of settings. Fails with `invalid` and names the unknown key and the closest known one.
Result<GivenSettings> ReadSettingsFile(const std::string& path);

/// For each setting: the flag, else the environment, else the file, else the default. Fails with `invalid` on a value
/// that cannot be.
Result<ServeSettings> ResolveServeSettings(const GivenSettings& flags, const Environment& environment,
                                           const GivenSettings& file);

/// How long what is known of ended jobs is kept. Fails with `invalid` on a value that cannot be, or if counts would go
/// before the rows.
Result<retention::Keep> KeepOf(const ServeSettings& settings);

/// As a YAML file that gives the same settings, each with where it came from.
std::string ToYaml(const ServeSettings& settings);

}  // namespace rowcall::cli
