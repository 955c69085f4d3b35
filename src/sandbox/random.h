#pragma once

#include <cstdint>
#include <string>

namespace rowcall::sandbox {

/// Numbers that look random and are the same for the same seed on every machine (SplitMix64). Not for secrets.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t Next();
  /// At least 0, less than 1.
  double Unit();
  /// A version 4 UUID, as Intercom gives to leads and to requests.
  std::string Uuid();

 private:
  std::uint64_t state_;
};

}  // namespace rowcall::sandbox
