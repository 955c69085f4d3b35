#include "files/local_file_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace rowcall::files {

namespace {

/// Says which file it is where the file itself is at fault.
std::unexpected<Error> FailedFile(const std::string& key, Error error) {
  if (error.kind == ErrorKind::corrupt) {
    error.message = fmt::format("The stored file \"{}\" is damaged: {}.", key, error.message);
    error.hint = "Bring it back from a backup, or send the file again.";
  }
  return std::unexpected<Error>(std::move(error));
}

Result<Trailer> ReadTrailer(const OpenFile& file) {
  ASSIGN_OR_RETURN(const std::int64_t file_bytes, file.Size());
  if (file_bytes < kFooterBytes) return Fail(ErrorKind::corrupt, "its end is missing or damaged");
  std::string footer;
  RETURN_IF_ERROR(file.Read(file_bytes - kFooterBytes, kFooterBytes, footer));
  ASSIGN_OR_RETURN(Trailer trailer, ReadFooter(footer, file_bytes));
  std::string sums;
  const auto sums_bytes = static_cast<std::size_t>(file_bytes - kFooterBytes - trailer.size_bytes);
  RETURN_IF_ERROR(file.Read(trailer.size_bytes, sums_bytes, sums));
  RETURN_IF_ERROR(ReadSums(sums, footer, trailer));
  return trailer;
}

}  // namespace

Result<Input> Input::Open(const Folder& folder, const std::string& key) {
  ASSIGN_OR_RETURN(OpenFile file, folder.OpenToRead(key));
  Result<Trailer> trailer = ReadTrailer(file);
  if (!trailer) return FailedFile(key, std::move(trailer).error());
  return Input{key, std::move(file), *std::move(trailer)};
}

Result<void> Input::ReadBlock(std::size_t block, std::string& bytes) const {
  const std::int64_t begin = static_cast<std::int64_t>(block) * kBlockBytes;
  const std::int64_t end = std::min(begin + kBlockBytes, trailer.size_bytes);
  if (Result<void> read = file.Read(begin, static_cast<std::size_t>(end - begin), bytes); !read) {
    return FailedFile(key, std::move(read).error());
  }
  if (Crc32c(bytes) == trailer.sums[block]) return {};
  return FailedFile(key,
                    Error{ErrorKind::corrupt,
                          fmt::format("block {} (bytes {} to {}) does not match its checksum", block, begin, end - 1),
                          {}});
}

LocalFileReader::LocalFileReader(Input input, std::int64_t from_offset, async::BlockingPool& pool)
    : state_(std::make_shared<State>(State{std::move(input), {}, {}})), offset_(from_offset), pool_(pool) {
  if (from_offset == 0) state_->digest = std::make_unique<Sha256>();
}

Result<void> LocalFileReader::State::ReadBlock(std::size_t number) {
  RETURN_IF_ERROR(input.ReadBlock(number, block));
  if (!digest) return {};
  digest->Update(block);
  if (number + 1 < input.trailer.sums.size() || digest->Finish() == input.trailer.sha256) return {};
  return FailedFile(input.key, Error{ErrorKind::corrupt, "it does not match its SHA-256", {}});
}

async::Task<Result<std::string_view>> LocalFileReader::Next() {
  if (offset_ >= state_->input.trailer.size_bytes) co_return std::string_view();
  const auto block = static_cast<std::size_t>(offset_ / kBlockBytes);
  std::move_only_function<Result<void>()> read = [state = state_, block] { return state->ReadBlock(block); };
  CO_RETURN_IF_ERROR(co_await pool_.Run<Result<void>>(std::move(read)));
  const std::string_view piece =
      std::string_view(state_->block).substr(static_cast<std::size_t>(offset_ % kBlockBytes));
  offset_ += static_cast<std::int64_t>(piece.size());
  co_return piece;
}

}  // namespace rowcall::files
