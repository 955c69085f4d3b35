#include "tests/ladder.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "tests/read_text.h"

namespace rowcall::tests {
namespace {

namespace fs = std::filesystem;
using Found = std::vector<std::string>;

/// A small src/ of three folders, which a test spoils in one place.
class MadeUpTree : public testing::Test {
 protected:
  MadeUpTree() {
    std::string pattern = testing::TempDir() + "ladder.XXXXXX";
    src_ = mkdtemp(pattern.data());
    for (const auto& [name, rung] : ladder_.folders) Write(name + "/README.md", "What belongs here.\n");
    Write("base/text.h", "#pragma once\n#include <string>\n");
    Write("net/client.cc", "#include \"net/client.h\"\n\n#include \"base/text.h\"\n");
    Write("net/client.h", "#pragma once\n");
    Write("sandbox/server.cc", "#include \"net/client.h\"\n// The stand-in for Acme.\n");
    Write("job/runner.h", "#include \"net/client.h\"\n");
  }
  ~MadeUpTree() override { fs::remove_all(src_); }

  void Write(const fs::path& name, const std::string& text) {
    fs::create_directories((src_ / name).parent_path());
    std::ofstream(src_ / name) << text;
  }

  std::vector<std::string> Inspect() { return Breaches(ladder_, src_, {"acme"}); }

  fs::path src_;
  Ladder ladder_ = ReadLadder(
      "| rank | includes | folder | what |\n|---|---|---|---|\n"
      "| 0 | | `base/` | x |\n| 2 | lower ranks | `net/` | x |\n| 4 | lower ranks | `job/` | x |\n"
      "| 5 | only `base/` `net/` | `sandbox/` | x |\n");
};

TEST(LadderTest, OurOwnHouseKeepsItsRules) {
  const fs::path root = ROWCALL_SOURCE_DIR;
  const Ladder ladder = ReadLadder(ReadText(root / "src/README.md"));
  ASSERT_GE(ladder.folders.size(), 18u);
  std::vector<std::string> services;
  for (const fs::directory_entry& entry : fs::directory_iterator(root / "connectors")) {
    services.push_back(entry.path().filename());
  }
  ASSERT_FALSE(services.empty());
  EXPECT_EQ(Breaches(ladder, root / "src", services), Found());
}

TEST_F(MadeUpTree, IsFineAsItStands) { EXPECT_EQ(Inspect(), Found()); }

TEST_F(MadeUpTree, AnArrowUpwardIsABreach) {
  Write("base/text.h", "#pragma once\n#include \"net/client.h\"\n");
  EXPECT_EQ(Inspect(), Found({"base/text.h:2: base/ may not include net/"}));
}

TEST_F(MadeUpTree, AnArrowToAnEqualRankIsABreach) {
  ladder_.folders["job"].rank = 2;
  EXPECT_EQ(Inspect(), Found({"job/runner.h:1: job/ may not include net/"}));
}

TEST_F(MadeUpTree, AnArrowOutsideAnAllowListIsABreachThoughItPointsDown) {
  Write("sandbox/oracle.cc", "#include \"job/runner.h\"\n");
  EXPECT_EQ(Inspect(), Found({"sandbox/oracle.cc:1: sandbox/ may not include job/"}));
}

TEST_F(MadeUpTree, AHeaderWithoutItsFolderIsABreach) {
  Write("net/client.cc", "#include \"client.h\"\n");
  EXPECT_EQ(Inspect(), Found({"net/client.cc:1: includes \"client.h\", which is in no folder of the ladder"}));
}

TEST_F(MadeUpTree, OursInAngleBracketsIsABreach) {
  Write("net/client.cc", "#include <sys/socket.h>\n#include <job/runner.h>\n");
  EXPECT_EQ(Inspect(), Found({"net/client.cc:2: includes a header of ours in angle brackets"}));
}

TEST_F(MadeUpTree, AFileInNoFolderIsABreach) {
  Write("main.cc", "\n");
  EXPECT_EQ(Inspect(), Found({"main.cc: in no folder"}));
}

TEST_F(MadeUpTree, AFolderWithoutItsReadmeIsABreach) {
  fs::remove(src_ / "job/README.md");
  EXPECT_EQ(Inspect(), Found({"job/: no README.md"}));
}

TEST_F(MadeUpTree, AFolderThatTheTableDoesNotNameIsABreach) {
  Write("extra/thing.h", "#pragma once\n");
  EXPECT_EQ(Inspect(), Found({"extra/: not in the ladder"}));
}

TEST_F(MadeUpTree, AFolderThatOnlyTheTableNamesIsABreach) {
  ladder_.folders["wire"] = {.rank = 2, .only = {}};
  EXPECT_EQ(Inspect(), Found({"wire/: in the ladder, but no such folder"}));
}

TEST_F(MadeUpTree, ANameThatSaysNothingIsABreach) {
  Write("net/string_utils.h", "#pragma once\n");
  EXPECT_EQ(Inspect(), Found({"net/string_utils.h: a name that says nothing"}));
}

TEST_F(MadeUpTree, AFileOverSixHundredLinesIsABreach) {
  Write("net/long.cc", std::string(601, '\n'));
  EXPECT_EQ(Inspect(), Found({"net/long.cc: 601 lines"}));
}

TEST_F(MadeUpTree, AServiceMayBeNamedInTheSandboxAlone) {
  Write("net/client.h", "#pragma once\n// Speaks to ACME.\n");
  EXPECT_EQ(Inspect(), Found({"net/client.h:2: mentions acme"}));
}

}  // namespace
}  // namespace rowcall::tests
