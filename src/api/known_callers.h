#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>

#include "api/connector_set.h"
#include "base/crypto.h"
#include "base/ids.h"
#include "model/instance.h"

namespace rowcall::api {

/// Who calls.
struct Caller {
  TenantId tenant;
  model::Instance instance;                   ///< Of an element call.
  const KnownConnector* connector = nullptr;  ///< Of that instance; set in an element call.
};

/// Callers whom the catalogue signed in since its last change, each under a digest of what was asked. A caller who is
/// not among them is not refused, but looked up. Used on one loop, and so without a lock.
class KnownCallers {
 public:
  static constexpr std::size_t kMost = 256;

  /// Null if not known. `change_count` is the catalogue's of now: if it has risen, all are forgotten first. The caller
  /// stays until the next call of this class.
  const Caller* Find(std::uint64_t change_count, const Sha256Digest& key);
  /// `change_count` is what it was before `caller` was looked up: if it has risen since, as Find() was told, the caller
  /// is not kept. Where there are kMost already, those are forgotten.
  void Remember(std::uint64_t change_count, const Sha256Digest& key, Caller caller);

 private:
  struct FirstBytes {
    std::size_t operator()(const Sha256Digest& key) const;
  };
  struct SameInConstantTime {
    bool operator()(const Sha256Digest& a, const Sha256Digest& b) const;
  };
  std::uint64_t change_count_ = 0;
  std::unordered_map<Sha256Digest, Caller, FirstBytes, SameInConstantTime> callers_;
};

}  // namespace rowcall::api
