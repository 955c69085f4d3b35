#include "sandbox/random.h"

namespace rowcall::sandbox {

std::uint64_t Random::Next() {
  state_ += 0x9E3779B97F4A7C15;
  std::uint64_t mixed = state_;
  mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
  mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
  return mixed ^ (mixed >> 31);
}

double Random::Unit() { return static_cast<double>(Next() >> 11) * 0x1.0p-53; }

std::string Random::Uuid() {
  static constexpr char kHex[] = "0123456789abcdef";
  static constexpr char kShape[] = "xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx";
  std::string uuid(kShape);
  std::uint64_t bits = 0;
  int left = 0;
  for (char& c : uuid) {
    if (c != 'x' && c != 'y') continue;
    if (left == 0) {
      bits = Next();
      left = 16;
    }
    const std::uint64_t digit = bits & 15;
    bits >>= 4;
    --left;
    c = kHex[c == 'y' ? (digit & 3) | 8 : digit];
  }
  return uuid;
}

}  // namespace rowcall::sandbox
