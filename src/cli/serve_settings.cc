#include "cli/serve_settings.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>

#include "base/json_writer.h"
#include "base/text.h"
#include "cli/duration_text.h"
#include "cli/size_text.h"

namespace rowcall::cli {

namespace {

struct Chosen {
  std::vector<std::string> values;
  std::string source;
};

/// The settings that are one text each.
const std::map<std::string, std::string ServeSettings::*, std::less<>>& Texts() {
  static const std::map<std::string, std::string ServeSettings::*, std::less<>> texts = {
      {"listen", &ServeSettings::listen},
      {"data", &ServeSettings::data},
      {"connectors", &ServeSettings::connectors},
      {"keep-rows", &ServeSettings::keep_rows},
      {"keep-counts", &ServeSettings::keep_counts},
      {"log-level", &ServeSettings::log_level},
      {"max-upload-size", &ServeSettings::max_upload_size},
      {"tls-certificate", &ServeSettings::tls_certificate},
      {"tls-key", &ServeSettings::tls_key},
  };
  return texts;
}

bool IsList(std::string_view setting) { return setting == "allow-egress"; }

std::vector<std::string> ListIn(std::string_view text) {
  std::vector<std::string> values;
  for (const std::string_view part : Split(text, ',')) {
    if (!Trim(part).empty()) values.emplace_back(Trim(part));
  }
  return values;
}

/// The strongest source that gives the setting; no source if none does.
Chosen Choose(const std::string& name, const GivenSettings& flags, const Environment& environment,
              const GivenSettings& file) {
  if (const auto flag = flags.find(name); flag != flags.end()) return {flag->second, "flag"};
  if (const auto value = environment(EnvironmentName(name)); value.has_value()) {
    return {IsList(name) ? ListIn(*value) : std::vector{*value}, "environment"};
  }
  if (const auto found = file.find(name); found != file.end()) return {found->second, "file"};
  return {};
}

Result<std::string> One(const std::string& name, const Chosen& chosen) {
  if (chosen.values.size() == 1) return chosen.values.front();
  return Fail(ErrorKind::invalid, name + " (from the " + chosen.source + ") needs exactly one value");
}

Result<bool> YesOrNo(const std::string& name, const Chosen& chosen) {
  ASSIGN_OR_RETURN(const std::string text, One(name, chosen));
  const std::string folded = AsciiLower(text);
  if (folded == "true" || folded == "yes" || folded == "1") return true;
  if (folded == "false" || folded == "no" || folded == "0") return false;
  return Fail(ErrorKind::invalid, name + " (from the " + chosen.source + ") is \"" + text + "\"; say true or false");
}

Result<void> Apply(const std::string& name, const Chosen& chosen, ServeSettings& settings) {
  if (IsList(name)) {
    settings.allow_egress = chosen.values;
  } else if (name == "listen-anyway-without-tls") {
    ASSIGN_OR_RETURN(settings.listen_anyway_without_tls, YesOrNo(name, chosen));
  } else {
    ASSIGN_OR_RETURN(settings.*Texts().at(name), One(name, chosen));
  }
  settings.source[name] = chosen.source;
  return {};
}

Result<std::vector<std::string>> ReadValues(const std::string& path, const std::string& key, const YAML::Node& node) {
  std::vector<std::string> values;
  if (node.IsScalar()) return std::vector{node.Scalar()};
  if (!node.IsSequence()) return Fail(ErrorKind::invalid, path + ": " + key + " is neither a value nor a list");
  for (const YAML::Node& one : node) {
    if (!one.IsScalar())
      return Fail(ErrorKind::invalid, path + ": " + key + " is a list of something else than values");
    values.push_back(one.Scalar());
  }
  return values;
}

/// nullopt = forever.
Result<std::optional<Duration>> ParseKept(const std::string& name, const std::string& text) {
  if (text == "forever") return std::nullopt;
  const Result<Duration> time = ParseDuration(text);
  if (time) return *time;
  return Fail(ErrorKind::invalid, name + ": " + time.error().message,
              "Write a number and a unit, such as 36h or 7d, or forever. 0 keeps nothing.");
}

Result<void> CheckLogLevel(const std::string& level) {
  const std::vector<std::string> levels = {"debug", "info", "warning", "error"};
  if (std::ranges::find(levels, level) != levels.end()) return {};
  return Fail(ErrorKind::invalid, "log-level is \"" + level + "\"", "It is one of debug, info, warning, error.");
}

}  // namespace

const std::vector<std::string>& ServeSettingNames() {
  static const std::vector<std::string> names = {
      "listen",          "data",         "tls-certificate", "tls-key",   "listen-anyway-without-tls",
      "max-upload-size", "allow-egress", "connectors",      "keep-rows", "keep-counts",
      "log-level"};
  return names;
}

std::string EnvironmentName(std::string_view setting) {
  std::string name = "ROWCALL_";
  for (const char c : setting) name += c == '-' ? '_' : static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  return name;
}

Result<GivenSettings> ReadSettingsFile(const std::string& path) {
  GivenSettings given;
  YAML::Node root;
  try {
    root = YAML::LoadFile(path);
  } catch (const YAML::BadFile&) {
    return Fail(ErrorKind::not_found, path + " cannot be read");
  } catch (const YAML::Exception& error) {
    return Fail(ErrorKind::invalid, path + ": " + error.what());
  }
  if (root.IsNull()) return given;
  if (!root.IsMap()) return Fail(ErrorKind::invalid, path + " does not hold settings, one \"name: value\" a line");
  for (const auto& pair : root) {
    const std::string key = pair.first.IsScalar() ? pair.first.Scalar() : "";
    if (std::ranges::find(ServeSettingNames(), key) == ServeSettingNames().end()) {
      const std::string closest = Closest(key, ServeSettingNames());
      return Fail(ErrorKind::invalid, path + ": unknown setting \"" + key + "\"",
                  closest.empty() ? "" : "Did you mean \"" + closest + "\"?");
    }
    ASSIGN_OR_RETURN(given[key], ReadValues(path, key, pair.second));
  }
  return given;
}

Result<ServeSettings> ResolveServeSettings(const GivenSettings& flags, const Environment& environment,
                                           const GivenSettings& file) {
  ServeSettings settings;
  for (const std::string& name : ServeSettingNames()) {
    const Chosen chosen = Choose(name, flags, environment, file);
    if (!chosen.source.empty()) RETURN_IF_ERROR(Apply(name, chosen, settings));
  }
  RETURN_IF_ERROR(CheckLogLevel(settings.log_level));
  const Result<std::uint64_t> size = ParseSize(settings.max_upload_size);
  if (!size) return Fail(ErrorKind::invalid, "max-upload-size: " + size.error().message, size.error().hint);
  const Result<retention::Keep> keep = KeepOf(settings);
  if (!keep) return std::unexpected(keep.error());
  return settings;
}

Result<retention::Keep> KeepOf(const ServeSettings& settings) {
  retention::Keep keep;
  ASSIGN_OR_RETURN(keep.rows, ParseKept("keep-rows", settings.keep_rows));
  ASSIGN_OR_RETURN(keep.counts, ParseKept("keep-counts", settings.keep_counts));
  if (!keep.counts || (keep.rows && *keep.counts >= *keep.rows)) return keep;
  return Fail(ErrorKind::invalid,
              "keep-counts is " + settings.keep_counts + ", and keep-rows " + settings.keep_rows + " is longer",
              "Counts are kept at least as long as the rows that they count.");
}

std::string ToYaml(const ServeSettings& settings) {
  std::string yaml;
  const auto line = [&](const std::string& name, const std::string& value) {
    const auto found = settings.source.find(name);
    yaml += name + ": " + value + "  # " + (found == settings.source.end() ? "default" : found->second) + "\n";
  };
  const auto quoted = [](const std::string& text) {
    std::string json;
    AppendJsonString(json, text);  // a JSON string is a YAML scalar
    return json;
  };
  std::string networks;
  for (const std::string& network : settings.allow_egress) networks += (networks.empty() ? "" : ", ") + quoted(network);
  line("listen", quoted(settings.listen));
  line("data", quoted(settings.data));
  line("tls-certificate", quoted(settings.tls_certificate));
  line("tls-key", quoted(settings.tls_key));
  line("listen-anyway-without-tls", settings.listen_anyway_without_tls ? "true" : "false");
  line("max-upload-size", quoted(settings.max_upload_size));
  line("allow-egress", "[" + networks + "]");
  line("connectors", quoted(settings.connectors));
  line("keep-rows", quoted(settings.keep_rows));
  line("keep-counts", quoted(settings.keep_counts));
  line("log-level", quoted(settings.log_level));
  return yaml;
}

}  // namespace rowcall::cli
