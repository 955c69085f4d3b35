#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace rowcall::tests {

/// The table of src/README.md: which folder may include which.
struct Ladder {
  struct Rung {
    int rank = 0;
    std::set<std::string> only;  ///< The only folders it may include; empty = all of lower rank.
  };
  std::map<std::string, Rung> folders;
};

/// Reads the rows `| rank | includes | folder | … |` out of a Markdown text. Other lines are passed over.
Ladder ReadLadder(std::string_view markdown);

/// Every breach of the house rules in the C++ files under `src`, one sentence each, with file and line: arrows that the
/// ladder does not allow, folders it does not know or that have no README.md, overlong files, empty names, and a mention
/// of one of `services` outside sandbox/.
std::vector<std::string> Breaches(const Ladder& ladder, const std::filesystem::path& src,
                                  const std::vector<std::string>& services);

}  // namespace rowcall::tests
