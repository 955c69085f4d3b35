// Any bytes as a service's answer: what it says, and where it ends, does not depend on how the bytes are cut, and no
// body passes its limit.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "net/answer_parser.h"
#include "pieces.h"

namespace {

using rowcall::net::AnswerParser;
using rowcall::net::HttpAnswer;

struct Reading {
  rowcall::Result<HttpAnswer> answer;
  bool keep_alive = false;
  std::size_t used = 0;
};

/// Reads as a connection does: what the parser leaves is given again with more behind it.
Reading Read(std::string_view bytes, std::string_view method, std::size_t max_body, std::uint8_t cuts) {
  AnswerParser parser;
  parser.Begin(method, max_body);
  Reading reading;
  rowcall::Result<void> result;
  std::string input;
  rowcall::fuzz::InPieces(bytes, cuts, [&](std::string_view piece) {
    input += piece;
    const rowcall::Result<std::size_t> used = parser.Feed(input);
    if (!used) {
      result = std::unexpected(used.error());
      return false;
    }
    ROWCALL_ASSERT(*used <= input.size());
    reading.used += *used;
    input.erase(0, *used);
    return !parser.done();
  });
  if (result && !parser.done()) result = parser.End();
  if (!result) {
    reading.answer = std::unexpected(result.error());
    return reading;
  }
  reading.keep_alive = parser.keep_alive();
  reading.answer = parser.Take();
  return reading;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::uint8_t cuts = data[0];
  const std::string_view method = data[1] % 2 == 0 ? "GET" : "HEAD";
  const std::size_t max_body = data[1] / 2 * std::size_t{16};
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);

  const Reading whole = Read(bytes, method, max_body, 0);
  const Reading cut = Read(bytes, method, max_body, cuts);
  ROWCALL_ASSERT(whole.answer.has_value() == cut.answer.has_value());
  if (!whole.answer) {
    ROWCALL_ASSERT(whole.answer.error().kind == cut.answer.error().kind);
    return 0;
  }
  ROWCALL_ASSERT(whole.used == cut.used && whole.keep_alive == cut.keep_alive);
  ROWCALL_ASSERT(whole.answer->status == cut.answer->status);
  ROWCALL_ASSERT(whole.answer->headers.all() == cut.answer->headers.all());
  ROWCALL_ASSERT(whole.answer->body == cut.answer->body);
  ROWCALL_ASSERT(whole.answer->status >= 200 && whole.answer->status <= 999);
  ROWCALL_ASSERT(whole.answer->body.size() <= max_body);
  ROWCALL_ASSERT(method != "HEAD" || whole.answer->body.empty());
  return 0;
}
