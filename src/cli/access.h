#pragma once

#include <string>

#include "base/result.h"
#include "base/secret.h"
#include "cli/surroundings.h"

namespace CLI {
class App;
}

namespace rowcall::cli {

/// A server and who calls it.
struct Access {
  std::string server;   ///< "http://127.0.0.1:8080", no slash at the end.
  Secret user;
  Secret organization;  ///< Empty if not known.
  Secret token;         ///< Of the instance; empty where none is needed.
};

/// The options of every command that talks to a server. No secret is ever a flag.
struct AccessOptions {
  std::string server;
  std::string credentials;
  std::string instance;
};
void AddServerOptions(CLI::App& command, AccessOptions& options);
/// The above, and --instance.
void AddInstanceOptions(CLI::App& command, AccessOptions& options);

/// For calls about instances: server from --server, ROWCALL_SERVER, or the default; user and organization from the file
/// of --credentials, ROWCALL_CREDENTIALS, or ./admin.json.
Result<Access> ServerAccess(const AccessOptions& options, const Environment& environment);

/// For calls through an instance: its token from ROWCALL_TOKEN, or from the instances that `connect` remembered (the one
/// of --instance, ROWCALL_INSTANCE, or the one connected last), whose server and user are then taken too unless they are
/// given.
Result<Access> InstanceAccess(const AccessOptions& options, const Environment& environment);

}  // namespace rowcall::cli
