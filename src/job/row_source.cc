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
  auto source = std::unique_ptr<RowSource>(new RowSource(std::move(reader), NewParser(file), 0));
  ASSIGN_OR_CO_RETURN(source->stored_, co_await source->reader_->Next());
  source->Decompress(formats::DetectCompression(source->stored_));
  co_return source;
}

async::Task<Result<std::unique_ptr<RowSource>>> RowSource::OpenAt(files::FileStore& files, const model::FileRef& file,
                                                                  const formats::Dialect& dialect,
                                                                  ledger::RowPlace place) {
  if (place.byte_offset == 0) co_return co_await Open(files, file);
  const bool is_stored_plain = dialect.compression == formats::Compression::none;
  const std::int64_t begin = is_stored_plain ? place.byte_offset : 0;
  ASSIGN_OR_CO_RETURN(auto reader, co_await files.Open(file.key, begin));
  auto parser = ResumeParser(file.format, dialect, place);
  auto source = std::unique_ptr<RowSource>(new RowSource(std::move(reader), std::move(parser), begin));
  source->Decompress(dialect.compression);
  CO_RETURN_IF_ERROR(co_await source->SkipTo(place.byte_offset));
  co_return source;
}

void RowSource::Decompress(formats::Compression compression) {
  compression_ = compression;
  if (compression != formats::Compression::none) decompressor_ = formats::NewDecompressor(compression);
}

async::Task<Result<void>> RowSource::SkipTo(std::int64_t byte) {
  while (end_ < byte) {
    ASSIGN_OR_CO_RETURN(unparsed_, co_await NextPiece());
    if (unparsed_.empty()) co_return Fail(ErrorKind::corrupt, "the stored file ends before the place to go on from");
  }
  const auto left = static_cast<std::size_t>(end_ - byte);
  unparsed_.remove_prefix(unparsed_.size() - left);
  co_return Result<void>();
}

async::Task<Result<std::string_view>> RowSource::NextPiece() {
  for (;;) {
    std::string_view piece = decompressor_ == nullptr ? std::exchange(stored_, {}) : std::string_view();
    if (decompressor_ != nullptr) {
      ASSIGN_OR_CO_RETURN(piece, decompressor_->Next(stored_));
    }
    end_ += static_cast<std::int64_t>(piece.size());
    if (!piece.empty()) co_return piece;
    ASSIGN_OR_CO_RETURN(stored_, co_await reader_->Next());
    if (!stored_.empty()) continue;
    if (decompressor_ != nullptr) CO_RETURN_IF_ERROR(decompressor_->Finish());
    co_return piece;
  }
}

async::Task<Result<std::optional<model::Row>>> RowSource::Next() {
  while (given_ == rows_.size()) {
    if (ended_) co_return std::nullopt;
    rows_.clear();
    given_ = 0;
    Result<void> read = co_await ReadRows();
    if (read) continue;
    ended_ = true;
    rows_.clear();
    co_return Failed(std::move(read));
  }
  co_return std::move(rows_[given_++]);
}

async::Task<Result<void>> RowSource::ReadRows() {
  if (unparsed_.empty()) {
    ASSIGN_OR_CO_RETURN(unparsed_, co_await NextPiece());
  }
  if (unparsed_.empty()) {
    ended_ = true;
    co_return parser_->Finish(rows_);
  }
  CO_RETURN_IF_ERROR(parser_->Feed(unparsed_.substr(0, kPieceBytes), rows_));
  unparsed_.remove_prefix(std::min(unparsed_.size(), kPieceBytes));
  co_return Result<void>();
}

formats::Dialect RowSource::dialect() const {
  formats::Dialect dialect = parser_->dialect();
  dialect.compression = compression_;
  if (compression_ != formats::Compression::none) {
    dialect.evidence = std::string(Name(compression_)) + "; " + dialect.evidence;
  }
  return dialect;
}

}  // namespace rowcall::job
