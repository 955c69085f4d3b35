#include "results/undo_file.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace rowcall::results {

namespace {

constexpr std::size_t kBlockBytes = 4u << 20;

/// Rows as text, in file order.
struct Block {
  std::string text;
  std::vector<std::size_t> ends;  ///< Of each row.
};

std::string LastFirst(const Block& block) {
  std::string reversed;
  reversed.reserve(block.text.size());
  for (std::size_t i = block.ends.size(); i-- > 0;) {
    const std::size_t begin = i == 0 ? 0 : block.ends[i - 1];
    reversed.append(block.text, begin, block.ends[i] - begin);
  }
  return reversed;
}

async::Task<Result<Block>> NextBlock(ResultRows& rows, const RowText& text) {
  Block block;
  while (block.text.size() < kBlockBytes) {
    ASSIGN_OR_CO_RETURN(const std::optional<ResultRow> row, co_await rows.Next());
    if (!row) break;
    text.AppendRow(block.text, *row);
    block.ends.push_back(block.text.size());
  }
  co_return block;
}

/// Of a stored file, `size` bytes from `offset` on.
async::Task<Result<void>> CopyPart(files::FileStore& files, const std::string& key, std::int64_t offset,
                                   std::size_t size, files::FileWriter& to) {
  ASSIGN_OR_CO_RETURN(const auto reader, co_await files.Open(key, offset));
  while (size > 0) {
    ASSIGN_OR_CO_RETURN(std::string_view piece, co_await reader->Next());
    if (piece.empty()) co_return Fail(ErrorKind::corrupt, "the file of an undo was cut off while it was made");
    piece = piece.substr(0, size);
    CO_RETURN_IF_ERROR(co_await to.Write(piece));
    size -= piece.size();
  }
  co_return Result<void>();
}

}  // namespace

async::Task<Result<std::int64_t>> WriteLastFirst(ResultRows rows, const formats::Dialect& dialect, ResultFormat format,
                                                 files::FileStore& files, std::string scratch_key,
                                                 files::FileWriter& to) {
  const RowText text(dialect, format);
  std::string header;
  text.AppendHeader(header);
  CO_RETURN_IF_ERROR(co_await to.Write(header));
  std::int64_t count = 0;
  std::vector<std::size_t> sizes;  // of the blocks under the scratch key
  std::unique_ptr<files::FileWriter> scratch;
  ASSIGN_OR_CO_RETURN(Block block, co_await NextBlock(rows, text));
  while (!block.ends.empty()) {
    count += std::ssize(block.ends);
    const std::string reversed = LastFirst(block);
    ASSIGN_OR_CO_RETURN(block, co_await NextBlock(rows, text));
    if (block.ends.empty()) {
      CO_RETURN_IF_ERROR(co_await to.Write(reversed));
      break;
    }
    if (scratch == nullptr) {
      ASSIGN_OR_CO_RETURN(scratch, co_await files.Create(scratch_key));
    }
    CO_RETURN_IF_ERROR(co_await scratch->Write(reversed));
    sizes.push_back(reversed.size());
  }
  if (scratch == nullptr) co_return count;
  ASSIGN_OR_CO_RETURN(const files::StoredFile stored, co_await scratch->Commit());
  std::int64_t offset = stored.size_bytes;
  Result<void> copied;
  for (std::size_t i = sizes.size(); i-- > 0 && copied;) {
    offset -= static_cast<std::int64_t>(sizes[i]);
    copied = co_await CopyPart(files, scratch_key, offset, sizes[i], to);
  }
  CO_RETURN_IF_ERROR(co_await files.Remove(std::move(scratch_key)));
  CO_RETURN_IF_ERROR(std::move(copied));
  co_return count;
}

}  // namespace rowcall::results
