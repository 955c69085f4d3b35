#include "ledger/rotate_keys.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/crypto.h"
#include "base/text.h"
#include "ledger/catalogue.h"
#include "ledger/keyring.h"
#include "ledger/temp_folder.h"

namespace rowcall::ledger {
namespace {

/// A folder with three instances of two secrets each, as a server leaves it; each test rotates, or breaks off.
class RotateKeysTest : public ::testing::Test {
 protected:
  RotateKeysTest() {
    const auto keyring = *Keyring::OpenOrCreate(key_file_);
    const auto catalogue = *OpenSqliteCatalogue(catalogue_file_, clock_, *keyring);
    Secret user;
    EXPECT_TRUE(*catalogue->FirstStart([&](const FirstCredentials& made) -> Result<void> {
      user = made.user;
      return {};
    }));
    tenant_ = *catalogue->SignIn(user.Reveal(), std::nullopt);
    for (int i = 1; i <= kInstances; ++i) {
      model::Instance instance;
      instance.tenant = tenant_;
      instance.secrets.emplace("token", Secret("token-" + std::to_string(i)));
      instance.secrets.emplace("signature", Secret("signature-" + std::to_string(i)));
      const NewInstance made = *catalogue->CreateInstance(std::move(instance));
      ids_.push_back(made.instance.id);
      webhook_secrets_.push_back(made.webhook_secret);
    }
    old_key_ = BytesOf(key_file_);
  }

  Result<Rotation> Rotate() { return RotateKeys(key_file_, catalogue_file_, clock_); }

  /// As a server sees them that starts now.
  void ExpectEverySecretOpens() {
    const auto keyring = *Keyring::OpenOrCreate(key_file_);
    const auto catalogue = *OpenSqliteCatalogue(catalogue_file_, clock_, *keyring);
    for (std::size_t i = 0; i < ids_.size(); ++i) {
      const model::Instance read = *catalogue->GetInstance(tenant_, ids_[i]);
      const std::string number = std::to_string(i + 1);
      EXPECT_TRUE(read.unreadable.empty());
      EXPECT_EQ(read.secrets.at("token").Reveal(), "token-" + number);
      EXPECT_EQ(read.secrets.at("signature").Reveal(), "signature-" + number);
      EXPECT_EQ(catalogue->WebhookSecret(ids_[i])->Reveal(), webhook_secrets_[i].Reveal());
    }
  }

  /// No value is sealed with the old key, and the old key stands nowhere.
  void ExpectNothingOfTheOldKey() {
    const std::string key = *DecodeBase64(Trim(old_key_));
    const std::string id(Bytes(HmacSha256(key, "rowcall key id")).substr(0, 8));
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
      const std::string bytes = BytesOf(entry.path());
      EXPECT_EQ(bytes.find(Trim(old_key_)), std::string::npos) << entry.path();
      EXPECT_EQ(bytes.find(id), std::string::npos) << entry.path();
    }
    EXPECT_EQ(BytesOf(key_file_).size(), old_key_.size()) << "one key";
    struct stat about{};
    ASSERT_EQ(stat(key_file_.c_str(), &about), 0);
    EXPECT_EQ(about.st_mode & 0777, 0600u);
  }

  static constexpr int kInstances = 3;
  static constexpr std::int64_t kValues = kInstances * 3;  // each has a webhook secret too
  TempFolder folder_;
  FakeClock clock_;
  const std::string key_file_ = folder_ / "keys";
  const std::string catalogue_file_ = folder_ / "catalogue.db";
  std::string old_key_;
  TenantId tenant_;
  std::vector<InstanceId> ids_;
  std::vector<Secret> webhook_secrets_;
};

TEST_F(RotateKeysTest, EverySecretIsSealedAnewAndTheOldKeyIsGone) {
  const auto rotation = Rotate();
  ASSERT_TRUE(rotation) << rotation.error().message;
  EXPECT_EQ(rotation->sealed, kValues);
  EXPECT_FALSE(rotation->resumed);
  ExpectNothingOfTheOldKey();
  ExpectEverySecretOpens();
}

TEST_F(RotateKeysTest, EachRotationMakesAnotherKey) {
  ASSERT_TRUE(Rotate());
  const std::string second = BytesOf(key_file_);
  EXPECT_EQ(Rotate()->sealed, kValues);
  EXPECT_NE(BytesOf(key_file_), second);
  EXPECT_NE(BytesOf(key_file_), old_key_);
  ExpectEverySecretOpens();
}

TEST_F(RotateKeysTest, BrokenOffBeforeTheNewKeyIsInPlaceTheDraftCountsForNothing) {
  WriteBytes(key_file_ + ".new", "AAAAAAAA");
  ExpectEverySecretOpens();
  EXPECT_FALSE(Rotate()->resumed);
  EXPECT_FALSE(std::filesystem::exists(key_file_ + ".new"));
  ExpectNothingOfTheOldKey();
  ExpectEverySecretOpens();
}

TEST_F(RotateKeysTest, BrokenOffBeforeAnythingIsSealedAnewBothKeysServeAndTheNextCallGoesOn) {
  ASSERT_TRUE((*Keyring::Read(key_file_))->WithNewKey(key_file_));
  ExpectEverySecretOpens();
  const auto rotation = Rotate();
  ASSERT_TRUE(rotation);
  EXPECT_TRUE(rotation->resumed);
  EXPECT_EQ(rotation->sealed, kValues);
  ExpectNothingOfTheOldKey();
  ExpectEverySecretOpens();
}

TEST_F(RotateKeysTest, BrokenOffBeforeAllIsSealedAnewAServerSealsWithTheNewKey) {
  ASSERT_TRUE((*Keyring::Read(key_file_))->WithNewKey(key_file_));
  {
    const auto keyring = *Keyring::OpenOrCreate(key_file_);
    const auto catalogue = *OpenSqliteCatalogue(catalogue_file_, clock_, *keyring);
    const auto rename = [](model::Instance& now) { now.name = "meanwhile"; };
    ASSERT_TRUE(catalogue->ChangeInstance(tenant_, ids_[0], rename));
  }
  EXPECT_EQ(Rotate()->sealed, kValues - 2);  // the two settings of one instance are sealed with the new key already
  ExpectNothingOfTheOldKey();
  ExpectEverySecretOpens();
}

TEST_F(RotateKeysTest, BrokenOffBeforeTheOldKeyIsTakenOutTheNextCallTakesItOut) {
  {
    const auto keyring = *(*Keyring::Read(key_file_))->WithNewKey(key_file_);
    const auto catalogue = *OpenSqliteCatalogue(catalogue_file_, clock_, *keyring);
    EXPECT_EQ(*catalogue->SealAnew(), kValues);
    // The log is emptied by then: what a crash would leave behind is seen before the catalogue is closed.
    EXPECT_EQ(BytesOf(catalogue_file_ + "-wal"), "");
  }
  ExpectEverySecretOpens();
  const auto rotation = Rotate();
  ASSERT_TRUE(rotation);
  EXPECT_TRUE(rotation->resumed);
  EXPECT_EQ(rotation->sealed, 0);
  ExpectNothingOfTheOldKey();
  ExpectEverySecretOpens();
}

TEST_F(RotateKeysTest, AValueThatDoesNotOpenStopsItBeforeAnythingIsSealedAnewAndBothKeysStay) {
  {
    const auto other = *Keyring::OpenOrCreate(folder_ / "other");
    const auto catalogue = *OpenSqliteCatalogue(catalogue_file_, clock_, *other);
    model::Instance instance;
    instance.tenant = tenant_;
    instance.secrets.emplace("token", Secret("of a key that is not here"));
    ASSERT_TRUE(catalogue->CreateInstance(std::move(instance)));
  }
  for (int attempt = 0; attempt < 2; ++attempt) {
    const auto rotation = Rotate();
    ASSERT_FALSE(rotation);
    EXPECT_EQ(rotation.error().kind, ErrorKind::corrupt);
    EXPECT_NE(rotation.error().message.find("another key"), std::string::npos);
    EXPECT_TRUE((*Keyring::Read(key_file_))->HasOldKeys());
    ExpectEverySecretOpens();
  }
}

TEST_F(RotateKeysTest, AFolderWithoutAKeyFileIsRefusedAndStaysAsItIs) {
  const std::string none = folder_ / "none";
  EXPECT_EQ(RotateKeys(none, catalogue_file_, clock_).error().kind, ErrorKind::not_found);
  EXPECT_FALSE(std::filesystem::exists(none));
}

}  // namespace
}  // namespace rowcall::ledger
