#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace rowcall {

/// Hashing, message authentication and randomness, from OpenSSL and libsodium. All functions are thread-safe.

using Sha256Digest = std::array<unsigned char, 32>;

/// SHA-256 of bytes that arrive piece by piece.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;
  void Update(std::string_view bytes);
  /// The digest of all bytes so far. Call once.
  Sha256Digest Finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

Sha256Digest Sha256Of(std::string_view bytes);
Sha256Digest HmacSha256(std::string_view key, std::string_view message);

/// Compares in a time that does not depend on where the two differ. For tokens and signatures.
bool EqualInConstantTime(std::string_view a, std::string_view b);

/// Bytes from the kernel's generator.
std::string RandomBytes(std::size_t count);

/// Standard Base64 with padding (RFC 4648 §4).
std::string Base64(std::string_view bytes);
/// Fails with `invalid` on anything that Base64() would not have written.
Result<std::string> DecodeBase64(std::string_view text);
/// Lower-case hexadecimal.
std::string Hex(std::string_view bytes);

/// A digest's bytes as a string view, for the functions above. The digest must outlive the view.
inline std::string_view Bytes(const Sha256Digest& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

/// CRC-32C (Castagnoli) of `bytes`, going on from `crc` (0 at the start). Uses the processor's instruction where it
/// has one.
std::uint32_t Crc32c(std::string_view bytes, std::uint32_t crc = 0);

}  // namespace rowcall
