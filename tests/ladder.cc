#include "tests/ladder.h"

#include <algorithm>
#include <fstream>
#include <regex>

#include "base/text.h"

namespace rowcall::tests {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLongestFile = 600;
const std::set<std::string> kEmptyNames = {"util",    "utils",   "common",   "helper",
                                           "helpers", "manager", "managers", "misc"};

/// `name` of "`name/`", as often as it stands in `cell`.
std::set<std::string> FoldersIn(const std::string& cell) {
  static const std::regex folder("`([a-z_]+)/`");
  std::set<std::string> folders;
  for (std::sregex_iterator match(cell.begin(), cell.end(), folder), end; match != end; ++match) {
    folders.insert((*match)[1]);
  }
  return folders;
}

class Inspector {
 public:
  Inspector(const Ladder& ladder, const fs::path& src, const std::vector<std::string>& services)
      : ladder_(ladder), src_(src), services_(services) {}

  std::vector<std::string> Inspect() {
    CheckFolders();
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(src_)) CheckName(entry.path());
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(src_)) {
      if (IsCpp(entry)) CheckFile(entry.path());
    }
    std::ranges::sort(breaches_);
    return std::move(breaches_);
  }

 private:
  static bool IsCpp(const fs::directory_entry& entry) {
    const fs::path extension = entry.path().extension();
    return entry.is_regular_file() && (extension == ".cc" || extension == ".h");
  }

  void CheckFolders() {
    for (const fs::directory_entry& entry : fs::directory_iterator(src_)) {
      const std::string name = entry.path().filename();
      if (entry.is_directory() && !ladder_.folders.contains(name)) breaches_.push_back(name + "/: not in the ladder");
      if (IsCpp(entry)) breaches_.push_back(name + ": in no folder");
    }
    for (const auto& [name, rung] : ladder_.folders) {
      if (!fs::is_directory(src_ / name)) {
        breaches_.push_back(name + "/: in the ladder, but no such folder");
      } else if (!fs::exists(src_ / name / "README.md")) {
        breaches_.push_back(name + "/: no README.md");
      }
    }
  }

  void CheckName(const fs::path& path) {
    const std::string stem = path.stem();
    for (std::string_view word : Split(stem, '_')) {
      if (kEmptyNames.contains(std::string(word))) breaches_.push_back(Name(path) + ": a name that says nothing");
    }
  }

  void CheckFile(const fs::path& path) {
    std::ifstream file(path);
    std::string line;
    std::size_t number = 0;
    while (std::getline(file, line)) CheckLine(path, ++number, line);
    if (number > kLongestFile) breaches_.push_back(Name(path) + ": " + std::to_string(number) + " lines");
  }

  void CheckLine(const fs::path& path, std::size_t number, const std::string& line) {
    static const std::regex include("^\\s*#\\s*include\\s+\"([^\"]*)\"");
    static const std::regex outside("^\\s*#\\s*include\\s+<([a-z_]+)/");
    const std::string where = Name(path) + ":" + std::to_string(number) + ": ";
    const std::string folder = *path.lexically_relative(src_).begin();
    std::smatch match;
    if (std::regex_search(line, match, include)) CheckInclude(where, folder, match[1]);
    if (std::regex_search(line, match, outside) && ladder_.folders.contains(match[1])) {
      breaches_.push_back(where + "includes a header of ours in angle brackets");
    }
    if (folder == "sandbox") return;
    for (const std::string& service : services_) {
      if (AsciiLower(line).contains(service)) breaches_.push_back(where + "mentions " + service);
    }
  }

  void CheckInclude(const std::string& where, const std::string& from, const std::string& header) {
    const std::string to = header.substr(0, header.find('/'));
    const auto includer = ladder_.folders.find(from);
    const auto included = ladder_.folders.find(to);
    if (to == header || included == ladder_.folders.end()) {
      breaches_.push_back(where + "includes \"" + header + "\", which is in no folder of the ladder");
    } else if (from != to && includer != ladder_.folders.end() && !Allows(includer->second, to, included->second)) {
      breaches_.push_back(where + from + "/ may not include " + to + "/");
    }
  }

  static bool Allows(const Ladder::Rung& from, const std::string& name, const Ladder::Rung& to) {
    return to.rank < from.rank && (from.only.empty() || from.only.contains(name));
  }

  std::string Name(const fs::path& path) const { return path.lexically_relative(src_); }

  const Ladder& ladder_;
  const fs::path src_;
  const std::vector<std::string>& services_;
  std::vector<std::string> breaches_;
};

}  // namespace

Ladder ReadLadder(std::string_view markdown) {
  static const std::regex row("^\\| *([0-9]+) *\\|([^|]*)\\| *`([a-z_]+)/` *\\|.*");
  Ladder ladder;
  for (std::string_view line : Split(markdown, '\n')) {
    const std::string text(line);
    std::smatch match;
    if (!std::regex_match(text, match, row)) continue;
    ladder.folders[match[3]] = {.rank = std::stoi(match[1]), .only = FoldersIn(match[2])};
  }
  return ladder;
}

std::vector<std::string> Breaches(const Ladder& ladder, const std::filesystem::path& src,
                                  const std::vector<std::string>& services) {
  return Inspector(ladder, src, services).Inspect();
}

}  // namespace rowcall::tests
