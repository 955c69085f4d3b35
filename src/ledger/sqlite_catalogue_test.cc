#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <thread>

#include "base/crypto.h"
#include "ledger/catalogue.h"
#include "ledger/temp_folder.h"

namespace rowcall::ledger {
namespace {

class CatalogueTest : public ::testing::Test {
 protected:
  CatalogueTest() { Reopen(); }

  void Reopen() {
    catalogue_.reset();
    catalogue_ = *OpenSqliteCatalogue(path_, clock_, *keyring_);
  }
  TenantId Start() {
    EXPECT_TRUE(*catalogue_->FirstStart(Keep()));
    return *catalogue_->SignIn(credentials_.user.Reveal(), std::nullopt);
  }
  std::function<Result<void>(const FirstCredentials&)> Keep() {
    return [this](const FirstCredentials& made) -> Result<void> {
      credentials_ = made;
      return {};
    };
  }
  static model::Instance AnInstance(TenantId tenant) {
    model::Instance instance;
    instance.tenant = tenant;
    instance.connector = "crm";
    instance.name = "Ours \"1\"";
    instance.configuration = {{"base.url", "http://127.0.0.1:9090"}, {"empty", ""}};
    instance.secrets.emplace("oauth.user.token", Secret("very-secret-token"));
    instance.secrets.emplace("signature.key", Secret("very-secret-key"));
    return instance;
  }

  TempFolder folder_;
  FakeClock clock_;
  const std::string path_ = folder_ / "catalogue.db";
  const std::unique_ptr<Keyring> keyring_ = *Keyring::OpenOrCreate(folder_ / "key");
  std::unique_ptr<Catalogue> catalogue_;
  FirstCredentials credentials_;
};

TEST_F(CatalogueTest, TheFirstStartGivesCredentialsOnceAndTheyStayGood) {
  const TenantId tenant = Start();
  EXPECT_TRUE(credentials_.user.Reveal().starts_with("rcu_"));
  EXPECT_TRUE(credentials_.organization.Reveal().starts_with("rco_"));
  EXPECT_EQ(credentials_.user.Reveal().size(), 47u);
  EXPECT_FALSE(*catalogue_->FirstStart(Keep()));
  Reopen();
  EXPECT_FALSE(*catalogue_->FirstStart(Keep()));
  EXPECT_EQ(*catalogue_->SignIn(credentials_.user.Reveal(), credentials_.organization.Reveal()), tenant);
}

TEST_F(CatalogueTest, CredentialsThatCouldNotBeKeptDoNotCountAndTheNextStartMakesOthers) {
  FirstCredentials lost;
  const auto fail = [&](const FirstCredentials& made) -> Result<void> {
    lost = made;
    return Fail(ErrorKind::unavailable, "no space left on the disk");
  };
  EXPECT_EQ(catalogue_->FirstStart(fail).error().message, "no space left on the disk");
  EXPECT_EQ(catalogue_->SignIn(lost.user.Reveal(), std::nullopt).error().kind, ErrorKind::unauthenticated);
  EXPECT_TRUE(Start());
  EXPECT_NE(credentials_.user.Reveal(), lost.user.Reveal());
}

TEST_F(CatalogueTest, AWrongUserOrOrganizationIsNotSignedIn) {
  Start();
  const std::string user(credentials_.user.Reveal());
  std::string near = user;
  near.back() = near.back() == 'A' ? 'B' : 'A';
  for (const std::string& wrong : {std::string(), near, user + " ", std::string(credentials_.organization.Reveal())}) {
    EXPECT_EQ(catalogue_->SignIn(wrong, std::nullopt).error().kind, ErrorKind::unauthenticated) << wrong.size();
  }
  EXPECT_EQ(catalogue_->SignIn(user, user).error().kind, ErrorKind::unauthenticated);
  EXPECT_EQ(catalogue_->SignIn(user, "").error().kind, ErrorKind::unauthenticated);
}

TEST_F(CatalogueTest, AnInstanceReadsBackWithItsSecretsAfterReopening) {
  const TenantId tenant = Start();
  const NewInstance made = *catalogue_->CreateInstance(AnInstance(tenant));
  EXPECT_TRUE(made.instance.id);
  EXPECT_TRUE(made.token.Reveal().starts_with("rce_"));
  Reopen();
  const model::Instance read = *catalogue_->GetInstance(tenant, made.instance.id);
  const model::Instance expected = AnInstance(tenant);
  EXPECT_EQ(read.tenant, tenant);
  EXPECT_EQ(read.connector, expected.connector);
  EXPECT_EQ(read.name, expected.name);
  EXPECT_EQ(read.configuration, expected.configuration);
  EXPECT_EQ(read.created_at, clock_.Now());
  ASSERT_EQ(read.secrets.size(), 2u);
  EXPECT_EQ(read.secrets.at("oauth.user.token").Reveal(), "very-secret-token");
  EXPECT_EQ(read.secrets.at("signature.key").Reveal(), "very-secret-key");
}

TEST_F(CatalogueTest, AnElementTokenOpensItsOwnInstanceForItsOwnTenant) {
  const TenantId tenant = Start();
  const NewInstance first = *catalogue_->CreateInstance(AnInstance(tenant));
  const NewInstance second = *catalogue_->CreateInstance(AnInstance(tenant));
  EXPECT_EQ(catalogue_->SignInElement(tenant, first.token.Reveal())->id, first.instance.id);
  EXPECT_EQ(catalogue_->SignInElement(tenant, second.token.Reveal())->id, second.instance.id);
  const TenantId other(tenant.value + 1'000);
  EXPECT_EQ(catalogue_->SignInElement(other, first.token.Reveal()).error().kind, ErrorKind::unauthenticated);
  EXPECT_EQ(catalogue_->SignInElement(tenant, "rce_nothing").error().kind, ErrorKind::unauthenticated);
  EXPECT_EQ(catalogue_->SignInElement(tenant, credentials_.user.Reveal()).error().kind, ErrorKind::unauthenticated);
}

TEST_F(CatalogueTest, ADisabledInstanceIsNotSignedIn) {
  const TenantId tenant = Start();
  const NewInstance made = *catalogue_->CreateInstance(AnInstance(tenant));
  ASSERT_TRUE(catalogue_->ChangeInstance(tenant, made.instance.id, [](model::Instance& now) { now.disabled = true; }));
  EXPECT_EQ(catalogue_->SignInElement(tenant, made.token.Reveal()).error().kind, ErrorKind::unauthenticated);
  EXPECT_TRUE(catalogue_->GetInstanceForWork(made.instance.id)->disabled);
}

TEST_F(CatalogueTest, AChangeReplacesSettingsAndSecrets) {
  const TenantId tenant = Start();
  const InstanceId id = catalogue_->CreateInstance(AnInstance(tenant))->instance.id;
  const auto changed = catalogue_->ChangeInstance(tenant, id, [](model::Instance& now) {
    now.name = "renamed";
    now.configuration = {{"a", "b"}};
    now.secrets.clear();
    now.secrets.emplace("oauth.user.token", Secret("newer"));
  });
  ASSERT_TRUE(changed);
  for (const model::Instance& seen : {*changed, *catalogue_->GetInstanceForWork(id)}) {
    EXPECT_EQ(seen.name, "renamed");
    EXPECT_EQ(seen.configuration, (std::map<std::string, std::string>{{"a", "b"}}));
    ASSERT_EQ(seen.secrets.size(), 1u);
    EXPECT_EQ(seen.secrets.at("oauth.user.token").Reveal(), "newer");
  }
}

TEST_F(CatalogueTest, AChangeIsMadeToTheInstanceAsItStandsNow) {
  const TenantId tenant = Start();
  const InstanceId id = catalogue_->CreateInstance(AnInstance(tenant))->instance.id;
  ASSERT_TRUE(catalogue_->ChangeInstance(tenant, id, [](model::Instance& now) { now.disabled = true; }));
  ASSERT_TRUE(catalogue_->ChangeInstance(tenant, id, [](model::Instance& now) { now.name = "later"; }));
  EXPECT_TRUE(catalogue_->GetInstanceForWork(id)->disabled);
}

TEST_F(CatalogueTest, AnotherTenantsInstanceIsNotFound) {
  const TenantId tenant = Start();
  const model::Instance instance = catalogue_->CreateInstance(AnInstance(tenant))->instance;
  const TenantId other(tenant.value + 1'000);
  EXPECT_EQ(catalogue_->GetInstance(other, instance.id).error().kind, ErrorKind::not_found);
  EXPECT_EQ(catalogue_->DeleteInstance(other, instance.id).error().kind, ErrorKind::not_found);
  EXPECT_TRUE(catalogue_->ListInstances(other)->empty());
  const auto changed = catalogue_->ChangeInstance(other, instance.id, [](model::Instance& now) { now.name = "mine"; });
  EXPECT_EQ(changed.error().kind, ErrorKind::not_found);
  EXPECT_EQ(catalogue_->ListInstances(tenant)->size(), 1u);
}

TEST_F(CatalogueTest, ADeletedInstanceIsGoneWithItsTokenAndSecrets) {
  const TenantId tenant = Start();
  const NewInstance made = *catalogue_->CreateInstance(AnInstance(tenant));
  ASSERT_TRUE(catalogue_->DeleteInstance(tenant, made.instance.id));
  EXPECT_EQ(catalogue_->GetInstanceForWork(made.instance.id).error().kind, ErrorKind::not_found);
  EXPECT_EQ(catalogue_->SignInElement(tenant, made.token.Reveal()).error().kind, ErrorKind::unauthenticated);
  EXPECT_EQ(catalogue_->WebhookSecret(made.instance.id).error().kind, ErrorKind::not_found);
  EXPECT_EQ(catalogue_->DeleteInstance(tenant, made.instance.id).error().kind, ErrorKind::not_found);
}

TEST_F(CatalogueTest, EachInstanceHasAWebhookSecretOfItsOwn) {
  const TenantId tenant = Start();
  const NewInstance first = *catalogue_->CreateInstance(AnInstance(tenant));
  const NewInstance second = *catalogue_->CreateInstance(AnInstance(tenant));
  const std::string_view text = first.webhook_secret.Reveal();
  ASSERT_TRUE(text.starts_with("whsec_"));
  EXPECT_EQ(DecodeBase64(text.substr(6))->size(), 32u);
  EXPECT_NE(text, second.webhook_secret.Reveal());
  EXPECT_EQ(catalogue_->WebhookSecret(first.instance.id)->Reveal(), text);
}

class SavedMappingTest : public CatalogueTest {
 protected:
  Result<model::SavedMapping> Put(const std::string& name, const std::string& json = R"({"A":"mail"})") {
    return catalogue_->PutMapping(tenant_, instance_, {name, "person", json, {}, {}});
  }
  std::vector<std::string> Names(InstanceId instance) {
    std::vector<std::string> names;
    for (const model::SavedMapping& mapping : *catalogue_->ListMappings(tenant_, instance))
      names.push_back(mapping.name);
    return names;
  }

  const TenantId tenant_ = Start();
  const InstanceId instance_ = catalogue_->CreateInstance(AnInstance(tenant_))->instance.id;
};

TEST_F(SavedMappingTest, AMappingReadsBackAfterReopening) {
  const WallTime saved_at = clock_.Now();
  const std::string json = R"({"Größe \"1\"":"own.size"})";
  ASSERT_TRUE(Put("people", json));
  Reopen();
  const auto read = catalogue_->GetMapping(tenant_, instance_, "people");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->name, "people");
  EXPECT_EQ(read->object, "person");
  EXPECT_EQ(read->mapping_json, json);
  EXPECT_EQ(read->created_at, saved_at);
  EXPECT_EQ(read->changed_at, saved_at);
}

TEST_F(SavedMappingTest, SavingAgainReplacesAllButTheCreationTime) {
  const WallTime first = clock_.Now();
  ASSERT_TRUE(Put("people"));
  clock_.Advance(std::chrono::hours(1));
  const auto put = catalogue_->PutMapping(tenant_, instance_, {"people", "club", "{}", {}, {}});
  for (const auto& seen : {put, catalogue_->GetMapping(tenant_, instance_, "people")}) {
    ASSERT_TRUE(seen);
    EXPECT_EQ(seen->object, "club");
    EXPECT_EQ(seen->mapping_json, "{}");
    EXPECT_EQ(seen->created_at, first);
    EXPECT_EQ(seen->changed_at, first + std::chrono::hours(1));
  }
  EXPECT_EQ(Names(instance_), std::vector<std::string>{"people"});
}

TEST_F(SavedMappingTest, MappingsAreListedByNameWithoutTheirContent) {
  for (const char* name : {"b", "a", "B"}) ASSERT_TRUE(Put(name));
  EXPECT_EQ(Names(instance_), (std::vector<std::string>{"B", "a", "b"}));
  const auto listed = catalogue_->ListMappings(tenant_, instance_);
  EXPECT_EQ(listed->front().object, "person");
  EXPECT_EQ(listed->front().mapping_json, "");
  EXPECT_EQ(listed->front().created_at, clock_.Now());
}

TEST_F(SavedMappingTest, ADeletedOneIsReturnedOnceAndGone) {
  ASSERT_TRUE(Put("people", R"({"B":"name"})"));
  ASSERT_TRUE(Put("others"));
  EXPECT_EQ(catalogue_->DeleteMapping(tenant_, instance_, "people")->mapping_json, R"({"B":"name"})");
  Reopen();
  EXPECT_EQ(catalogue_->GetMapping(tenant_, instance_, "people").error().kind, ErrorKind::not_found);
  EXPECT_EQ(catalogue_->DeleteMapping(tenant_, instance_, "people").error().kind, ErrorKind::not_found);
  EXPECT_EQ(Names(instance_), std::vector<std::string>{"others"});
}

TEST_F(SavedMappingTest, AnotherTenantOrInstanceNeitherSeesNorTouchesIt) {
  ASSERT_TRUE(Put("people"));
  const InstanceId neighbour = catalogue_->CreateInstance(AnInstance(tenant_))->instance.id;
  const TenantId stranger(tenant_.value + 1'000);
  for (const auto& [tenant, instance] : {std::pair(tenant_, neighbour), std::pair(stranger, instance_)}) {
    EXPECT_EQ(catalogue_->GetMapping(tenant, instance, "people").error().kind, ErrorKind::not_found);
    EXPECT_TRUE(catalogue_->ListMappings(tenant, instance)->empty());
    EXPECT_EQ(catalogue_->DeleteMapping(tenant, instance, "people").error().kind, ErrorKind::not_found);
  }
  const model::SavedMapping other{"people", "club", "{}", {}, {}};
  EXPECT_EQ(catalogue_->PutMapping(stranger, instance_, other).error().kind, ErrorKind::not_found);
  ASSERT_TRUE(catalogue_->PutMapping(tenant_, neighbour, other));
  EXPECT_EQ(catalogue_->GetMapping(tenant_, instance_, "people")->object, "person");
}

TEST_F(SavedMappingTest, MappingsGoWithTheirInstanceAlone) {
  const InstanceId neighbour = catalogue_->CreateInstance(AnInstance(tenant_))->instance.id;
  ASSERT_TRUE(Put("people"));
  ASSERT_TRUE(catalogue_->PutMapping(tenant_, neighbour, {"people", "person", "{}", {}, {}}));
  ASSERT_TRUE(catalogue_->DeleteInstance(tenant_, instance_));
  EXPECT_EQ(Names(instance_), std::vector<std::string>{});
  EXPECT_EQ(Names(neighbour), std::vector<std::string>{"people"});
  EXPECT_EQ(Put("people").error().kind, ErrorKind::not_found);
}

TEST_F(SavedMappingTest, BeyondTheMostOnlyKnownNamesCanBeSaved) {
  for (std::int64_t i = 0; i < kMaxMappings; ++i) ASSERT_TRUE(Put("m" + std::to_string(i)));
  const auto refused = Put("one-more");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::conflict);
  EXPECT_EQ(refused.error().message, "This instance has 100 mappings, and can have no more.");
  EXPECT_EQ(Names(instance_).size(), 100u);
  EXPECT_TRUE(Put("m7", "{}"));
  ASSERT_TRUE(catalogue_->DeleteMapping(tenant_, instance_, "m7"));
  EXPECT_TRUE(Put("one-more"));
}

TEST_F(CatalogueTest, NoSecretStandsInTheFilesInClear) {
  const TenantId tenant = Start();
  NewInstance made = *catalogue_->CreateInstance(AnInstance(tenant));
  const std::string bytes = BytesOf(path_) + BytesOf(path_ + "-wal");
  ASSERT_NE(bytes.find("oauth.user.token"), std::string::npos);  // the record is there, its secret is not
  for (const Secret* secret :
       {&credentials_.user, &credentials_.organization, &made.token, &made.webhook_secret,
        &made.instance.secrets.at("oauth.user.token"), &made.instance.secrets.at("signature.key")}) {
    EXPECT_EQ(bytes.find(secret->Reveal()), std::string::npos);
  }
}

// Whose end SQLite would drop in silence, were a bit of it flipped.
TEST_F(CatalogueTest, NoWriteStaysInTheLog) {
  const TenantId tenant = Start();
  EXPECT_EQ(BytesOf(path_ + "-wal"), "");
  const auto made = catalogue_->CreateInstance(AnInstance(tenant));
  ASSERT_TRUE(made);
  EXPECT_EQ(BytesOf(path_ + "-wal"), "");
  ASSERT_TRUE(catalogue_->DeleteInstance(tenant, made->instance.id));
  EXPECT_EQ(BytesOf(path_ + "-wal"), "");
}

TEST_F(CatalogueTest, EveryWriteRaisesTheCountOfChangesAndNoReadDoes) {
  std::uint64_t count = catalogue_->ChangeCount();
  const auto has_risen = [&] { return std::exchange(count, catalogue_->ChangeCount()) < catalogue_->ChangeCount(); };
  const TenantId tenant = Start();
  EXPECT_TRUE(has_risen());
  const NewInstance made = *catalogue_->CreateInstance(AnInstance(tenant));
  EXPECT_TRUE(has_risen());
  const InstanceId id = made.instance.id;
  ASSERT_TRUE(catalogue_->ChangeInstance(tenant, id, [](model::Instance& now) { now.name = "later"; }));
  EXPECT_TRUE(has_risen());
  ASSERT_TRUE(catalogue_->PutMapping(tenant, id, {"people", "person", "{}", {}, {}}));
  EXPECT_TRUE(has_risen());
  ASSERT_TRUE(catalogue_->SignIn(credentials_.user.Reveal(), credentials_.organization.Reveal()));
  ASSERT_TRUE(catalogue_->SignInElement(tenant, made.token.Reveal()));
  ASSERT_TRUE(catalogue_->GetInstanceForWork(id));
  ASSERT_TRUE(catalogue_->WebhookSecret(id));
  ASSERT_EQ(catalogue_->ListInstances(tenant)->size(), 1u);
  ASSERT_TRUE(catalogue_->GetMapping(tenant, id, "people"));
  EXPECT_FALSE(has_risen());
  ASSERT_TRUE(catalogue_->DeleteMapping(tenant, id, "people"));
  EXPECT_TRUE(has_risen());
  ASSERT_TRUE(catalogue_->SealAnew());
  EXPECT_TRUE(has_risen());
  ASSERT_TRUE(catalogue_->DeleteInstance(tenant, id));
  EXPECT_TRUE(has_risen());
}

TEST_F(CatalogueTest, TheCountOfChangesHasRisenWhileAWriteStillWorks) {
  const TenantId tenant = Start();
  const InstanceId id = catalogue_->CreateInstance(AnInstance(tenant))->instance.id;
  const std::uint64_t before = catalogue_->ChangeCount();
  ASSERT_TRUE(
      catalogue_->ChangeInstance(tenant, id, [&](model::Instance&) { EXPECT_GT(catalogue_->ChangeCount(), before); }));
}

// What a look-up gave under a count that still stands is what the next look-up gives.
TEST_F(CatalogueTest, AsLongAsTheCountOfChangesStandsSoDoesASignIn) {
  const TenantId tenant = Start();
  const NewInstance made = *catalogue_->CreateInstance(AnInstance(tenant));
  std::atomic<bool> is_over = false;
  const auto look_up_again_and_again = [&] {
    std::map<std::uint64_t, std::string> names;
    while (!is_over) {
      const std::uint64_t count = catalogue_->ChangeCount();
      const std::string name = catalogue_->SignInElement(tenant, made.token.Reveal())->name;
      if (catalogue_->ChangeCount() == count) EXPECT_EQ(names.emplace(count, name).first->second, name) << count;
    }
  };
  std::thread one(look_up_again_and_again), other(look_up_again_and_again);
  for (int i = 0; i < 20; ++i) {
    const auto rename = [i](model::Instance& now) { now.name = std::to_string(i); };
    EXPECT_TRUE(catalogue_->ChangeInstance(tenant, made.instance.id, rename));
  }
  is_over = true;
  one.join();
  other.join();
}

TEST_F(CatalogueTest, AnotherKeyFileDoesNotOpenTheSecrets) {
  const TenantId tenant = Start();
  const InstanceId id = catalogue_->CreateInstance(AnInstance(tenant))->instance.id;
  catalogue_.reset();
  const auto other = *Keyring::OpenOrCreate(folder_ / "other");
  const auto reopened = *OpenSqliteCatalogue(path_, clock_, *other);
  const model::Instance read = *reopened->GetInstance(tenant, id);
  EXPECT_TRUE(read.secrets.empty());
  EXPECT_EQ(read.unreadable.size(), 2u);
  EXPECT_EQ(reopened->WebhookSecret(id).error().kind, ErrorKind::corrupt);
}

}  // namespace
}  // namespace rowcall::ledger
