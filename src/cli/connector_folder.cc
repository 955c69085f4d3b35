#include "cli/connector_folder.h"

#include <algorithm>
#include <filesystem>

namespace rowcall::cli {

namespace {

namespace fs = std::filesystem;

std::string InstalledFolder() {
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  if (error) return {};
  const fs::path folder = program.parent_path().parent_path() / "share" / "rowcall" / "connectors";
  return fs::is_directory(folder, error) ? folder.string() : std::string();
}

/// An object of the connector: a file name without its suffix.
std::string AnyObject(const fs::path& connector) {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& file : fs::directory_iterator(connector / "objects", error)) {
    if (file.path().extension() == ".yaml") names.push_back(file.path().stem().string());
  }
  return names.empty() ? std::string() : *std::ranges::max_element(names);
}

}  // namespace

std::string FindConnectorFolder(const std::string& asked, const Environment& environment) {
  if (!asked.empty()) return asked;
  if (const auto set = environment("ROWCALL_CONNECTORS"); set.has_value() && !set->empty()) return *set;
  const std::string installed = InstalledFolder();
  return installed.empty() ? ROWCALL_SOURCE_CONNECTORS : installed;
}

std::vector<std::string> ConnectorsIn(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& one : fs::directory_iterator(folder, error)) {
    if (fs::exists(one.path() / "connector.yaml", error)) names.push_back(one.path().filename().string());
  }
  std::ranges::sort(names);
  return names;
}

ExampleWords ExampleWordsFrom(const std::string& folder) {
  ExampleWords words;
  const std::vector<std::string> connectors = ConnectorsIn(folder);
  if (connectors.empty()) return words;
  words.connector = connectors.front();
  const std::string object = AnyObject(fs::path(folder) / words.connector);
  if (!object.empty()) words.object = object;
  return words;
}

}  // namespace rowcall::cli
