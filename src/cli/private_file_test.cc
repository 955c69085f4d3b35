#include "cli/private_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "cli/known_instances.h"
#include "cli/test_surroundings.h"

namespace rowcall::cli {
namespace {

namespace fs = std::filesystem;

TEST(PrivateFileTest, OnlyItsOwnerMayUseItWhateverTheUmaskSays) {
  const TemporaryFolder folder;
  const mode_t before = umask(0);
  ASSERT_TRUE(WritePrivateFile(folder.At("secret"), "text").has_value());
  umask(before);
  EXPECT_EQ(ModeOf(folder.At("secret")), kOwnerOnly);
  EXPECT_EQ(*ReadPrivateFile(folder.At("secret")), "text");
}

TEST(PrivateFileTest, ItIsReplacedWholeAndLeavesNoOtherFile) {
  const TemporaryFolder folder;
  ASSERT_TRUE(WritePrivateFile(folder.At("secret"), "a long text").has_value());
  ASSERT_TRUE(WritePrivateFile(folder.At("secret"), "short").has_value());
  EXPECT_EQ(*ReadPrivateFile(folder.At("secret")), "short");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.At("")), fs::directory_iterator()), 1);
}

TEST(PrivateFileTest, AFileThatOthersMayReadIsRefused) {
  const TemporaryFolder folder;
  ASSERT_TRUE(WritePrivateFile(folder.At("secret"), "text").has_value());
  fs::permissions(folder.At("secret"), fs::perms::group_read, fs::perm_options::add);
  const auto read = ReadPrivateFile(folder.At("secret"));
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().kind, ErrorKind::forbidden);
  EXPECT_EQ(read.error().hint, "chmod 600 " + folder.At("secret"));
}

TEST(PrivateFileTest, AFileThatIsNotThereIsNotFound) {
  EXPECT_EQ(ReadPrivateFile("/none/such").error().kind, ErrorKind::not_found);
}

KnownInstance Instance(const std::string& name, std::int64_t id) {
  return {name, "toy", "http://127.0.0.1:1", id, Secret("u" + name), Secret("t" + name), Secret("whsec_" + name)};
}

TEST(KnownInstancesTest, TheOneConnectedLastIsTakenWhereNoneIsNamed) {
  const TemporaryFolder folder;
  const std::string path = folder.At("config/rowcall/instances.json");
  EXPECT_TRUE(ReadKnownInstances(path)->empty());
  ASSERT_TRUE(RememberInstance(path, Instance("a", 1)).has_value());
  ASSERT_TRUE(RememberInstance(path, Instance("b", 2)).has_value());
  ASSERT_TRUE(RememberInstance(path, Instance("a", 3)).has_value());
  EXPECT_EQ(ModeOf(path), kOwnerOnly);
  const auto known = *ReadKnownInstances(path);
  ASSERT_EQ(known.size(), 2u);
  EXPECT_EQ(ChooseInstance(known, "")->id, 3);
  const KnownInstance b = *ChooseInstance(known, "b");
  EXPECT_EQ(b.id, 2);
  EXPECT_EQ(b.user.Reveal(), "ub");
  EXPECT_EQ(b.token.Reveal(), "tb");
  EXPECT_EQ(b.webhook_secret.Reveal(), "whsec_b");
}

TEST(KnownInstancesTest, AnUnknownNameIsAnsweredWithItsNeighbour) {
  const auto chosen = ChooseInstance({Instance("production", 1)}, "prodution");
  ASSERT_FALSE(chosen.has_value());
  EXPECT_EQ(chosen.error().hint, "Did you mean \"production\"?");
  EXPECT_EQ(ChooseInstance({}, "").error().kind, ErrorKind::unauthenticated);
}

TEST(KnownInstancesTest, TheFileStandsInTheUsersConfigFolder) {
  TestSurroundings machine;
  EXPECT_EQ(KnownInstancesPath(machine.surroundings.environment), "");
  machine.variables["HOME"] = "/home/ann";
  EXPECT_EQ(KnownInstancesPath(machine.surroundings.environment), "/home/ann/.config/rowcall/instances.json");
  machine.variables["XDG_CONFIG_HOME"] = "/config";
  EXPECT_EQ(KnownInstancesPath(machine.surroundings.environment), "/config/rowcall/instances.json");
}

}  // namespace
}  // namespace rowcall::cli
