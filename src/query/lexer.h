#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace rowcall::query {

enum class TokenKind { word, name, text, number, symbol, end };

struct Token {
  TokenKind kind = TokenKind::end;
  std::string text;        ///< Without quotes; a symbol or word as written.
  std::size_t offset = 0;  ///< Of its first byte.
};

/// The next token at or behind `offset`, which moves behind it. Fails with `invalid` and the byte.
Result<Token> NextToken(std::string_view source, std::size_t& offset);

/// "where: … at byte 12"
std::unexpected<Error> SyntaxError(std::size_t offset, const std::string& what);

}  // namespace rowcall::query
