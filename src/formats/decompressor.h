#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "base/result.h"

namespace rowcall::formats {

enum class Compression : std::uint8_t { none, gzip, zstd };

std::string_view Name(Compression compression);  ///< "none", "gzip", "zstd"
std::optional<Compression> CompressionNamed(std::string_view name);

/// What a file's first four bytes say. A file that is called .gz and has other bytes is what its bytes are.
Compression DetectCompression(std::string_view first_bytes);

/// What a compressed file may become. Beyond, it is refused: it was made to fill a disk or a day.
struct ExpansionLimits {
  std::int64_t max_bytes = std::int64_t{100} << 30;
  std::int64_t max_ratio = 100;                      ///< To one compressed byte, once there are more than
  std::int64_t free_bytes = std::int64_t{10} << 20;  ///< bytes of output.
};

/// Decompresses a file that comes piece by piece, 64 KiB at a time, with flat memory. Several members or frames one
/// behind the other are one file, as for the command lines gzip and zstd. One thread.
class Decompressor {
 public:
  virtual ~Decompressor() = default;
  /// The next piece of output, valid until the next call, taking off `bytes` what was needed of it. "" = all of `bytes`
  /// was taken, and more is needed. Fails with `invalid` if they are damaged or a limit is passed; then no further call
  /// is allowed.
  virtual Result<std::string_view> Next(std::string_view& bytes) = 0;
  /// The compressed file has ended. Fails with `invalid` if it was cut off.
  virtual Result<void> Finish() const = 0;
};

/// `compression` is not `none`.
std::unique_ptr<Decompressor> NewDecompressor(Compression compression, ExpansionLimits limits = {});

}  // namespace rowcall::formats
