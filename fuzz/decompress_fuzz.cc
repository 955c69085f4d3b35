// Any bytes as a compressed file, and any bytes compressed: the output does not depend on how the file is cut, comes
// back as it was, never passes the limits, and a file that is cut off is refused.

#include <zlib.h>
#include <zstd.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "formats/decompressor.h"
#include "pieces.h"

namespace {

using rowcall::formats::Compression;
using rowcall::formats::Decompressor;
using rowcall::formats::ExpansionLimits;

constexpr ExpansionLimits kWide = {.max_bytes = 1 << 20, .max_ratio = 1 << 20, .free_bytes = 1 << 20};
constexpr ExpansionLimits kTight = {.max_bytes = 8192, .max_ratio = 10, .free_bytes = 1024};

struct Output {
  bool sound = false;
  std::string text;
};

bool Within(const ExpansionLimits& limits, std::size_t made, std::size_t given) {
  const auto out = static_cast<std::int64_t>(made);
  const auto in = static_cast<std::int64_t>(given);
  return out <= limits.max_bytes && (out <= limits.free_bytes || out / limits.max_ratio <= in);
}

Output Decompress(std::string_view bytes, Compression compression, const ExpansionLimits& limits, std::uint8_t cuts) {
  const std::unique_ptr<Decompressor> decompressor = rowcall::formats::NewDecompressor(compression, limits);
  Output output;
  std::size_t given = 0;
  bool refused = false;
  rowcall::fuzz::InPieces(bytes, cuts, [&](std::string_view piece) {
    given += piece.size();
    for (;;) {
      const auto out = decompressor->Next(piece);
      refused = !out.has_value();
      if (refused) return false;
      output.text += *out;
      ROWCALL_ASSERT(Within(limits, output.text.size(), given - piece.size()));
      if (out->empty()) break;
    }
    ROWCALL_ASSERT(piece.empty());
    return true;
  });
  output.sound = !refused && decompressor->Finish().has_value();
  return output;
}

std::string Gzip(std::string_view text) {
  z_stream stream{};
  constexpr int kGzipHeader = 16;
  ROWCALL_ASSERT(deflateInit2(&stream, 1, Z_DEFLATED, MAX_WBITS + kGzipHeader, 1, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string bytes(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(bytes.data());
  stream.avail_out = static_cast<uInt>(bytes.size());
  ROWCALL_ASSERT(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  bytes.resize(stream.total_out);
  deflateEnd(&stream);
  return bytes;
}

std::string Zstd(std::string_view text) {
  std::string bytes(ZSTD_compressBound(text.size()), '\0');
  bytes.resize(ZSTD_compress(bytes.data(), bytes.size(), text.data(), text.size(), 1));
  return bytes;
}

void CheckAnyBytes(std::string_view bytes, Compression compression, std::uint8_t cuts) {
  const Output whole = Decompress(bytes, compression, kWide, 0);
  const Output cut = Decompress(bytes, compression, kWide, cuts);
  ROWCALL_ASSERT(whole.sound == cut.sound);
  ROWCALL_ASSERT(whole.sound ? whole.text == cut.text
                             : whole.text.starts_with(cut.text) || cut.text.starts_with(whole.text));
  const Output limited = Decompress(bytes, compression, kTight, cuts);
  ROWCALL_ASSERT(!limited.sound || (whole.sound && limited.text == whole.text));
  const bool is_small = static_cast<std::int64_t>(whole.text.size()) <= kTight.free_bytes;
  ROWCALL_ASSERT(!whole.sound || !is_small || limited.sound);
}

void CheckRoundTrip(std::string_view text, Compression compression, std::uint8_t cuts) {
  const std::string bytes = compression == Compression::gzip ? Gzip(text) : Zstd(text);
  ROWCALL_ASSERT(rowcall::formats::DetectCompression(bytes) == compression);
  const Output back = Decompress(bytes, compression, kWide, cuts);
  ROWCALL_ASSERT(back.sound && back.text == text);
  const std::size_t end = 1 + cuts * 31u % (bytes.size() - 1);
  const Output cut_off = Decompress(std::string_view(bytes).substr(0, end), compression, kWide, cuts);
  ROWCALL_ASSERT(!cut_off.sound && text.starts_with(cut_off.text));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::uint8_t cuts = data[0];
  const Compression compression = data[1] % 2 == 0 ? Compression::gzip : Compression::zstd;
  const bool compress_first = data[1] / 2 % 2 == 1;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);

  if (compress_first) {
    CheckRoundTrip(bytes, compression, cuts);
  } else {
    CheckAnyBytes(bytes, compression, cuts);
  }
  return 0;
}
