#include "ledger/rotate_keys.h"

#include <memory>

#include "ledger/catalogue.h"
#include "ledger/keyring.h"

namespace rowcall::ledger {

Result<Rotation> RotateKeys(const std::string& key_file, const std::string& catalogue_file, const Clock& clock) {
  ASSIGN_OR_RETURN(std::unique_ptr<Keyring> keyring, Keyring::Read(key_file));
  Rotation rotation;
  rotation.resumed = keyring->HasOldKeys();
  if (!rotation.resumed) {
    ASSIGN_OR_RETURN(keyring, keyring->WithNewKey(key_file));
  }
  ASSIGN_OR_RETURN(const std::unique_ptr<Catalogue> catalogue, OpenSqliteCatalogue(catalogue_file, clock, *keyring));
  ASSIGN_OR_RETURN(rotation.sealed, catalogue->SealAnew());
  RETURN_IF_ERROR(keyring->KeepSealingKeyOnly(key_file));
  return rotation;
}

}  // namespace rowcall::ledger
