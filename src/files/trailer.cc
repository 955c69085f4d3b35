#include "files/trailer.h"

#include <algorithm>

namespace rowcall::files {

namespace {

constexpr std::string_view kMagic = "ROWCALLF";
constexpr std::uint32_t kFormat = 1;
constexpr std::size_t kFormatAt = 8;
constexpr std::size_t kBlockBytesAt = 12;
constexpr std::size_t kSizeAt = 16;
constexpr std::size_t kDigestAt = 24;
constexpr std::size_t kSumOfSumsAt = 56;
constexpr std::size_t kSumOfFooterAt = 60;
constexpr std::int64_t kSumBytes = 4;

void AppendNumber(std::uint64_t number, int bytes, std::string& out) {
  for (int i = 0; i < bytes; ++i) out.push_back(static_cast<char>(number >> (8 * i) & 0xFF));
}

std::uint64_t NumberAt(std::string_view bytes, std::size_t at, std::size_t size) {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < size; ++i) number |= std::uint64_t{static_cast<unsigned char>(bytes[at + i])} << (8 * i);
  return number;
}

std::uint32_t SumAt(std::string_view bytes, std::size_t at) {
  return static_cast<std::uint32_t>(NumberAt(bytes, at, kSumBytes));
}

std::unexpected<Error> Corrupt(std::string what) { return Fail(ErrorKind::corrupt, std::move(what)); }

}  // namespace

std::string WriteTrailer(const Trailer& trailer) {
  std::string out;
  for (const std::uint32_t sum : trailer.sums) AppendNumber(sum, kSumBytes, out);
  const std::uint32_t sum_of_sums = Crc32c(out);
  std::string footer(kMagic);
  AppendNumber(kFormat, 4, footer);
  AppendNumber(static_cast<std::uint64_t>(kBlockBytes), 4, footer);
  AppendNumber(static_cast<std::uint64_t>(trailer.size_bytes), 8, footer);
  footer += Bytes(trailer.sha256);
  AppendNumber(sum_of_sums, kSumBytes, footer);
  AppendNumber(Crc32c(footer), kSumBytes, footer);
  return out + footer;
}

Result<Trailer> ReadFooter(std::string_view footer, std::int64_t file_bytes) {
  if (Crc32c(footer.substr(0, kSumOfFooterAt)) != SumAt(footer, kSumOfFooterAt) || !footer.starts_with(kMagic)) {
    return Corrupt("its end is missing or damaged");
  }
  if (NumberAt(footer, kFormatAt, 4) != kFormat || NumberAt(footer, kBlockBytesAt, 4) != kBlockBytes) {
    return Corrupt("it was written in a format that this program does not know");
  }
  const std::uint64_t size = NumberAt(footer, kSizeAt, 8);
  // Compared with the file's length first, so that a wild number cannot ask for memory.
  if (size > static_cast<std::uint64_t>(file_bytes)) return Corrupt("it is shorter than it was written");
  Trailer trailer;
  trailer.size_bytes = static_cast<std::int64_t>(size);
  const std::int64_t blocks = (trailer.size_bytes + kBlockBytes - 1) / kBlockBytes;
  if (file_bytes != trailer.size_bytes + blocks * kSumBytes + kFooterBytes) {
    return Corrupt("it does not have the length with which it was written");
  }
  std::copy_n(footer.begin() + kDigestAt, trailer.sha256.size(), trailer.sha256.begin());
  trailer.sums.resize(static_cast<std::size_t>(blocks));
  return trailer;
}

Result<void> ReadSums(std::string_view sums, std::string_view footer, Trailer& trailer) {
  if (Crc32c(sums) != SumAt(footer, kSumOfSumsAt)) return Corrupt("its list of checksums is damaged");
  for (std::size_t block = 0; block < trailer.sums.size(); ++block) {
    trailer.sums[block] = SumAt(sums, block * kSumBytes);
  }
  return {};
}

void TrailerBuilder::Append(std::string_view bytes) {
  sha256_.Update(bytes);
  while (!bytes.empty()) {
    const std::int64_t filled = trailer_.size_bytes % kBlockBytes;
    if (filled == 0) trailer_.sums.push_back(0);
    const std::string_view part = bytes.substr(0, static_cast<std::size_t>(kBlockBytes - filled));
    trailer_.sums.back() = Crc32c(part, trailer_.sums.back());
    trailer_.size_bytes += static_cast<std::int64_t>(part.size());
    bytes.remove_prefix(part.size());
  }
}

Trailer TrailerBuilder::Finish() {
  trailer_.sha256 = sha256_.Finish();
  return std::move(trailer_);
}

}  // namespace rowcall::files
