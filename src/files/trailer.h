#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/crypto.h"
#include "base/result.h"

namespace rowcall::files {

inline constexpr std::int64_t kBlockBytes = std::int64_t{1} << 20;
inline constexpr std::int64_t kFooterBytes = 64;

/// What a stored file keeps behind its data; docs/formats/files.md says how.
struct Trailer {
  std::int64_t size_bytes = 0;  ///< Of the data.
  Sha256Digest sha256{};
  std::vector<std::uint32_t> sums;  ///< One CRC-32C for each block.
};

std::string WriteTrailer(const Trailer& trailer);

/// Reads the footer, the last kFooterBytes of a file of `file_bytes`; the sums come out zero, as many as there must be.
/// Fails with `corrupt`.
Result<Trailer> ReadFooter(std::string_view footer, std::int64_t file_bytes);
/// Fills in the sums from the bytes before `footer`. Fails with `corrupt`.
Result<void> ReadSums(std::string_view sums, std::string_view footer, Trailer& trailer);

/// Makes a Trailer from data that comes piece by piece.
class TrailerBuilder {
 public:
  void Append(std::string_view bytes);
  /// Call once.
  Trailer Finish();

 private:
  Trailer trailer_;
  Sha256 sha256_;
};

}  // namespace rowcall::files
