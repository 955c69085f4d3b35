#include "api/connector_set.h"

#include <filesystem>

#include "base/text.h"

namespace rowcall::api {

Result<ConnectorSet> ConnectorSet::LoadFolder(const std::string& folder) {
  ConnectorSet set;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    if (!std::filesystem::exists(entry->path() / "connector.yaml")) continue;
    ASSIGN_OR_RETURN(const connector::Bundle bundle, connector::ReadBundle(entry->path().string()));
    auto connector = connector::Load(bundle);
    if (!connector) {
      return Fail(connector.error().kind, entry->path().string() + ": " + connector.error().message,
                  connector.error().hint);
    }
    const std::string key = (*connector)->key;
    set.connectors_[key] = {*std::move(connector), connector::PackBundle(bundle)};
  }
  if (error) return Fail(ErrorKind::not_found, "cannot read " + folder + ": " + error.message());
  if (set.connectors_.empty()) {
    return Fail(ErrorKind::not_found, "there is no connector in " + folder, "Name their folder with --connectors.");
  }
  return set;
}

const KnownConnector* ConnectorSet::Find(std::string_view key) const {
  const auto found = connectors_.find(AsciiLower(key));
  return found == connectors_.end() ? nullptr : &found->second;
}

std::vector<std::string> ConnectorSet::Keys() const {
  std::vector<std::string> keys;
  for (const auto& [key, connector] : connectors_) keys.push_back(key);
  return keys;
}

}  // namespace rowcall::api
