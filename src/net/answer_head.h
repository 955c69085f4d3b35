#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "net/http_server.h"

namespace rowcall::net {

/// The standard phrase of a status, e.g. "Not Found"; "" if it has none.
std::string_view StatusPhrase(int status);

/// "Sun, 06 Nov 1994 08:49:37 GMT".
std::string HttpDate(WallTime time);

/// How an answer's body is delimited.
enum class Framing { none, counted, chunked, until_close };

struct AnswerHead {
  std::string_view date;
  Framing framing = Framing::counted;
  std::uint64_t length = 0;  ///< Only if counted.
  std::string_view connection;  ///< "close", "keep-alive" or "" for no such field.
};

/// Appends the status line and all header fields. Line breaks in the answer's own fields become spaces, and fields that
/// the server alone may set are left out.
void AppendAnswerHead(std::string& out, const ServerAnswer& answer, const AnswerHead& head);

/// A small answer of application/problem+json (RFC 9457) that also carries `message` and `requestId`; the id stands in
/// its X-Request-Id too.
ServerAnswer Problem(int status, std::string_view detail, std::string_view request_id);

}  // namespace rowcall::net
