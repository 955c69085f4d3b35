#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "connector/connector.h"

namespace rowcall::api {

/// A connector that instances can be made of, with the text that jobs keep of it.
struct KnownConnector {
  std::shared_ptr<const connector::Connector> connector;  // owners: this set, work that runs with it
  std::string packed;
};

/// The connectors of this server. Immutable after loading; thread-safe.
class ConnectorSet {
 public:
  /// Loads every folder of `folder` that holds a connector.yaml. Fails with `invalid` and all findings if one of them
  /// has a mistake, `not_found` if there is none.
  static Result<ConnectorSet> LoadFolder(const std::string& folder);

  /// By key, without ASCII case; null if unknown.
  const KnownConnector* Find(std::string_view key) const;
  std::vector<std::string> Keys() const;
  const std::map<std::string, KnownConnector>& all() const { return connectors_; }

 private:
  std::map<std::string, KnownConnector> connectors_;
};

}  // namespace rowcall::api
