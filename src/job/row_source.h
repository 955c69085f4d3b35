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
class RowSource {
 public:
  /// From the first row; finds the dialect out.
  static async::Task<Result<std::unique_ptr<RowSource>>> Open(files::FileStore& files, const model::FileRef& file);
  /// From `place` on, in a known dialect. A byte offset of 0 means the start of the file.
  static async::Task<Result<std::unique_ptr<RowSource>>> OpenAt(files::FileStore& files, const model::FileRef& file,
                                                                const formats::Dialect& dialect,
                                                                ledger::RowPlace place);

  /// The next row; nullopt at the end. Fails with `invalid` if the file as a whole cannot be read, or as the store does.
  async::Task<Result<std::optional<model::Row>>> Next();
  const formats::Dialect& dialect() const { return parser_->dialect(); }

 private:
  RowSource(std::unique_ptr<files::FileReader> reader, std::unique_ptr<formats::RowParser> parser)
      : reader_(std::move(reader)), parser_(std::move(parser)) {}

  std::unique_ptr<files::FileReader> reader_;
  std::unique_ptr<formats::RowParser> parser_;
  std::string_view unparsed_;  ///< Of the piece that the reader gave last.
  std::vector<model::Row> rows_;
  std::size_t given_ = 0;
  bool ended_ = false;
};

}  // namespace rowcall::job
