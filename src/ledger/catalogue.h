#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "ledger/keyring.h"
#include "model/instance.h"
#include "model/saved_mapping.h"

namespace rowcall::ledger {

/// The secrets of a user and an organization, in clear: shown once.
struct FirstCredentials {
  Secret user;
  Secret organization;
};

/// An instance with what is shown only once, at its creation.
struct NewInstance {
  model::Instance instance;
  Secret token;           ///< The Element token.
  Secret webhook_secret;  ///< "whsec_…", for the Standard Webhooks headers.
};

/// An instance keeps no more.
inline constexpr std::int64_t kMaxMappings = 100;

/// Organizations, users, instances with their tokens and mappings, in a database of its own. API secrets are kept as
/// SHA-256 only and compared in constant time; services' secrets are sealed with the keyring, each for its own place.
/// Blocking, thread-safe; each write is durable when it returns. Errors common to all: `unavailable`, `corrupt`. What is
/// not there, or is another tenant's, is `not_found`. An instance with a secret that does not open is given all the
/// same, with that secret among the `unreadable` ones, so that it can be mended and harms no other.
class Catalogue {
 public:
  virtual ~Catalogue() = default;

  /// Makes the first organization and user, if there is none. `keep` is given their secrets before they count: if it
  /// fails, so does the call, and the next one makes others. Returns whether they were made.
  virtual Result<bool> FirstStart(const std::function<Result<void>(const FirstCredentials&)>& keep) = 0;

  /// The organization that this user secret belongs to; `unauthenticated` if it is unknown, or if an organization
  /// secret is given that is not that organization's.
  virtual Result<TenantId> SignIn(std::string_view user, std::optional<std::string_view> organization) = 0;
  /// The instance behind an Element token; `unauthenticated` if unknown, disabled or another tenant's.
  virtual Result<model::Instance> SignInElement(TenantId tenant, std::string_view token) = 0;

  /// Rises with every write, at the latest before that write returns. Whoever read it BEFORE the two calls above may go
  /// on with what they gave as long as it has not risen. Never blocks, however long a write takes.
  virtual std::uint64_t ChangeCount() const = 0;

  /// Gives the id, the time and the two secrets; the rest is taken as it is.
  virtual Result<NewInstance> CreateInstance(model::Instance instance) = 0;
  virtual Result<model::Instance> GetInstance(TenantId tenant, InstanceId id) = 0;
  /// For work that a job's own record allows: of any tenant.
  virtual Result<model::Instance> GetInstanceForWork(InstanceId id) = 0;
  virtual Result<std::vector<model::Instance>> ListInstances(TenantId tenant) = 0;
  /// Changes name, configuration, secrets and `disabled`: `change` is given the instance as it stands, and no other
  /// change comes between. What is still unreadable then stays in the store as it is. Returns it as changed.
  virtual Result<model::Instance> ChangeInstance(TenantId tenant, InstanceId id,
                                                 const std::function<void(model::Instance&)>& change) = 0;
  /// With its token, its secrets and its mappings.
  virtual Result<void> DeleteInstance(TenantId tenant, InstanceId id) = 0;
  /// Fails with `corrupt` if it does not open.
  virtual Result<Secret> WebhookSecret(InstanceId id) = 0;

  /// Seals anew, in one transaction, whatever was not sealed with the keyring's sealing key; nothing of the old values
  /// is left in the files. Returns how many. Fails with `corrupt`, and changes nothing, if one does not open.
  virtual Result<std::int64_t> SealAnew() = 0;

  /// Keeps a mapping under its name, in place of one of that name, whose creation time stays. Returns it with the times
  /// of now; the rest is taken as it is. Fails with `conflict` if the name is new and there are kMaxMappings already.
  virtual Result<model::SavedMapping> PutMapping(TenantId tenant, InstanceId instance,
                                                 const model::SavedMapping& mapping) = 0;
  virtual Result<model::SavedMapping> GetMapping(TenantId tenant, InstanceId instance, std::string_view name) = 0;
  /// By name, each without its mapping_json. None if there is no such instance.
  virtual Result<std::vector<model::SavedMapping>> ListMappings(TenantId tenant, InstanceId instance) = 0;
  /// Returns what was removed.
  virtual Result<model::SavedMapping> DeleteMapping(TenantId tenant, InstanceId instance, std::string_view name) = 0;
};

/// Opens (or makes) the catalogue in one SQLite file; ":memory:" for tests. `clock` and `keyring` must outlive it.
Result<std::unique_ptr<Catalogue>> OpenSqliteCatalogue(const std::string& path, const Clock& clock,
                                                       const Keyring& keyring);

}  // namespace rowcall::ledger
