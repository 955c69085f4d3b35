#include "cli/known_instances.h"

#include <algorithm>
#include <filesystem>

#include "base/json_writer.h"
#include "base/text.h"
#include "cli/private_file.h"
#include "wire/json_object.h"

namespace rowcall::cli {

namespace {

KnownInstance ReadOne(const boost::json::object& value) {
  return {
      .name = wire::TextOf(value, "name"),
      .connector = wire::TextOf(value, "connector"),
      .server = wire::TextOf(value, "server"),
      .id = wire::NumberOf(value, "id"),
      .user = Secret(wire::TextOf(value, "user")),
      .token = Secret(wire::TextOf(value, "token")),
      .webhook_secret = Secret(wire::TextOf(value, "webhookSecret")),
  };
}

std::string WriteAll(const std::vector<KnownInstance>& known) {
  std::string text;
  JsonWriter json(text);
  json.BeginObject().Key("instances").BeginArray();
  for (const KnownInstance& one : known) {
    json.BeginObject();
    json.Key("name").String(one.name).Key("connector").String(one.connector);
    json.Key("server").String(one.server).Key("id").Int(one.id);
    json.Key("user").String(one.user.Reveal()).Key("token").String(one.token.Reveal());
    json.Key("webhookSecret").String(one.webhook_secret.Reveal());
    json.EndObject();
  }
  json.EndArray().EndObject();
  return text + "\n";
}

}  // namespace

std::string KnownInstancesPath(const Environment& environment) {
  const std::string config = environment("XDG_CONFIG_HOME").value_or("");
  if (!config.empty()) return config + "/rowcall/instances.json";
  const std::string home = environment("HOME").value_or("");
  return home.empty() ? std::string() : home + "/.config/rowcall/instances.json";
}

Result<std::vector<KnownInstance>> ReadKnownInstances(const std::string& path) {
  std::vector<KnownInstance> known;
  if (path.empty()) return known;
  Result<std::string> text = ReadPrivateFile(path);
  if (!text.has_value() && text.error().kind == ErrorKind::not_found) return known;
  if (!text.has_value()) return Failed(std::move(text));
  const Result<boost::json::object> root = wire::ParseObject(*text, path);
  if (!root.has_value()) return Fail(ErrorKind::corrupt, root.error().message);
  for (const boost::json::object& one : wire::ObjectsOf(*root, "instances")) known.push_back(ReadOne(one));
  return known;
}

Result<void> RememberInstance(const std::string& path, const KnownInstance& instance) {
  if (path.empty())
    return Fail(ErrorKind::unavailable, "neither XDG_CONFIG_HOME nor HOME says where settings are kept");
  ASSIGN_OR_RETURN(std::vector<KnownInstance> known, ReadKnownInstances(path));
  std::erase_if(known, [&](const KnownInstance& one) { return one.name == instance.name; });
  known.push_back(instance);
  std::error_code error;
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), error);
  if (error) return Fail(ErrorKind::unavailable, "the folder of " + path + " cannot be made: " + error.message());
  return WritePrivateFile(path, WriteAll(known));
}

Result<KnownInstance> ChooseInstance(const std::vector<KnownInstance>& known, const std::string& name) {
  if (known.empty()) {
    return Fail(ErrorKind::unauthenticated, "no instance is connected yet",
                "Connect one first: rowcall connect --help. Or give its token in ROWCALL_TOKEN.");
  }
  if (name.empty()) return known.back();
  const auto found = std::ranges::find(known, name, &KnownInstance::name);
  if (found != known.end()) return *found;
  std::vector<std::string> names;
  for (const KnownInstance& one : known) names.push_back(one.name);
  const std::string closest = Closest(name, names);
  return Fail(ErrorKind::not_found, "no instance is known by the name \"" + name + "\"",
              closest.empty() ? "" : "Did you mean \"" + closest + "\"?");
}

}  // namespace rowcall::cli
