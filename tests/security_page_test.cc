// docs/security.md names the test of each control. A test that is renamed or gone must not leave the page as it was.

#include <gtest/gtest.h>

#include <filesystem>
#include <regex>
#include <set>
#include <string>

#include "tests/read_text.h"

namespace rowcall::tests {
namespace {

namespace fs = std::filesystem;

const fs::path kRoot = ROWCALL_SOURCE_DIR;

/// "Suite.Name" of every test in a C++ text.
std::set<std::string> TestsIn(const std::string& text) {
  static const std::regex kTest(R"(\bTEST(?:_F|_P)?\(\s*(\w+),\s*(\w+)\))");
  std::set<std::string> tests;
  for (std::sregex_iterator found(text.begin(), text.end(), kTest), end; found != end; ++found) {
    tests.insert((*found)[1].str() + "." + (*found)[2].str());
  }
  return tests;
}

std::set<std::string> AllTests() {
  std::set<std::string> all;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(kRoot / "src")) {
    const std::string name = entry.path().filename();
    const bool may_hold_tests = name.ends_with("_test.cc") || name.find("_conformance") != std::string::npos;
    if (may_hold_tests) all.merge(TestsIn(ReadText(entry.path())));
  }
  return all;
}

TEST(SecurityPageTest, EveryTestThatItNamesIsThere) {
  static const std::regex kName(R"(`(\w+Test\.\w+|\w+Conformance\.\w+)`)");
  static const std::regex kFile(R"(`((?:tests|src|fuzz)/[\w./-]+)`)");
  const std::string page = ReadText(kRoot / "docs/security.md");
  const std::set<std::string> all = AllTests();
  ASSERT_GT(all.size(), 500u);
  std::size_t named = 0;
  for (std::sregex_iterator found(page.begin(), page.end(), kName), end; found != end; ++found, ++named) {
    EXPECT_TRUE(all.contains((*found)[1])) << "docs/security.md names a test that is not there: " << (*found)[1];
  }
  EXPECT_GT(named, 50u);
  for (std::sregex_iterator found(page.begin(), page.end(), kFile), end; found != end; ++found) {
    EXPECT_TRUE(fs::exists(kRoot / (*found)[1].str())) << "docs/security.md names " << (*found)[1];
  }
}

}  // namespace
}  // namespace rowcall::tests
