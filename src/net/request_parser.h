#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/headers.h"

namespace rowcall::net {

/// What the header of a request says.
struct RequestHead {
  std::string method;
  std::string target;
  Headers headers;
  bool http10 = false;
  bool keep_alive = false;
  bool expects_continue = false;
};

/// Parses requests, one after the other; knows no socket. Strict wherever two readers might come to different ends of
/// a message: those requests fail with `invalid`.
class RequestParser {
 public:
  /// A longer body fails with `too_large`: at once if the header says so, else with the chunk that goes beyond.
  explicit RequestParser(std::uint64_t max_body_bytes = std::numeric_limits<std::uint64_t>::max());
  ~RequestParser();

  /// Begins a request. `bytes` is its whole header, as HeadScanner found it.
  Result<RequestHead> Head(std::string_view bytes);

  struct Piece {
    std::size_t used = 0;   ///< How many of the bytes were taken, framing included.
    std::string_view body;  ///< Of those, what belongs to the body; may be empty.
  };
  /// Takes the next part of the body from `bytes`, which begin where the last call left off. Uses nothing if it needs
  /// more. Not to be called once done().
  Result<Piece> Body(std::string_view bytes);
  /// The body is complete.
  bool done() const;
  /// How much of the body is still to come; nullopt if it is chunked.
  std::optional<std::uint64_t> remaining() const;

 private:
  class Parser;
  std::unexpected<Error> BodyTooLarge() const;

  std::uint64_t max_body_bytes_;
  std::unique_ptr<Parser> parser_;
};

}  // namespace rowcall::net
