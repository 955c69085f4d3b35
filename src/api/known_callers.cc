#include "api/known_callers.h"

#include <cstring>
#include <utility>

namespace rowcall::api {

const Caller* KnownCallers::Find(std::uint64_t change_count, const Sha256Digest& key) {
  if (change_count != change_count_) callers_.clear();
  change_count_ = change_count;
  const auto found = callers_.find(key);
  return found == callers_.end() ? nullptr : &found->second;
}

void KnownCallers::Remember(std::uint64_t change_count, const Sha256Digest& key, Caller caller) {
  if (change_count != change_count_) return;
  if (callers_.size() >= kMost) callers_.clear();
  callers_.insert_or_assign(key, std::move(caller));
}

std::size_t KnownCallers::FirstBytes::operator()(const Sha256Digest& key) const {
  std::size_t bytes = 0;
  std::memcpy(&bytes, key.data(), sizeof(bytes));
  return bytes;
}

bool KnownCallers::SameInConstantTime::operator()(const Sha256Digest& a, const Sha256Digest& b) const {
  return EqualInConstantTime(Bytes(a), Bytes(b));
}

}  // namespace rowcall::api
