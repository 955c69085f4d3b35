#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "async/task.h"
#include "base/result.h"
#include "files/file_store.h"
#include "formats/row_parser.h"
#include "ledger/ledger.h"
#include "model/job.h"

namespace rowcall::job {

/// The rows of a stored file, from any known place on. Holds a few hundred kilobytes, however long the file is.
///
/// A file that begins like gzip or zstd is decompressed as it is read; it stays stored as it came. Its byte offsets, of
/// rows and of places to go on from, are those of the decompressed file; to go on from there, it is decompressed again
/// from its beginning and what stands before the place is dropped.
class RowSource {
 public:
  /// From the first row; finds the dialect out.
  static async::Task<Result<std::unique_ptr<RowSource>>> Open(files::FileStore& files, const model::FileRef& file);
  /// From `place` on, in a known dialect, which dialect() or end() said. A byte offset of 0 means the start of the file.
  static async::Task<Result<std::unique_ptr<RowSource>>> OpenAt(files::FileStore& files, const model::FileRef& file,
                                                                const formats::Dialect& dialect,
                                                                ledger::RowPlace place);

  /// The next row; nullopt at the end. Fails with `invalid` if the file cannot be read, or cannot be read further
  /// (damaged, cut off, or beyond the limits of decompressor.h), or as the store does; then there are no further rows.
  async::Task<Result<std::optional<model::Row>>> Next();
  /// The next row, if it has been read already; Next() reads on. It costs no task of its own.
  std::optional<model::Row> NextAtHand() {
    return given_ < rows_.size() ? std::optional(std::move(rows_[given_++])) : std::nullopt;
  }
  /// Valid once the first row was given out, or Next() said that there is none.
  formats::Dialect dialect() const;
  /// The byte offset behind what was read so far; at the end, that of the file's end.
  std::int64_t end() const { return end_; }

 private:
  RowSource(std::unique_ptr<files::FileReader> reader, std::unique_ptr<formats::RowParser> parser, std::int64_t begin)
      : reader_(std::move(reader)), parser_(std::move(parser)), end_(begin) {}

  void Decompress(formats::Compression compression);
  /// Reads on until the decompressed file has been dropped up to `byte`.
  async::Task<Result<void>> SkipTo(std::int64_t byte);
  /// Some more rows into rows_, maybe none; or the end.
  async::Task<Result<void>> ReadRows();
  /// The next piece, decompressed; "" at the end.
  async::Task<Result<std::string_view>> NextPiece();

  std::unique_ptr<files::FileReader> reader_;
  std::unique_ptr<formats::RowParser> parser_;
  formats::Compression compression_ = formats::Compression::none;
  std::unique_ptr<formats::Decompressor> decompressor_;  ///< Null if the file is not compressed.
  std::string_view stored_;  ///< Of the piece that the reader gave last.
  std::string_view unparsed_;  ///< Of the piece that NextPiece() gave last.
  std::int64_t end_;  ///< Behind unparsed_.
  std::vector<model::Row> rows_;
  std::size_t given_ = 0;
  bool ended_ = false;
};

}  // namespace rowcall::job
