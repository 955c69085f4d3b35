#include "job/row_source.h"

#include <algorithm>

namespace rowcall::job {

namespace {

constexpr std::size_t kPieceBytes = 64 * 1024;

std::unique_ptr<formats::RowParser> NewParser(const model::FileRef& file) {
  return file.format == model::FileFormat::csv ? formats::NewCsvParser({}, file.encoding)
                                               : formats::NewJsonParser({}, file.encoding);
}

std::unique_ptr<formats::RowParser> ResumeParser(model::FileFormat format, const formats::Dialect& dialect,
                                                 ledger::RowPlace place) {
  return format == model::FileFormat::csv ? formats::ResumeCsvParser(dialect, place.row, place.byte_offset)
                                          : formats::ResumeJsonParser(dialect, place.row, place.byte_offset);
}

}  // namespace

async::Task<Result<std::unique_ptr<RowSource>>> RowSource::Open(files::FileStore& files, const model::FileRef& file) {
  ASSIGN_OR_CO_RETURN(auto reader, co_await files.Open(file.key, 0));
  co_return std::unique_ptr<RowSource>(new RowSource(std::move(reader), NewParser(file)));
}

async::Task<Result<std::unique_ptr<RowSource>>> RowSource::OpenAt(files::FileStore& files, const model::FileRef& file,
                                                                  const formats::Dialect& dialect,
                                                                  ledger::RowPlace place) {
  if (place.byte_offset == 0) co_return co_await Open(files, file);
  ASSIGN_OR_CO_RETURN(auto reader, co_await files.Open(file.key, place.byte_offset));
  auto parser = ResumeParser(file.format, dialect, place);
  co_return std::unique_ptr<RowSource>(new RowSource(std::move(reader), std::move(parser)));
}

async::Task<Result<std::optional<model::Row>>> RowSource::Next() {
  while (given_ == rows_.size()) {
    if (ended_) co_return std::nullopt;
    rows_.clear();
    given_ = 0;
    if (unparsed_.empty()) {
      ASSIGN_OR_CO_RETURN(unparsed_, co_await reader_->Next());
    }
    if (unparsed_.empty()) {
      ended_ = true;
      CO_RETURN_IF_ERROR(parser_->Finish(rows_));
    } else {
      CO_RETURN_IF_ERROR(parser_->Feed(unparsed_.substr(0, kPieceBytes), rows_));
      unparsed_.remove_prefix(std::min(unparsed_.size(), kPieceBytes));
    }
  }
  co_return std::move(rows_[given_++]);
}

}  // namespace rowcall::job
