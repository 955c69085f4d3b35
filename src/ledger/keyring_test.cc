#include "ledger/keyring.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "ledger/temp_folder.h"

namespace rowcall::ledger {
namespace {

class KeyringTest : public ::testing::Test {
 protected:
  std::unique_ptr<Keyring> Open() { return *Keyring::OpenOrCreate(path_); }

  TempFolder folder_;
  const std::string path_ = folder_ / "key";
  const Secret secret_{"dG9rOjEyMzQ="};
};

TEST_F(KeyringTest, ASealedSecretOpensAtItsPlaceAlsoAfterTheKeyFileIsReadAgain) {
  const std::string sealed = Open()->Seal(secret_, "instance/7/token");
  EXPECT_EQ(sealed.find(secret_.Reveal()), std::string::npos);
  EXPECT_EQ(Open()->Open(sealed, "instance/7/token")->Reveal(), secret_.Reveal());
}

TEST_F(KeyringTest, TheSameSecretIsSealedDifferentlyEachTime) {
  const auto keyring = Open();
  EXPECT_NE(keyring->Seal(secret_, "p"), keyring->Seal(secret_, "p"));
}

TEST_F(KeyringTest, AnEmptySecretIsKept) {
  const auto keyring = Open();
  EXPECT_TRUE(keyring->Open(keyring->Seal(Secret(), "p"), "p")->empty());
}

TEST_F(KeyringTest, ARecordOfAnotherPlaceDoesNotOpen) {
  const auto keyring = Open();
  const std::string sealed = keyring->Seal(secret_, "instance/7/token");
  for (const char* place : {"instance/8/token", "instance/7/toke", "instance/7/token ", ""}) {
    EXPECT_EQ(keyring->Open(sealed, place).error().kind, ErrorKind::corrupt) << place;
  }
}

TEST_F(KeyringTest, ARecordWithAnyBitFlippedDoesNotOpen) {
  const auto keyring = Open();
  const std::string sealed = keyring->Seal(secret_, "p");
  for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
    std::string changed = sealed;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));
    ASSERT_EQ(keyring->Open(changed, "p").error().kind, ErrorKind::corrupt) << bit;
  }
}

TEST_F(KeyringTest, ARecordCutAnywhereDoesNotOpen) {
  const auto keyring = Open();
  const std::string sealed = keyring->Seal(secret_, "p");
  for (std::size_t size = 0; size < sealed.size(); ++size) {
    ASSERT_EQ(keyring->Open(sealed.substr(0, size), "p").error().kind, ErrorKind::corrupt) << size;
  }
}

TEST_F(KeyringTest, AnotherKeyDoesNotOpenARecordAndSaysSo) {
  const std::string sealed = Open()->Seal(secret_, "p");
  const auto other = *Keyring::OpenOrCreate(folder_ / "other");
  const auto opened = other->Open(sealed, "p");
  EXPECT_EQ(opened.error().kind, ErrorKind::corrupt);
  EXPECT_NE(opened.error().message.find("another key"), std::string::npos);
}

TEST_F(KeyringTest, TheKeyFileIsPrivateAndOneThatIsNotIsRefused) {
  Open();
  struct stat about{};
  ASSERT_EQ(stat(path_.c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777, 0600u);
  ASSERT_EQ(chmod(path_.c_str(), 0640), 0);
  EXPECT_EQ(Keyring::OpenOrCreate(path_).error().kind, ErrorKind::forbidden);
}

TEST_F(KeyringTest, AKeyFileThatIsNoneIsRefusedAndKept) {
  for (const char* text : {"", "abc\n", "AAAA\n"}) {
    WriteBytes(path_, text);
    ASSERT_EQ(chmod(path_.c_str(), 0600), 0);
    EXPECT_EQ(Keyring::OpenOrCreate(path_).error().kind, ErrorKind::corrupt) << text;
    EXPECT_EQ(BytesOf(path_), text);
  }
}

TEST_F(KeyringTest, ANewKeySealsAndTheOldOneStillOpensUntilItIsTakenOut) {
  const auto first = Open();
  const std::string old = first->Seal(secret_, "p");
  const auto both = *first->WithNewKey(path_);
  const std::string anew = both->Seal(secret_, "p");
  EXPECT_FALSE(first->Open(anew, "p"));
  EXPECT_TRUE(both->IsOfSealingKey(anew));
  EXPECT_FALSE(both->IsOfSealingKey(old));
  const auto read = Open();
  EXPECT_TRUE(read->HasOldKeys());
  EXPECT_EQ(read->Open(old, "p")->Reveal(), secret_.Reveal());
  EXPECT_EQ(read->Open(anew, "p")->Reveal(), secret_.Reveal());
  ASSERT_TRUE(both->KeepSealingKeyOnly(path_));
  const auto last = Open();
  EXPECT_FALSE(last->HasOldKeys());
  EXPECT_EQ(last->Open(anew, "p")->Reveal(), secret_.Reveal());
  EXPECT_EQ(last->Open(old, "p").error().kind, ErrorKind::corrupt);
}

TEST_F(KeyringTest, AFileWithAnythingBehindItsKeysIsRefused) {
  ASSERT_TRUE(Open()->WithNewKey(path_));
  const std::string good = BytesOf(path_);
  for (const std::string& more : {std::string("\n"), std::string("x"), good, std::string(1000, 'A')}) {
    WriteBytes(path_, good + more);
    EXPECT_EQ(Keyring::Read(path_).error().kind, ErrorKind::corrupt) << more;
  }
}

TEST_F(KeyringTest, ReadingMakesNoFile) {
  EXPECT_EQ(Keyring::Read(path_).error().kind, ErrorKind::not_found);
  EXPECT_EQ(BytesOf(path_), "");
}

TEST_F(KeyringTest, AMissingFolderIsNamed) {
  const auto keyring = Keyring::OpenOrCreate(folder_ / "none/key");
  EXPECT_EQ(keyring.error().kind, ErrorKind::unavailable);
  EXPECT_NE(keyring.error().message.find("none/key"), std::string::npos);
}

}  // namespace
}  // namespace rowcall::ledger
