#pragma once

#include <string>
#include <string_view>

#include "async/task.h"
#include "base/result.h"
#include "net/http_server.h"

namespace rowcall::net {

/// One part of a multipart/form-data body (RFC 7578).
struct MultipartPart {
  std::string name;          ///< From Content-Disposition; "" if it has none.
  std::string filename;      ///< As sent; "" if it has none. Never a path of ours.
  std::string content_type;  ///< "" if it has none.
};

struct MultipartLimits {
  std::size_t max_parts = 100;
  std::size_t max_part_header_bytes = 16 * 1024;
};

/// Reads a multipart body as it arrives, with memory that does not grow with it.
///
///   MultipartReader parts(*request.body, content_type);
///   while (next part) while (next piece of it) …
class MultipartReader {
 public:
  /// `body` must outlive the reader. Fails with `invalid` if `content_type` is not multipart/form-data with a usable
  /// boundary (1 to 70 characters).
  static Result<MultipartReader> Create(BodyReader& body, std::string_view content_type, MultipartLimits limits = {});

  /// Goes to the next part, skipping what was not read of the one before. False at the end. Fails with `invalid` on a
  /// body that is not what it says, `too_large` past a limit, or as BodyReader::Next does.
  async::Task<Result<bool>> NextPart(MultipartPart& part);
  /// The next piece of this part, valid until the next call; "" at its end.
  async::Task<Result<std::string_view>> NextPiece();

 private:
  enum class Place { preamble, between, inside, end };

  MultipartReader(BodyReader& body, std::string_view boundary, MultipartLimits limits);
  async::Task<Result<void>> ReadMore();
  async::Task<Result<void>> SkipPreamble();
  async::Task<Result<void>> PassDelimiter();
  async::Task<Result<MultipartPart>> ReadPartHeader();

  BodyReader* body_;
  std::string delimiter_;  // CR LF "--" boundary
  MultipartLimits limits_;
  std::string buffer_;  // what was read and is not used up
  std::size_t given_ = 0;  // how much of its front the caller has
  std::size_t parts_ = 0;
  Place place_ = Place::preamble;
};

}  // namespace rowcall::net
