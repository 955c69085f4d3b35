#pragma once

#include <memory>
#include <optional>
#include <utility>

#include "files/file_store.h"
#include "formats/row_parser.h"
#include "job/row_source.h"
#include "ledger/ledger.h"
#include "model/job.h"

namespace rowcall::job {

/// Reads some rows of a stored file again, each once and in ascending order. What lies far between two of them is not
/// read, unless the file is compressed.
class RowFinder {
 public:
  /// `files` must outlive it.
  RowFinder(files::FileStore& files, model::FileRef file, formats::Dialect dialect)
      : files_(files), file_(std::move(file)), dialect_(std::move(dialect)) {}

  /// `anchor`: a known place at the row or before it; nullopt = none is known. Fails with `corrupt` if the file has no
  /// such row, or as RowSource does; rows behind a damaged place are found all the same by a place at the row, unless the
  /// file is compressed.
  async::Task<Result<model::Row>> Find(RowNumber row, std::optional<ledger::RowPlace> anchor);

 private:
  /// `jumps`: from the anchor on, else from where it stands.
  async::Task<Result<model::Row>> Read(RowNumber row, std::optional<ledger::RowPlace> anchor, bool jumps);

  files::FileStore& files_;
  const model::FileRef file_;
  const formats::Dialect dialect_;
  std::unique_ptr<RowSource> source_;
  RowNumber at_ = 0;  ///< The row that it gave last.
};

}  // namespace rowcall::job
