#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "base/result.h"
#include "net/http_client.h"

namespace rowcall::net {

/// Parses answers, one after the other; knows no socket. Skips interim ones (1xx). Fails with `unavailable` on bytes
/// that are not an answer, and `too_large` on a long body and where the headers, those of interim answers with them, reach
/// 64 KiB.
class AnswerParser {
 public:
  AnswerParser();
  ~AnswerParser();

  using Take2xx = std::function<Result<void>(std::string_view)>;

  /// Begins the answer to a request of that method. `max_body` in bytes. `take`, if not null, gets the body of a 2xx, and
  /// lives until the answer is done.
  void Begin(std::string_view method, std::size_t max_body, const Take2xx* take = nullptr);
  /// Takes bytes, which begin where the last call left off, and returns how many were used. The rest is to be given
  /// again with more behind it. Fails as `take` does, too.
  Result<std::size_t> Feed(std::string_view bytes);
  /// The peer has ended its side: that completes an answer without a stated length, and spoils any other.
  Result<void> End();

  bool done() const;
  /// The connection may carry another request. Once done().
  bool keep_alive() const;
  /// Once done(), once.
  HttpAnswer Take();

 private:
  class Parser;
  std::unique_ptr<Parser> parser_;
  bool to_head_ = false;
  std::size_t max_body_ = 0;
  const Take2xx* take_ = nullptr;
  std::size_t head_bytes_ = 0;
};

}  // namespace rowcall::net
