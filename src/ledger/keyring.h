#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"

namespace rowcall::ledger {

/// Seals secrets at rest: XChaCha20-Poly1305 with a random nonce, the key's id in the record, and the place where the
/// record belongs as associated data, so that a record copied elsewhere does not open. Immutable; thread-safe.
class Keyring {
 public:
  /// Reads the key file, or makes it (mode 0600) with one random key. Fails with `forbidden` if others may read it.
  static Result<std::unique_ptr<Keyring>> OpenOrCreate(const std::string& path);

  /// `place` names where the record stands, e.g. "instance/7/oauth.user.token".
  std::string Seal(const Secret& secret, std::string_view place) const;
  /// Fails with `corrupt` if the record was changed, belongs to another place, or its key is unknown.
  Result<Secret> Open(std::string_view sealed, std::string_view place) const;

 private:
  explicit Keyring(Secret key);
  Secret key_;
  std::string key_id_;
};

}  // namespace rowcall::ledger
