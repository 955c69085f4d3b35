#pragma once

// For tests only.

#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <sstream>
#include <string>

#include "base/assert.h"
#include "cli/surroundings.h"

namespace rowcall::cli {

/// A machine that holds what a test puts there.
struct TestSurroundings {
  std::istringstream in;
  std::ostringstream out, err;
  std::map<std::string, std::string> variables;
  Surroundings surroundings{
      .in = in,
      .out = out,
      .err = err,
      .environment = [this](const std::string& name) -> std::optional<std::string> {
        const auto found = variables.find(name);
        if (found == variables.end()) return std::nullopt;
        return found->second;
      },
  };
};

/// A folder of its own for each test, removed with it.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string path = (std::filesystem::temp_directory_path() / "rowcall-cli-XXXXXX").string();
    ROWCALL_ASSERT(mkdtemp(path.data()) != nullptr);
    path_ = path;
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  std::string At(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

inline std::filesystem::perms ModeOf(const std::string& path) {
  return std::filesystem::status(path).permissions() & std::filesystem::perms::mask;
}
inline constexpr auto kOwnerOnly = std::filesystem::perms::owner_read | std::filesystem::perms::owner_write;

}  // namespace rowcall::cli
