#include "net/multipart.h"

#include <algorithm>

#include "net/multipart_fields.h"

namespace rowcall::net {

namespace {

constexpr std::size_t kMaxPadding = 256;  // blanks behind a delimiter

std::unexpected<Error> Malformed(const char* what) {
  return Fail(ErrorKind::invalid, std::string("the multipart body is malformed: ") + what);
}

/// Where `mark` is in `text`, or else where it may have begun at the end: as more text comes, that only moves on.
std::size_t FindOrBeginning(std::string_view text, std::string_view mark, bool& whole) {
  const std::size_t found = text.find(mark);
  whole = found != std::string_view::npos;
  if (whole) return found;
  std::size_t from = text.size() - std::min(text.size(), mark.size() - 1);
  while (!mark.starts_with(text.substr(from))) ++from;
  return from;
}

}  // namespace

MultipartReader::MultipartReader(BodyReader& body, std::string_view boundary, MultipartLimits limits)
    : body_(&body), delimiter_("\r\n--" + std::string(boundary)), limits_(limits), buffer_("\r\n") {}

Result<MultipartReader> MultipartReader::Create(BodyReader& body, std::string_view content_type,
                                                MultipartLimits limits) {
  ASSIGN_OR_RETURN(const std::string boundary, BoundaryOf(content_type));
  return MultipartReader(body, boundary, limits);
}

async::Task<Result<void>> MultipartReader::ReadMore() {
  ASSIGN_OR_CO_RETURN(const std::string_view piece, co_await body_->Next());
  if (piece.empty()) co_return Malformed("it ends before its last boundary");
  buffer_ += piece;
  co_return Result<void>();
}

async::Task<Result<bool>> MultipartReader::NextPart(MultipartPart& part) {
  if (place_ == Place::preamble) CO_RETURN_IF_ERROR(co_await SkipPreamble());
  while (place_ == Place::inside) {
    ASSIGN_OR_CO_RETURN([[maybe_unused]] const std::string_view skipped, co_await NextPiece());
  }
  if (place_ == Place::between) CO_RETURN_IF_ERROR(co_await PassDelimiter());
  if (place_ == Place::end) co_return false;
  if (++parts_ > limits_.max_parts) {
    co_return Fail(ErrorKind::too_large,
                   "the multipart body has more than " + std::to_string(limits_.max_parts) + " parts");
  }
  ASSIGN_OR_CO_RETURN(part, co_await ReadPartHeader());
  co_return true;
}

async::Task<Result<void>> MultipartReader::SkipPreamble() {
  for (;;) {
    bool whole = false;
    const std::size_t found = FindOrBeginning(buffer_, delimiter_, whole);
    if (found > limits_.max_part_header_bytes) co_return Malformed("it does not begin with its boundary");
    if (whole) {
      buffer_.erase(0, found + delimiter_.size());
      place_ = Place::between;
      co_return Result<void>();
    }
    CO_RETURN_IF_ERROR(co_await ReadMore());
  }
}

// Behind a delimiter comes "--", and that was the last, or blanks and the end of the line.
async::Task<Result<void>> MultipartReader::PassDelimiter() {
  for (;;) {
    if (buffer_.starts_with("--")) {
      place_ = Place::end;
      co_return Result<void>();
    }
    const std::size_t padding = std::min(buffer_.find_first_not_of(" \t"), buffer_.size());
    const std::string_view rest = std::string_view(buffer_).substr(padding);
    const bool is_line_end = rest.starts_with("\r\n");
    const bool may_become_one = rest.empty() || rest == "\r" || buffer_ == "-";
    if (padding > kMaxPadding || (!is_line_end && !may_become_one)) {
      co_return Malformed("a boundary is followed by other text");
    }
    if (is_line_end) {
      buffer_.erase(0, padding);  // the CR LF stays: with the next one it ends an empty header
      place_ = Place::inside;
      co_return Result<void>();
    }
    CO_RETURN_IF_ERROR(co_await ReadMore());
  }
}

async::Task<Result<MultipartPart>> MultipartReader::ReadPartHeader() {
  for (;;) {
    bool whole = false;
    const std::size_t end = FindOrBeginning(buffer_, "\r\n\r\n", whole);
    if (end > limits_.max_part_header_bytes) {
      co_return Fail(ErrorKind::too_large, "a part of the multipart body has a header longer than " +
                                               std::to_string(limits_.max_part_header_bytes) + " bytes");
    }
    if (whole) {
      const std::string_view header = std::string_view(buffer_).substr(0, end);
      ASSIGN_OR_CO_RETURN(MultipartPart part, ReadPart(header.substr(std::min<std::size_t>(2, end))));
      buffer_.erase(0, end + 4);
      co_return part;
    }
    CO_RETURN_IF_ERROR(co_await ReadMore());
  }
}

async::Task<Result<std::string_view>> MultipartReader::NextPiece() {
  for (;;) {
    buffer_.erase(0, std::exchange(given_, 0));
    if (place_ != Place::inside) co_return std::string_view();
    bool whole = false;
    const std::size_t end = FindOrBeginning(buffer_, delimiter_, whole);
    if (end > 0) {
      given_ = end;
      co_return std::string_view(buffer_).substr(0, end);
    }
    if (whole) {
      buffer_.erase(0, delimiter_.size());
      place_ = Place::between;
      co_return std::string_view();
    }
    CO_RETURN_IF_ERROR(co_await ReadMore());
  }
}

}  // namespace rowcall::net
