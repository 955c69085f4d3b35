#include "cli/access.h"

#include <CLI/CLI.hpp>

#include "cli/known_instances.h"
#include "cli/private_file.h"
#include "wire/json_object.h"

namespace rowcall::cli {

namespace {

constexpr char kDefaultServer[] = "http://127.0.0.1:8080";
constexpr char kDefaultCredentials[] = "admin.json";

/// The flag, else the environment, else "".
std::string Given(const std::string& flag, const Environment& environment, const char* variable) {
  return flag.empty() ? environment(variable).value_or("") : flag;
}

std::string WithoutSlash(std::string server) {
  while (server.ends_with('/')) server.pop_back();
  return server;
}

Result<void> ReadCredentials(const std::string& path, Access& access) {
  ASSIGN_OR_RETURN(const std::string text, ReadPrivateFile(path));
  const Result<boost::json::object> root = wire::ParseObject(text, path);
  if (!root.has_value()) return Fail(ErrorKind::unauthenticated, root.error().message);
  access.user = Secret(wire::TextOf(*root, "user"));
  access.organization = Secret(wire::TextOf(*root, "organization"));
  if (access.user.empty()) return Fail(ErrorKind::unauthenticated, path + " names no user");
  return {};
}

}  // namespace

void AddServerOptions(CLI::App& command, AccessOptions& options) {
  command.add_option("--server", options.server,
                     "The server's address (ROWCALL_SERVER; default " + std::string(kDefaultServer) + ")");
  command.add_option("--credentials", options.credentials,
                     "File with user and organization, as DIR/admin.json (ROWCALL_CREDENTIALS)");
}

void AddInstanceOptions(CLI::App& command, AccessOptions& options) {
  AddServerOptions(command, options);
  command.add_option("--instance", options.instance,
                     "Name of the instance (ROWCALL_INSTANCE; default: the one connected last)");
}

Result<Access> ServerAccess(const AccessOptions& options, const Environment& environment) {
  Access access;
  access.server = WithoutSlash(Given(options.server, environment, "ROWCALL_SERVER"));
  if (access.server.empty()) access.server = kDefaultServer;
  std::string path = Given(options.credentials, environment, "ROWCALL_CREDENTIALS");
  const bool asked = !path.empty();
  if (!asked) path = kDefaultCredentials;
  Result<void> read = ReadCredentials(path, access);
  if (!read.has_value() && !asked && read.error().kind == ErrorKind::not_found) {
    return Fail(ErrorKind::unauthenticated, "no credentials",
                "Name the file that the server wrote at its first start: --credentials DIR/admin.json");
  }
  if (!read.has_value()) return Failed(std::move(read));
  return access;
}

Result<Access> InstanceAccess(const AccessOptions& options, const Environment& environment) {
  if (const std::string token = environment("ROWCALL_TOKEN").value_or(""); !token.empty()) {
    ASSIGN_OR_RETURN(Access access, ServerAccess(options, environment));
    access.token = Secret(token);
    return access;
  }
  ASSIGN_OR_RETURN(const auto known, ReadKnownInstances(KnownInstancesPath(environment)));
  ASSIGN_OR_RETURN(const KnownInstance instance,
                   ChooseInstance(known, Given(options.instance, environment, "ROWCALL_INSTANCE")));
  Access access{instance.server, instance.user, {}, instance.token};
  const std::string server = WithoutSlash(Given(options.server, environment, "ROWCALL_SERVER"));
  if (!server.empty()) access.server = server;
  const std::string credentials = Given(options.credentials, environment, "ROWCALL_CREDENTIALS");
  if (!credentials.empty()) RETURN_IF_ERROR(ReadCredentials(credentials, access));
  return access;
}

}  // namespace rowcall::cli
