#include "api/instance_settings.h"

#include <algorithm>
#include <array>

#include "model/job.h"
#include "wire/json_object.h"
#include "wire/request_object.h"

namespace rowcall::api {

namespace {

constexpr std::string_view kSignatureKey = "event.notification.signature.key";
constexpr std::string_view kCompletedWord = "bulk.status.completed";
constexpr std::string_view kRegion = "region";
constexpr std::string_view kLateSeconds = "late.seconds";
constexpr std::string_view kSearchLagSeconds = "search.lag.seconds";
constexpr std::string_view kRateShare = "rate.share";
constexpr std::string_view kPersonal = "reasons.personal";
constexpr std::array kOfEveryInstance = {kSignatureKey,     kCompletedWord, kRegion,  kLateSeconds,
                                         kSearchLagSeconds, kRateShare,     kPersonal};

/// What clients of Open Connectors send because its sign-in, events and filters need it.
constexpr std::array<std::string_view, 17> kIgnored = {
    "oauth.api.key",
    "oauth.api.secret",
    "oauth.callback.url",
    "oauth.scope",
    "oauth.user.refresh_time",
    "oauth.user.refresh_token",
    "oauth.user.refresher_time",
    "oauth.user.refresher_token",
    "filter.response.nulls",
    "event.notification.enabled",
    "event.notification.callback.url",
    "event.notification.callback.headers",
    "event.notification.basic.username",
    "event.notification.basic.password",
    "event.vendor.type",
    "event.poller.refresh_interval",
    "event.poller.configuration",
};

template <typename Names>
bool Has(const Names& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

const connector::SettingSpec* SpecOf(const connector::Connector& connector, std::string_view key) {
  const auto found = std::find_if(connector.settings.begin(), connector.settings.end(),
                                  [&](const connector::SettingSpec& setting) { return setting.key == key; });
  return found == connector.settings.end() ? nullptr : &*found;
}

std::vector<std::string> KnownKeys(const connector::Connector& connector) {
  std::vector<std::string> keys(kOfEveryInstance.begin(), kOfEveryInstance.end());
  for (const connector::SettingSpec& setting : connector.settings) keys.push_back(setting.key);
  return keys;
}

/// The settings that keep whether the service enforces a key.
std::vector<std::string> OfKeys(const connector::Connector& connector) {
  std::vector<std::string> settings;
  for (const connector::ObjectSpec& object : connector.objects) {
    for (const connector::KeySpec& key : object.keys) {
      if (!key.setting.empty()) settings.push_back(key.setting);
    }
  }
  return settings;
}

bool IsControl(char c) { return (c >= 0 && c < ' ') || c == '\x7f'; }

/// Why this value cannot be; "" if it can.
std::string WrongValue(std::string_view key, std::string_view value) {
  const auto all = [&](char first, char last) {
    return std::all_of(value.begin(), value.end(), [&](char c) { return c >= first && c <= last; });
  };
  if (std::ranges::any_of(value, IsControl)) return "It has a line break or another control character in it.";
  if (key == kCompletedWord && value != "COMPLETED" && value != "COMPLETE") return "It must be COMPLETED or COMPLETE.";
  if (key == kRegion && !(value.size() == 2 && all('A', 'Z'))) return "It must be two capital letters, such as US.";
  const bool is_seconds = key == kLateSeconds || key == kSearchLagSeconds;
  if (is_seconds && (value.empty() || value.size() > 5 || !all('0', '9'))) return "It must be a number of seconds.";
  if (key == kRateShare && !model::RatePermille(value)) return "It must be a number above 0 and up to 1, such as 0.5.";
  if (key == kPersonal && value != "show" && value != "hide") return "It must be show or hide.";
  return "";
}

/// Keeps or removes one setting that is known.
void Put(const std::string& key, bool secret, std::optional<Secret> value, model::Instance& instance) {
  instance.configuration.erase(key);
  instance.secrets.erase(key);
  instance.unreadable.erase(key);
  if (!value || value->empty()) return;
  if (secret)
    instance.secrets[key] = *std::move(value);
  else
    instance.configuration[key] = value->Reveal();
}

void AddMissing(const connector::Connector& connector, const model::Instance& instance, wire::Faults& faults) {
  for (const connector::SettingSpec& setting : connector.settings) {
    const bool is_set = instance.secrets.contains(setting.key) || instance.unreadable.contains(setting.key) ||
                        instance.configuration.contains(setting.key);
    if (!setting.required || is_set) continue;
    faults.push_back({"/configuration" + wire::Pointer(setting.key),
                      "The setting \"" + setting.key + "\" (" + setting.title + ") is missing."});
  }
}

}  // namespace

SettingResult ApplySettings(const connector::Connector& connector, SettingChanges changes, model::Instance& instance) {
  SettingResult result;
  const std::vector<std::string> of_keys = OfKeys(connector);
  if (changes.contains(connector.bearer_setting) || changes.contains(connector.base_url_setting)) {
    // It may be another workspace now, so what was shown of its keys counts no longer.
    for (const std::string& key : of_keys) changes.try_emplace(key, std::nullopt);
  }
  for (auto& [key, value] : changes) {
    const connector::SettingSpec* spec = SpecOf(connector, key);
    const bool of_every_instance = Has(kOfEveryInstance, key);
    const std::string pointer = "/configuration" + wire::Pointer(key);
    if (spec == nullptr && !of_every_instance) {
      if (Has(kIgnored, key))
        result.ignored.push_back(key);
      else
        result.faults.push_back({pointer, wire::UnknownName("setting", key, KnownKeys(connector))});
      continue;
    }
    std::string wrong = value ? WrongValue(key, value->Reveal()) : "";
    const bool is_answer = !value || value->Reveal() == "yes" || value->Reveal() == "no";
    if (wrong.empty() && Has(of_keys, key) && !is_answer) wrong = "It must be yes or no.";
    if (!wrong.empty()) {
      result.faults.push_back({pointer, "The setting \"" + key + "\" has a wrong value. " + wrong});
      continue;
    }
    result.reaches_service = result.reaches_service || !of_every_instance;
    Put(key, key == kSignatureKey || (spec != nullptr && spec->secret), std::move(value), instance);
  }
  AddMissing(connector, instance, result.faults);
  return result;
}

}  // namespace rowcall::api
