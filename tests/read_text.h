#pragma once

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace rowcall::tests {

/// A file of the repository, whole; "" if it cannot be read.
inline std::string ReadText(const std::filesystem::path& path) {
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

}  // namespace rowcall::tests
