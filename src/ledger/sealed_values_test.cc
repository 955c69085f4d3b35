// What the catalogue makes of sealed values that somebody changed in the file: each opens at its own place or nowhere.

#include <gtest/gtest.h>

#include "ledger/catalogue.h"
#include "ledger/sqlite.h"
#include "ledger/temp_folder.h"

namespace rowcall::ledger {
namespace {

/// Three instances, the last of another tenant, and a second connection for whoever edits the file.
class SealedValuesTest : public ::testing::Test {
 protected:
  SealedValuesTest() {
    Secret user;
    EXPECT_TRUE(*catalogue_->FirstStart([&](const FirstCredentials& made) -> Result<void> {
      user = made.user;
      return {};
    }));
    const TenantId tenant = *catalogue_->SignIn(user.Reveal(), std::nullopt);
    Edit("PRAGMA foreign_keys = OFF; PRAGMA synchronous = OFF");
    Edit("INSERT INTO organization VALUES (900, zeroblob(32), 0)");
    first_ = Make(tenant, "first");
    second_ = Make(tenant, "second");
    foreign_ = Make(TenantId(900), "foreign");
  }

  model::Instance Make(TenantId tenant, const std::string& name) {
    model::Instance instance;
    instance.tenant = tenant;
    instance.name = name;
    instance.secrets.emplace("token", Secret("canary-token-" + name));
    instance.secrets.emplace("signature", Secret("canary-signature-" + name));
    return catalogue_->CreateInstance(std::move(instance))->instance;
  }

  void Edit(const char* sql) {
    const Result<void> done = editor_->Execute(sql);
    ASSERT_TRUE(done) << done.error().message;
  }

  /// One value, as `SELECT sealed …` gives it.
  std::string Sealed(const model::Instance& instance, const char* name) {
    Query query =
        editor_->Use("SELECT sealed FROM instance_secret WHERE instance = ?1 AND name = ?2", instance.id, name);
    EXPECT_TRUE(*query.Next());
    return query.Text(0);
  }
  void Put(const model::Instance& instance, const char* name, const std::string& sealed) {
    ASSERT_TRUE(editor_
                    ->Use("UPDATE instance_secret SET sealed = ?3 WHERE instance = ?1 AND name = ?2", instance.id, name,
                          BlobView{sealed})
                    .Run());
  }
  void Swap(const model::Instance& a, const char* a_name, const model::Instance& b, const char* b_name) {
    const std::string kept = Sealed(a, a_name);
    Put(a, a_name, Sealed(b, b_name));
    Put(b, b_name, kept);
  }

  model::Instance Read(const model::Instance& instance) { return *catalogue_->GetInstanceForWork(instance.id); }

  void ExpectReads(const model::Instance& instance, const char* setting) {
    const model::Instance read = Read(instance);
    ASSERT_TRUE(read.secrets.contains(setting)) << instance.name << " " << setting;
    EXPECT_EQ(read.secrets.at(setting).Reveal(), instance.secrets.at(setting).Reveal());
  }
  /// It is said to be unreadable, by words that name its place and no value.
  void ExpectUnreadable(const model::Instance& instance, const std::string& setting) {
    const model::Instance read = Read(instance);
    EXPECT_FALSE(read.secrets.contains(setting)) << instance.name << " " << setting;
    ASSERT_TRUE(read.unreadable.contains(setting)) << instance.name << " " << setting;
    const std::string& why = read.unreadable.at(setting);
    EXPECT_NE(why.find("instance/" + std::to_string(instance.id.value) + "/" + setting), std::string::npos) << why;
    EXPECT_EQ(why.find("canary"), std::string::npos) << why;
  }

  TempFolder folder_;
  FakeClock clock_;
  const std::string path_ = folder_ / "catalogue.db";
  const std::unique_ptr<Keyring> keyring_ = *Keyring::OpenOrCreate(folder_ / "key");
  const std::unique_ptr<Catalogue> catalogue_ = *OpenSqliteCatalogue(path_, clock_, *keyring_);
  const std::unique_ptr<Database> editor_ = *Database::Open(path_);
  model::Instance first_, second_, foreign_;
};

TEST_F(SealedValuesTest, SwappedBetweenSettingsNeitherOpens) {
  Swap(first_, "token", first_, "signature");
  ExpectUnreadable(first_, "token");
  ExpectUnreadable(first_, "signature");
  ExpectReads(second_, "token");
}

TEST_F(SealedValuesTest, SwappedBetweenInstancesNeitherOpens) {
  Swap(first_, "token", second_, "token");
  ExpectUnreadable(first_, "token");
  ExpectUnreadable(second_, "token");
  ExpectReads(first_, "signature");
}

TEST_F(SealedValuesTest, SwappedBetweenTenantsNeitherOpens) {
  Swap(first_, "token", foreign_, "token");
  ExpectUnreadable(first_, "token");
  ExpectUnreadable(foreign_, "token");
}

TEST_F(SealedValuesTest, AnInstanceMovedToAnotherTenantTakesNoSecretWithIt) {
  Edit(
      "UPDATE instance SET tenant = 900 WHERE name = 'first';"
      "UPDATE instance_secret SET tenant = 900 WHERE instance = (SELECT id FROM instance WHERE name = 'first')");
  EXPECT_EQ(Read(first_).tenant, TenantId(900));
  ExpectUnreadable(first_, "token");
  ExpectUnreadable(first_, "signature");
  EXPECT_EQ(catalogue_->WebhookSecret(first_.id).error().kind, ErrorKind::corrupt);
}

TEST_F(SealedValuesTest, SwappedWebhookSecretsDoNotOpen) {
  Edit(
      "UPDATE instance SET webhook_secret = (SELECT webhook_secret FROM instance AS other WHERE other.name = 'second') "
      "WHERE name = 'first'");
  const auto opened = catalogue_->WebhookSecret(first_.id);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind, ErrorKind::corrupt);
  EXPECT_NE(opened.error().message.find("instance-webhook/" + std::to_string(first_.id.value)), std::string::npos);
  EXPECT_TRUE(catalogue_->WebhookSecret(second_.id));
}

TEST_F(SealedValuesTest, WithABitFlippedInAnyByteItDoesNotOpen) {
  const std::string sealed = Sealed(first_, "token");
  for (std::size_t at = 0; at < sealed.size(); ++at) {
    std::string changed = sealed;
    changed[at] = static_cast<char>(changed[at] ^ (1 << (at % 8)));
    Put(first_, "token", changed);
    ExpectUnreadable(first_, "token");
  }
  Put(first_, "token", sealed);
  ExpectReads(first_, "token");
}

TEST_F(SealedValuesTest, CutOffItDoesNotOpen) {
  const std::string sealed = Sealed(first_, "token");
  for (std::size_t size = 0; size < sealed.size(); ++size) {
    Put(first_, "token", sealed.substr(0, size));
    ExpectUnreadable(first_, "token");
  }
}

TEST_F(SealedValuesTest, OfAnUnknownKeyItDoesNotOpenAndTheKeyIsBlamed) {
  const auto other = *Keyring::OpenOrCreate(folder_ / "other");
  const std::string place =
      "tenant/" + std::to_string(first_.tenant.value) + "/instance/" + std::to_string(first_.id.value) + "/token";
  Put(first_, "token", other->Seal(Secret("canary"), place));
  ExpectUnreadable(first_, "token");
  EXPECT_NE(Read(first_).unreadable.at("token").find("another key"), std::string::npos);
  Put(first_, "token", keyring_->Seal(Secret("by our key"), place));
  EXPECT_EQ(Read(first_).secrets.at("token").Reveal(), "by our key") << "the place is the right one";
}

TEST_F(SealedValuesTest, TheListStillShowsEveryInstance) {
  Swap(first_, "token", second_, "token");
  const auto listed = catalogue_->ListInstances(first_.tenant);
  ASSERT_TRUE(listed);
  EXPECT_EQ(listed->size(), 2u);
}

TEST_F(SealedValuesTest, SetAnewItIsMendedAndTheOthersStayAsTheyAre) {
  Swap(first_, "token", first_, "signature");
  const std::string signature = Sealed(first_, "signature");
  const auto changed = catalogue_->ChangeInstance(
      first_.tenant, first_.id, [](model::Instance& now) { now.secrets.insert_or_assign("token", Secret("newer")); });
  ASSERT_TRUE(changed) << changed.error().message;
  EXPECT_FALSE(changed->unreadable.contains("token"));
  EXPECT_EQ(Read(first_).secrets.at("token").Reveal(), "newer");
  ExpectUnreadable(first_, "signature");
  EXPECT_EQ(Sealed(first_, "signature"), signature);
}

TEST_F(SealedValuesTest, AnUnreadableSecretCanBeRemoved) {
  Put(first_, "signature", "damaged");
  const auto remove = [](model::Instance& now) { now.unreadable.erase("signature"); };
  ASSERT_TRUE(catalogue_->ChangeInstance(first_.tenant, first_.id, remove));
  EXPECT_TRUE(Read(first_).unreadable.empty());
  ExpectReads(first_, "token");
}

TEST_F(SealedValuesTest, SealingAnewChangesNothingIfOneDoesNotOpen) {
  Put(second_, "token", "damaged");
  const auto next = *keyring_->WithNewKey(folder_ / "key");
  const auto catalogue = *OpenSqliteCatalogue(path_, clock_, *next);
  const std::string before = Sealed(first_, "token");
  const auto sealed = catalogue->SealAnew();
  ASSERT_FALSE(sealed);
  EXPECT_EQ(sealed.error().kind, ErrorKind::corrupt);
  EXPECT_NE(sealed.error().message.find("instance/" + std::to_string(second_.id.value) + "/token"), std::string::npos);
  EXPECT_EQ(Sealed(first_, "token"), before);
}

TEST_F(SealedValuesTest, SealingAnewSaysSoWhileAnotherProgramKeepsOldPagesInTheLog) {
  const auto next = *keyring_->WithNewKey(folder_ / "key");
  const auto catalogue = *OpenSqliteCatalogue(path_, clock_, *next);
  Edit("BEGIN; SELECT count(*) FROM instance");
  const auto sealed = catalogue->SealAnew();
  ASSERT_FALSE(sealed);
  EXPECT_EQ(sealed.error().kind, ErrorKind::unavailable);
  Edit("COMMIT");
  EXPECT_EQ(*catalogue->SealAnew(), 0) << "all is sealed anew; only the log was left";
}

}  // namespace
}  // namespace rowcall::ledger
