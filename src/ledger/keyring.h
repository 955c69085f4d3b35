#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"

namespace rowcall::ledger {

/// Seals secrets at rest: XChaCha20-Poly1305 with a random nonce, the key's id in the record, and the place where the
/// record belongs as associated data, so that a record copied elsewhere does not open. Immutable; thread-safe.
///
/// The key file holds one key. While keys are rotated (rotate_keys.h) it holds two: the first seals, both open. The
/// file is always replaced whole: a crash leaves the one before or the one after.
class Keyring {
 public:
  /// Reads the key file. Fails with `not_found` if there is none, `forbidden` if others may read it, `corrupt` if it is
  /// something else.
  static Result<std::unique_ptr<Keyring>> Read(const std::string& path);
  /// Reads the key file, or makes it (mode 0600) with one random key.
  static Result<std::unique_ptr<Keyring>> OpenOrCreate(const std::string& path);

  /// Writes the file anew with a random key before these, durably, and answers the keyring that it holds then.
  Result<std::unique_ptr<Keyring>> WithNewKey(const std::string& path) const;
  /// Writes the file anew with the sealing key alone, durably: what the others sealed is lost.
  Result<void> KeepSealingKeyOnly(const std::string& path) const;

  /// `place` names where the record stands, e.g. "tenant/1/instance/7/oauth.user.token".
  std::string Seal(const Secret& secret, std::string_view place) const;
  /// Fails with `corrupt` if the record was changed, belongs to another place, or its key is unknown.
  Result<Secret> Open(std::string_view sealed, std::string_view place) const;
  /// Whether the record says that it was sealed with the key that seals now.
  bool IsOfSealingKey(std::string_view sealed) const;
  /// Whether there are keys that only open: a rotation has not ended.
  bool HasOldKeys() const { return keys_.size() > 1; }

 private:
  struct Key {
    explicit Key(Secret bytes_given);
    Secret bytes;
    std::string id;
  };
  explicit Keyring(std::vector<Secret> keys);
  static Result<std::unique_ptr<Keyring>> Write(const std::string& path, std::vector<Secret> keys);
  std::vector<Key> keys_;  // at least one; the first seals
};

}  // namespace rowcall::ledger
