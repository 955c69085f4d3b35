#include <boost/json/parse.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/json_writer.h"
#include "connector/connector.h"

namespace rowcall::connector {

namespace {

constexpr std::uintmax_t kMaxFileBytes = 1 << 20;

Result<std::string> ReadText(const std::filesystem::path& path) {
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(path, error);
  if (error) return Fail(ErrorKind::not_found, "cannot read " + path.string() + ": " + error.message());
  if (size > kMaxFileBytes) return Fail(ErrorKind::too_large, path.string() + " is larger than 1 MiB");
  std::ifstream file(path, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (!file) return Fail(ErrorKind::unavailable, "cannot read " + path.string());
  return text;
}

}  // namespace

Result<Bundle> ReadBundle(const std::string& folder) {
  const std::filesystem::path root(folder);
  Bundle bundle;
  ASSIGN_OR_RETURN(bundle["connector.yaml"], ReadText(root / "connector.yaml"));
  std::error_code error;
  for (std::filesystem::directory_iterator entry(root / "objects", error), end; !error && entry != end;
       entry.increment(error)) {
    if (entry->path().extension() != ".yaml") continue;
    ASSIGN_OR_RETURN(bundle["objects/" + entry->path().filename().string()], ReadText(entry->path()));
  }
  if (error) return Fail(ErrorKind::not_found, "cannot read " + (root / "objects").string() + ": " + error.message());
  return bundle;
}

std::string PackBundle(const Bundle& bundle) {
  std::string packed;
  JsonWriter json(packed);
  json.BeginObject();
  for (const auto& [path, text] : bundle) json.Key(path).String(text);
  json.EndObject();
  return packed;
}

Result<Bundle> UnpackBundle(std::string_view packed) {
  boost::system::error_code error;
  const boost::json::value parsed = boost::json::parse({packed.data(), packed.size()}, error);
  if (error || !parsed.is_object()) return Fail(ErrorKind::corrupt, "a kept connector is not a bundle of files");
  Bundle bundle;
  for (const auto& member : parsed.get_object()) {
    if (!member.value().is_string()) return Fail(ErrorKind::corrupt, "a kept connector holds something not a text");
    bundle.emplace(member.key(), std::string_view(member.value().get_string()));
  }
  return bundle;
}

}  // namespace rowcall::connector
