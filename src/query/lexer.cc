#include "query/lexer.h"

namespace rowcall::query {

namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool BeginsWord(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool IsInWord(char c) { return BeginsWord(c) || IsDigit(c) || c == '.'; }

/// A text between two `quote`; the doubled quote stands for itself.
Result<Token> Quoted(std::string_view source, std::size_t& offset, char quote, TokenKind kind) {
  Token token{kind, {}, offset};
  for (std::size_t at = offset + 1; at < source.size(); ++at) {
    if (source[at] != quote) {
      token.text.push_back(source[at]);
    } else if (at + 1 < source.size() && source[at + 1] == quote) {
      token.text.push_back(quote);
      ++at;
    } else {
      offset = at + 1;
      return token;
    }
  }
  return SyntaxError(offset, "the quote that begins here has no end");
}

template <typename Belongs>
Token Run(std::string_view source, std::size_t& offset, TokenKind kind, Belongs belongs) {
  const std::size_t begin = offset++;
  while (offset < source.size() && belongs(source[offset])) ++offset;
  return {kind, std::string(source.substr(begin, offset - begin)), begin};
}

}  // namespace

std::unexpected<Error> SyntaxError(std::size_t offset, const std::string& what) {
  return Fail(ErrorKind::invalid, "where: " + what + ", at byte " + std::to_string(offset),
              "Write, for example, job_status = 'COMPLETED' AND record_count > 100.");
}

Result<Token> NextToken(std::string_view source, std::size_t& offset) {
  while (offset < source.size() && std::string_view(" \t\r\n").contains(source[offset])) ++offset;
  if (offset == source.size()) return Token{TokenKind::end, {}, offset};
  const char c = source[offset];
  if (c == '\'') return Quoted(source, offset, c, TokenKind::text);
  if (c == '`') return Quoted(source, offset, c, TokenKind::name);
  if (BeginsWord(c)) return Run(source, offset, TokenKind::word, IsInWord);
  const bool is_signed = (c == '-' || c == '+') && offset + 1 < source.size() && IsDigit(source[offset + 1]);
  if (IsDigit(c) || is_signed) return Run(source, offset, TokenKind::number, IsInWord);
  for (const std::string_view symbol : {"!=", "<=", ">=", "=", "<", ">", "(", ")", ","}) {
    if (!source.substr(offset).starts_with(symbol)) continue;
    const Token token{TokenKind::symbol, std::string(symbol), offset};
    offset += symbol.size();
    return token;
  }
  return SyntaxError(offset, "an unexpected character");
}

}  // namespace rowcall::query
