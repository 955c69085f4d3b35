#include "base/text.h"
#include "net/http_server.h"
#include "net/url.h"

namespace rowcall::net {

std::string ServerRequest::QueryValue(std::string_view name) const {
  for (const std::string_view pair : Split(query, '&')) {
    const std::size_t equals = std::min(pair.find('='), pair.size());
    const Result<std::string> key = PercentDecode(pair.substr(0, equals), true);
    if (!key || *key != name) continue;
    return PercentDecode(pair.substr(std::min(equals + 1, pair.size())), true).value_or("");
  }
  return "";
}

async::Task<Result<std::string>> ReadWhole(BodyReader& body, std::size_t limit) {
  std::string whole;
  for (;;) {
    ASSIGN_OR_CO_RETURN(const std::string_view piece, co_await body.Next());
    if (piece.empty()) co_return whole;
    if (piece.size() > limit - whole.size()) {
      co_return Fail(ErrorKind::too_large, "the request's body is longer than " + std::to_string(limit) + " bytes");
    }
    whole += piece;
  }
}

}  // namespace rowcall::net
