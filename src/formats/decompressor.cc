#include "formats/decompressor.h"

#include <fmt/format.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include "base/assert.h"

namespace rowcall::formats {

namespace {

using namespace std::string_view_literals;

constexpr std::array<std::string_view, 3> kNames = {"none", "gzip", "zstd"};
constexpr std::size_t kOutputBytes = std::size_t{64} << 10;

/// What both kinds have in common: the buffer, the counts, the limits and the words.
class CountingDecompressor : public Decompressor {
 public:
  CountingDecompressor(Compression compression, ExpansionLimits limits)
      : name_(Name(compression)), limits_(limits), output_(kOutputBytes) {}

  Result<std::string_view> Next(std::string_view& bytes) final {
    for (;;) {
      const std::size_t before = bytes.size();
      ASSIGN_OR_RETURN(const std::size_t made, Step(bytes, output_));
      bytes_in_ += static_cast<std::int64_t>(before - bytes.size());
      bytes_out_ += static_cast<std::int64_t>(made);
      RETURN_IF_ERROR(CheckLimits());
      if (made > 0 || bytes.empty()) return std::string_view(output_.data(), made);
    }
  }

  Result<void> Finish() const final {
    if (complete_) return {};
    return Fail(ErrorKind::invalid,
                fmt::format("The {} file is cut off: it ends at byte {}, in the middle of its data.", name_, bytes_in_),
                "Compress and upload it again.");
  }

 protected:
  /// Decompresses as much as fits into `output`; returns how much that was, and takes off `bytes` what it needed.
  virtual Result<std::size_t> Step(std::string_view& bytes, std::vector<char>& output) = 0;

  std::unexpected<Error> Damaged(std::string_view why) const {
    return Fail(ErrorKind::invalid,
                fmt::format("The {} file cannot be decompressed beyond byte {} ({}).", name_, bytes_in_, why),
                "Compress and upload it again.");
  }

  bool complete_ = false;  ///< Nothing is missing behind what was taken.

 private:
  Result<void> CheckLimits() const {
    if (bytes_out_ > limits_.max_bytes) {
      return Fail(ErrorKind::invalid,
                  fmt::format("The {} file has more than {} bytes when decompressed.", name_, limits_.max_bytes),
                  "Split the file.");
    }
    if (bytes_out_ > limits_.free_bytes && bytes_out_ / limits_.max_ratio > bytes_in_) {
      return Fail(ErrorKind::invalid,
                  fmt::format("The {} file grows to more than {} times its size ({} bytes gave {}).", name_,
                              limits_.max_ratio, bytes_in_, bytes_out_),
                  "Upload it without compression.");
    }
    return {};
  }

  const std::string_view name_;
  const ExpansionLimits limits_;
  std::vector<char> output_;
  std::int64_t bytes_in_ = 0;
  std::int64_t bytes_out_ = 0;
};

class GzipDecompressor final : public CountingDecompressor {
 public:
  explicit GzipDecompressor(ExpansionLimits limits) : CountingDecompressor(Compression::gzip, limits) {
    constexpr int kGzipOnly = 16;
    const int ready = inflateInit2(&stream_, MAX_WBITS + kGzipOnly);
    ROWCALL_ASSERT(ready == Z_OK);
  }
  ~GzipDecompressor() override { inflateEnd(&stream_); }
  GzipDecompressor(const GzipDecompressor&) = delete;
  GzipDecompressor& operator=(const GzipDecompressor&) = delete;

 private:
  Result<std::size_t> Step(std::string_view& bytes, std::vector<char>& output) override {
    if (complete_) {
      if (bytes.empty()) return 0;
      inflateReset(&stream_);  // another member follows
      complete_ = false;
    }
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream_.avail_in = static_cast<uInt>(std::min<std::size_t>(bytes.size(), std::size_t{1} << 30));
    stream_.next_out = reinterpret_cast<Bytef*>(output.data());
    stream_.avail_out = static_cast<uInt>(output.size());
    const uInt offered = stream_.avail_in;
    const int state = inflate(&stream_, Z_NO_FLUSH);
    bytes.remove_prefix(offered - stream_.avail_in);
    complete_ = state == Z_STREAM_END;
    if (state != Z_OK && state != Z_STREAM_END && state != Z_BUF_ERROR) {
      return Damaged(stream_.msg == nullptr ? "damaged" : stream_.msg);
    }
    return output.size() - stream_.avail_out;
  }

  z_stream stream_{};
};

class ZstdDecompressor final : public CountingDecompressor {
 public:
  explicit ZstdDecompressor(ExpansionLimits limits)
      : CountingDecompressor(Compression::zstd, limits), context_(ZSTD_createDCtx()) {
    ROWCALL_ASSERT(context_ != nullptr);
    ZSTD_DCtx_setParameter(context_.get(), ZSTD_d_windowLogMax, kWindowLog);
  }

 private:
  /// 8 MiB, which all levels without --ultra and --long keep to: a frame can ask for a buffer of that size.
  static constexpr int kWindowLog = 23;

  struct Free {
    void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
  };

  Result<std::size_t> Step(std::string_view& bytes, std::vector<char>& output) override {
    if (complete_ && bytes.empty()) return 0;
    // libzstd 1.5.4 has a quicker way for a frame that it is given whole, which judges some empty ones otherwise. So that
    // the pieces in which a file comes make no difference, none is.
    const std::size_t offered = frame_begins_ ? std::min<std::size_t>(1, bytes.size()) : bytes.size();
    ZSTD_inBuffer in{bytes.data(), offered, 0};
    ZSTD_outBuffer out{output.data(), output.size(), 0};
    const std::size_t missing = ZSTD_decompressStream(context_.get(), &out, &in);
    if (ZSTD_isError(missing)) return Damaged(ZSTD_getErrorName(missing));
    bytes.remove_prefix(in.pos);
    complete_ = frame_begins_ = missing == 0;
    return out.pos;
  }

  const std::unique_ptr<ZSTD_DCtx, Free> context_;
  bool frame_begins_ = true;
};

}  // namespace

std::string_view Name(Compression compression) { return kNames[static_cast<std::size_t>(compression)]; }

std::optional<Compression> CompressionNamed(std::string_view name) {
  for (const Compression compression : {Compression::none, Compression::gzip, Compression::zstd}) {
    if (name == Name(compression)) return compression;
  }
  return std::nullopt;
}

Compression DetectCompression(std::string_view first_bytes) {
  if (first_bytes.starts_with("\x1F\x8B"sv)) return Compression::gzip;
  if (first_bytes.starts_with("\x28\xB5\x2F\xFD"sv)) return Compression::zstd;
  return Compression::none;
}

std::unique_ptr<Decompressor> NewDecompressor(Compression compression, ExpansionLimits limits) {
  ROWCALL_ASSERT(compression != Compression::none);
  if (compression == Compression::gzip) return std::make_unique<GzipDecompressor>(limits);
  return std::make_unique<ZstdDecompressor>(limits);
}

}  // namespace rowcall::formats
