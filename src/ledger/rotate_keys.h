#pragma once

#include <cstdint>
#include <string>

#include "base/clock.h"
#include "base/result.h"

namespace rowcall::ledger {

struct Rotation {
  std::int64_t sealed = 0;  ///< Values that were sealed anew.
  bool resumed = false;     ///< An earlier rotation had not ended; this one ended it and made no key of its own.
};

/// Replaces the key that seals the catalogue's secrets: puts a new one before it in the key file, seals every value
/// anew, takes the old one out. A crash anywhere loses nothing, as both keys open until all is sealed anew; the next
/// call goes on. Nobody else may have the catalogue open: hold the data folder's lock. Blocking.
///
/// Fails with `not_found` if there is no key file, `corrupt` if a value does not open: then both keys stay.
Result<Rotation> RotateKeys(const std::string& key_file, const std::string& catalogue_file, const Clock& clock);

}  // namespace rowcall::ledger
