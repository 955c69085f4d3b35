#include <fmt/format.h>

#include <atomic>
#include <mutex>
#include <utility>
#include <vector>

#include "base/assert.h"
#include "base/crypto.h"
#include "ledger/catalogue.h"
#include "ledger/json_text.h"
#include "ledger/schema.h"
#include "ledger/sqlite.h"

namespace rowcall::ledger {

namespace {

constexpr std::string_view kUserPrefix = "rcu_";
constexpr std::string_view kOrganizationPrefix = "rco_";
constexpr std::string_view kElementPrefix = "rce_";
constexpr std::size_t kSecretBytes = 32;
constexpr std::size_t kPrefixBytes = 8;  // of a digest, for the look-up

/// A prefix that tells what it is, and 256 random bits in URL-safe Base64.
Secret NewSecret(std::string_view prefix) {
  std::string text = Base64(RandomBytes(kSecretBytes));
  text.resize(text.find('='));
  for (char& c : text) {
    if (c == '+') c = '-';
    if (c == '/') c = '_';
  }
  return Secret(std::string(prefix) + text);
}

std::string DigestOf(std::string_view secret) { return std::string(Bytes(Sha256Of(secret))); }

std::string_view PrefixOf(const std::string& digest) { return std::string_view(digest).substr(0, kPrefixBytes); }

std::string PlaceOf(TenantId tenant, InstanceId id, std::string_view name) {
  return fmt::format("tenant/{}/instance/{}/{}", tenant.value, id.value, name);
}

std::string WebhookPlaceOf(TenantId tenant, InstanceId id) {
  return fmt::format("tenant/{}/instance-webhook/{}", tenant.value, id.value);
}

std::unexpected<Error> NoSuchInstance(InstanceId id) {
  return Fail(ErrorKind::not_found, "there is no instance " + std::to_string(id.value));
}

std::unexpected<Error> NoSuchMapping(std::string_view name) {
  return Fail(ErrorKind::not_found, "there is no mapping \"" + std::string(name) + "\"");
}

std::unexpected<Error> Unknown(const char* what) {
  return Fail(ErrorKind::unauthenticated, std::string("the ") + what + " is not known here",
              "Check the Authorization header: Element <token>, User <secret>, Organization <secret>.");
}

/// `query` gives name, object, content and the two times.
model::SavedMapping MappingIn(const Query& query) {
  return {query.Text(0), query.Text(1), query.Text(2), query.Time(3), query.Time(4)};
}

/// BEGIN … COMMIT around a write; rolled back unless committed.
class WriteScope {
 public:
  static Result<std::unique_ptr<WriteScope>> Begin(Database& db) {
    if (std::optional<Error> why = db.broken()) return std::unexpected(*std::move(why));
    RETURN_IF_ERROR(db.Use("BEGIN IMMEDIATE").Run());
    return std::unique_ptr<WriteScope>(new WriteScope(db));
  }
  WriteScope(const WriteScope&) = delete;
  WriteScope& operator=(const WriteScope&) = delete;
  ~WriteScope() {
    if (!committed_) static_cast<void>(db_.Execute("ROLLBACK"));  // fails where SQLite did so by itself
  }
  Result<void> Commit() {
    RETURN_IF_ERROR(db_.Use("COMMIT").Run());
    committed_ = true;
    // Nothing stays in the log: its end could be lost unnoticed, for it has no head as the ledger's has. The write itself
    // is done; if the log cannot be emptied now, that is for the next one.
    static_cast<void>(db_.Execute("PRAGMA wal_checkpoint(TRUNCATE)"));
    return {};
  }

 private:
  explicit WriteScope(Database& db) : db_(db) {}
  Database& db_;
  bool committed_ = false;
};

class SqliteCatalogue final : public Catalogue {
 public:
  SqliteCatalogue(std::unique_ptr<Database> db, const Clock& clock, const Keyring& keyring)
      : db_(std::move(db)), clock_(clock), keyring_(keyring) {}

  Result<bool> FirstStart(const std::function<Result<void>(const FirstCredentials&)>& keep) override;
  Result<TenantId> SignIn(std::string_view user, std::optional<std::string_view> organization) override;
  Result<model::Instance> SignInElement(TenantId tenant, std::string_view token) override;
  std::uint64_t ChangeCount() const override { return change_count_; }
  Result<NewInstance> CreateInstance(model::Instance instance) override;
  Result<model::Instance> GetInstance(TenantId tenant, InstanceId id) override;
  Result<model::Instance> GetInstanceForWork(InstanceId id) override;
  Result<std::vector<model::Instance>> ListInstances(TenantId tenant) override;
  Result<model::Instance> ChangeInstance(TenantId tenant, InstanceId id,
                                         const std::function<void(model::Instance&)>& change) override;
  Result<void> DeleteInstance(TenantId tenant, InstanceId id) override;
  Result<Secret> WebhookSecret(InstanceId id) override;
  Result<std::int64_t> SealAnew() override;
  Result<model::SavedMapping> PutMapping(TenantId tenant, InstanceId instance,
                                         const model::SavedMapping& mapping) override;
  Result<model::SavedMapping> GetMapping(TenantId tenant, InstanceId instance, std::string_view name) override;
  Result<std::vector<model::SavedMapping>> ListMappings(TenantId tenant, InstanceId instance) override;
  Result<model::SavedMapping> DeleteMapping(TenantId tenant, InstanceId instance, std::string_view name) override;

 private:
  /// A sealed value where it stands.
  struct Sealed {
    TenantId tenant;
    InstanceId instance;
    std::optional<std::string> setting;  ///< nullopt: the webhook secret.
    std::string value;
  };
  Result<std::unique_ptr<WriteScope>> BeginWrite();
  Result<std::int64_t> NextId();
  Result<bool> HasOrganization();
  Result<bool> OrganizationIs(TenantId tenant, std::string_view secret);
  Result<model::Instance> FindInstance(TenantId tenant, InstanceId id);
  Result<model::Instance> InstanceIn(const Query& query);
  Result<void> ReadSecrets(model::Instance& instance);
  Result<void> WriteSecrets(const model::Instance& instance);
  Result<std::vector<Sealed>> ReadSealed();
  Result<void> SealAnew(const Sealed& old);
  Result<model::SavedMapping> FindMapping(TenantId tenant, InstanceId instance, std::string_view name);
  Result<std::int64_t> CountMappings(TenantId tenant, InstanceId instance);

  std::mutex mutex_;  // over the connection
  std::unique_ptr<Database> db_;
  const Clock& clock_;
  const Keyring& keyring_;
  std::atomic<std::uint64_t> change_count_ = 0;
};

// The columns that InstanceIn reads.
const std::string kSelectInstance =
    "SELECT tenant, id, connector, name, configuration, disabled, created_at FROM instance ";
const std::string kInstanceOfTenant = kSelectInstance + "WHERE tenant = ?1 AND id = ?2";
const std::string kInstanceById = kSelectInstance + "WHERE id = ?1";
const std::string kInstancesOfTenant = kSelectInstance + "WHERE tenant = ?1 ORDER BY id";

/// Raises the count under the lock: a look-up that begins with the new count waits for the write to end. Also for a write
/// that fails, as a COMMIT that fails may have reached the disk.
Result<std::unique_ptr<WriteScope>> SqliteCatalogue::BeginWrite() {
  ++change_count_;
  return WriteScope::Begin(*db_);
}

Result<std::int64_t> SqliteCatalogue::NextId() {
  Query query = db_->Use("UPDATE sequence SET next = next + 1 RETURNING next - 1");
  ASSIGN_OR_RETURN(const bool found, query.Next());
  ROWCALL_ASSERT(found);
  return query.Int(0);
}

Result<bool> SqliteCatalogue::HasOrganization() {
  Query query = db_->Use("SELECT 1 FROM organization LIMIT 1");
  return query.Next();
}

Result<bool> SqliteCatalogue::FirstStart(const std::function<Result<void>(const FirstCredentials&)>& keep) {
  const std::lock_guard lock(mutex_);
  ASSIGN_OR_RETURN(const auto write, BeginWrite());
  ASSIGN_OR_RETURN(const bool begun_before, HasOrganization());
  if (begun_before) return false;
  const FirstCredentials credentials{NewSecret(kUserPrefix), NewSecret(kOrganizationPrefix)};
  const std::string organization_digest = DigestOf(credentials.organization.Reveal());
  const std::string user_digest = DigestOf(credentials.user.Reveal());
  ASSIGN_OR_RETURN(const std::int64_t organization, NextId());
  RETURN_IF_ERROR(db_->Use("INSERT INTO organization VALUES (?1, ?2, ?3)", organization, BlobView{organization_digest},
                           clock_.Now())
                      .Run());
  ASSIGN_OR_RETURN(const std::int64_t user, NextId());
  RETURN_IF_ERROR(
      db_->Use("INSERT INTO user VALUES (?1, ?2, ?3, ?4)", user, organization, BlobView{user_digest}, clock_.Now())
          .Run());
  RETURN_IF_ERROR(keep(credentials));
  RETURN_IF_ERROR(write->Commit());
  return true;
}

Result<bool> SqliteCatalogue::OrganizationIs(TenantId tenant, std::string_view secret) {
  Query query = db_->Use("SELECT secret_sha256 FROM organization WHERE id = ?1", tenant);
  ASSIGN_OR_RETURN(const bool found, query.Next());
  return found && EqualInConstantTime(query.Text(0), DigestOf(secret));
}

Result<TenantId> SqliteCatalogue::SignIn(std::string_view user, std::optional<std::string_view> organization) {
  const std::string digest = DigestOf(user);
  const std::lock_guard lock(mutex_);
  Query query = db_->Use("SELECT organization, secret_sha256 FROM user WHERE substr(secret_sha256, 1, 8) = ?1",
                         BlobView{PrefixOf(digest)});
  ASSIGN_OR_RETURN(const bool found, query.Next());
  if (!found || !EqualInConstantTime(query.Text(1), digest)) return Unknown("user secret");
  const TenantId tenant(query.Int(0));
  if (!organization) return tenant;
  ASSIGN_OR_RETURN(const bool agrees, OrganizationIs(tenant, *organization));
  if (!agrees) return Unknown("organization secret");
  return tenant;
}

Result<model::Instance> SqliteCatalogue::SignInElement(TenantId tenant, std::string_view token) {
  const std::string digest = DigestOf(token);
  const std::lock_guard lock(mutex_);
  Query query = db_->Use(
      "SELECT id, token_sha256 FROM instance WHERE substr(token_sha256, 1, 8) = ?1 AND tenant = ?2 AND NOT disabled",
      BlobView{PrefixOf(digest)}, tenant);
  ASSIGN_OR_RETURN(const bool found, query.Next());
  if (!found || !EqualInConstantTime(query.Text(1), digest)) return Unknown("element token");
  Query instance = db_->Use(kInstanceById.c_str(), query.Int(0));
  ASSIGN_OR_RETURN(const bool there, instance.Next());
  ROWCALL_ASSERT(there);
  return InstanceIn(instance);
}

Result<NewInstance> SqliteCatalogue::CreateInstance(model::Instance instance) {
  const std::lock_guard lock(mutex_);
  ASSIGN_OR_RETURN(const auto write, BeginWrite());
  ASSIGN_OR_RETURN(const std::int64_t id, NextId());
  instance.id = InstanceId(id);
  instance.created_at = clock_.Now();
  Secret token = NewSecret(kElementPrefix);
  Secret webhook_secret("whsec_" + Base64(RandomBytes(kSecretBytes)));
  const std::string digest = DigestOf(token.Reveal());
  const std::string sealed = keyring_.Seal(webhook_secret, WebhookPlaceOf(instance.tenant, instance.id));
  RETURN_IF_ERROR(db_->Use("INSERT INTO instance VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)", instance.tenant, id,
                           instance.connector, instance.name, MapToJson(instance.configuration), instance.disabled,
                           instance.created_at, BlobView{digest}, BlobView{sealed})
                      .Run());
  RETURN_IF_ERROR(WriteSecrets(instance));
  RETURN_IF_ERROR(write->Commit());
  return NewInstance{std::move(instance), std::move(token), std::move(webhook_secret)};
}

Result<model::Instance> SqliteCatalogue::GetInstance(TenantId tenant, InstanceId id) {
  const std::lock_guard lock(mutex_);
  return FindInstance(tenant, id);
}

Result<model::Instance> SqliteCatalogue::FindInstance(TenantId tenant, InstanceId id) {
  Query query = db_->Use(kInstanceOfTenant.c_str(), tenant, id);
  ASSIGN_OR_RETURN(const bool found, query.Next());
  if (!found) return NoSuchInstance(id);
  return InstanceIn(query);
}

Result<model::Instance> SqliteCatalogue::GetInstanceForWork(InstanceId id) {
  const std::lock_guard lock(mutex_);
  Query query = db_->Use(kInstanceById.c_str(), id);
  ASSIGN_OR_RETURN(const bool found, query.Next());
  if (!found) return NoSuchInstance(id);
  return InstanceIn(query);
}

Result<std::vector<model::Instance>> SqliteCatalogue::ListInstances(TenantId tenant) {
  const std::lock_guard lock(mutex_);
  Query query = db_->Use(kInstancesOfTenant.c_str(), tenant);
  std::vector<model::Instance> instances;
  for (;;) {
    ASSIGN_OR_RETURN(const bool found, query.Next());
    if (!found) return instances;
    ASSIGN_OR_RETURN(model::Instance instance, InstanceIn(query));
    instances.push_back(std::move(instance));
  }
}

Result<model::Instance> SqliteCatalogue::ChangeInstance(TenantId tenant, InstanceId id,
                                                        const std::function<void(model::Instance&)>& change) {
  const std::lock_guard lock(mutex_);
  ASSIGN_OR_RETURN(const auto write, BeginWrite());
  ASSIGN_OR_RETURN(model::Instance instance, FindInstance(tenant, id));
  change(instance);
  for (const auto& [name, secret] : instance.secrets) instance.unreadable.erase(name);
  RETURN_IF_ERROR(
      db_->Use("UPDATE instance SET name = ?3, configuration = ?4, disabled = ?5 WHERE tenant = ?1 AND id = ?2", tenant,
               id, instance.name, MapToJson(instance.configuration), instance.disabled)
          .Run());
  RETURN_IF_ERROR(WriteSecrets(instance));
  RETURN_IF_ERROR(write->Commit());
  return instance;
}

Result<void> SqliteCatalogue::DeleteInstance(TenantId tenant, InstanceId id) {
  const std::lock_guard lock(mutex_);
  ASSIGN_OR_RETURN(const auto write, BeginWrite());
  RETURN_IF_ERROR(db_->Use("DELETE FROM instance WHERE tenant = ?1 AND id = ?2", tenant, id).Run());
  if (db_->changes() == 0) return NoSuchInstance(id);
  return write->Commit();
}

Result<Secret> SqliteCatalogue::WebhookSecret(InstanceId id) {
  const std::lock_guard lock(mutex_);
  Query query = db_->Use("SELECT tenant, webhook_secret FROM instance WHERE id = ?1", id);
  ASSIGN_OR_RETURN(const bool found, query.Next());
  if (!found) return NoSuchInstance(id);
  return keyring_.Open(query.Text(1), WebhookPlaceOf(TenantId(query.Int(0)), id));
}

Result<std::int64_t> SqliteCatalogue::SealAnew() {
  const std::lock_guard lock(mutex_);
  ASSIGN_OR_RETURN(const auto write, BeginWrite());
  ASSIGN_OR_RETURN(const std::vector<Sealed> all, ReadSealed());
  std::int64_t count = 0;
  for (const Sealed& old : all) {
    if (keyring_.IsOfSealingKey(old.value)) continue;
    RETURN_IF_ERROR(SealAnew(old));
    ++count;
  }
  RETURN_IF_ERROR(write->Commit());
  RETURN_IF_ERROR(db_->EmptyLog());
  return count;
}

Result<std::vector<SqliteCatalogue::Sealed>> SqliteCatalogue::ReadSealed() {
  Query query = db_->Use(
      "SELECT tenant, id, NULL, webhook_secret FROM instance "
      "UNION ALL SELECT tenant, instance, name, sealed FROM instance_secret");
  std::vector<Sealed> all;
  for (;;) {
    ASSIGN_OR_RETURN(const bool found, query.Next());
    if (!found) return all;
    Sealed sealed{TenantId(query.Int(0)), InstanceId(query.Int(1)), std::nullopt, query.Text(3)};
    if (!query.IsNull(2)) sealed.setting = query.Text(2);
    all.push_back(std::move(sealed));
  }
}

Result<void> SqliteCatalogue::SealAnew(const Sealed& old) {
  const std::string place =
      old.setting ? PlaceOf(old.tenant, old.instance, *old.setting) : WebhookPlaceOf(old.tenant, old.instance);
  ASSIGN_OR_RETURN(const Secret secret, keyring_.Open(old.value, place));
  const std::string sealed = keyring_.Seal(secret, place);
  if (!old.setting) {
    return db_
        ->Use("UPDATE instance SET webhook_secret = ?3 WHERE tenant = ?1 AND id = ?2", old.tenant, old.instance,
              BlobView{sealed})
        .Run();
  }
  return db_
      ->Use("UPDATE instance_secret SET sealed = ?4 WHERE tenant = ?1 AND instance = ?2 AND name = ?3", old.tenant,
            old.instance, *old.setting, BlobView{sealed})
      .Run();
}

Result<model::Instance> SqliteCatalogue::InstanceIn(const Query& query) {
  model::Instance instance;
  instance.tenant = TenantId(query.Int(0));
  instance.id = InstanceId(query.Int(1));
  instance.connector = query.Text(2);
  instance.name = query.Text(3);
  ASSIGN_OR_RETURN(instance.configuration, MapFromJson(query.Text(4)));
  instance.disabled = query.Flag(5);
  instance.created_at = query.Time(6);
  RETURN_IF_ERROR(ReadSecrets(instance));
  return instance;
}

Result<void> SqliteCatalogue::ReadSecrets(model::Instance& instance) {
  Query query = db_->Use("SELECT name, sealed FROM instance_secret WHERE tenant = ?1 AND instance = ?2",
                         instance.tenant, instance.id);
  for (;;) {
    ASSIGN_OR_RETURN(const bool found, query.Next());
    if (!found) return {};
    std::string name = query.Text(0);
    Result<Secret> secret = keyring_.Open(query.Text(1), PlaceOf(instance.tenant, instance.id, name));
    if (secret) {
      instance.secrets.insert_or_assign(std::move(name), *std::move(secret));
    } else {
      instance.unreadable.insert_or_assign(std::move(name), std::move(secret.error().message));
    }
  }
}

/// Replaces those that stand there, save what cannot be read.
Result<void> SqliteCatalogue::WriteSecrets(const model::Instance& instance) {
  RETURN_IF_ERROR(db_->Use("DELETE FROM instance_secret WHERE tenant = ?1 AND instance = ?2 AND "
                           "name NOT IN (SELECT key FROM json_each(?3))",
                           instance.tenant, instance.id, MapToJson(instance.unreadable))
                      .Run());
  for (const auto& [name, secret] : instance.secrets) {
    const std::string sealed = keyring_.Seal(secret, PlaceOf(instance.tenant, instance.id, name));
    RETURN_IF_ERROR(db_->Use("INSERT INTO instance_secret VALUES (?1, ?2, ?3, ?4)", instance.tenant, instance.id, name,
                             BlobView{sealed})
                        .Run());
  }
  return {};
}

Result<model::SavedMapping> SqliteCatalogue::PutMapping(TenantId tenant, InstanceId instance,
                                                        const model::SavedMapping& mapping) {
  const std::lock_guard lock(mutex_);
  ASSIGN_OR_RETURN(const auto write, BeginWrite());
  RETURN_IF_ERROR(FindInstance(tenant, instance));
  RETURN_IF_ERROR(
      db_->Use("INSERT INTO mapping VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?6) ON CONFLICT (tenant, instance, name) DO UPDATE "
               "SET object = excluded.object, changed_at = excluded.changed_at, content = excluded.content",
               tenant, instance, mapping.name, mapping.object, clock_.Now(), mapping.mapping_json)
          .Run());
  ASSIGN_OR_RETURN(const std::int64_t count, CountMappings(tenant, instance));
  if (count > kMaxMappings) {
    return Fail(ErrorKind::conflict,
                "This instance has " + std::to_string(kMaxMappings) + " mappings, and can have no more.",
                "Save it under one of their names, or delete one that is not used any more.");
  }
  ASSIGN_OR_RETURN(model::SavedMapping saved, FindMapping(tenant, instance, mapping.name));
  RETURN_IF_ERROR(write->Commit());
  return saved;
}

Result<model::SavedMapping> SqliteCatalogue::GetMapping(TenantId tenant, InstanceId instance, std::string_view name) {
  const std::lock_guard lock(mutex_);
  return FindMapping(tenant, instance, name);
}

Result<std::vector<model::SavedMapping>> SqliteCatalogue::ListMappings(TenantId tenant, InstanceId instance) {
  const std::lock_guard lock(mutex_);
  Query query = db_->Use(
      "SELECT name, object, '', created_at, changed_at FROM mapping WHERE tenant = ?1 AND instance = ?2 ORDER BY name",
      tenant, instance);
  std::vector<model::SavedMapping> mappings;
  for (;;) {
    ASSIGN_OR_RETURN(const bool found, query.Next());
    if (!found) return mappings;
    mappings.push_back(MappingIn(query));
  }
}

Result<model::SavedMapping> SqliteCatalogue::DeleteMapping(TenantId tenant, InstanceId instance,
                                                           std::string_view name) {
  const std::lock_guard lock(mutex_);
  ASSIGN_OR_RETURN(const auto write, BeginWrite());
  ASSIGN_OR_RETURN(model::SavedMapping mapping, FindMapping(tenant, instance, name));
  RETURN_IF_ERROR(
      db_->Use("DELETE FROM mapping WHERE tenant = ?1 AND instance = ?2 AND name = ?3", tenant, instance, name).Run());
  RETURN_IF_ERROR(write->Commit());
  return mapping;
}

Result<model::SavedMapping> SqliteCatalogue::FindMapping(TenantId tenant, InstanceId instance, std::string_view name) {
  Query query = db_->Use(
      "SELECT name, object, content, created_at, changed_at FROM mapping "
      "WHERE tenant = ?1 AND instance = ?2 AND name = ?3",
      tenant, instance, name);
  ASSIGN_OR_RETURN(const bool found, query.Next());
  if (!found) return NoSuchMapping(name);
  return MappingIn(query);
}

Result<std::int64_t> SqliteCatalogue::CountMappings(TenantId tenant, InstanceId instance) {
  Query query = db_->Use("SELECT count(*) FROM mapping WHERE tenant = ?1 AND instance = ?2", tenant, instance);
  ASSIGN_OR_RETURN(const bool found, query.Next());
  ROWCALL_ASSERT(found);
  return query.Int(0);
}

}  // namespace

Result<std::unique_ptr<Catalogue>> OpenSqliteCatalogue(const std::string& path, const Clock& clock,
                                                       const Keyring& keyring) {
  ASSIGN_OR_RETURN(std::unique_ptr<Database> db, Database::Open(path));
  RETURN_IF_ERROR(Migrate(*db, kCatalogueSchema));
  return std::make_unique<SqliteCatalogue>(std::move(db), clock, keyring);
}

}  // namespace rowcall::ledger
