#include "formats/json_scanner.h"

#include <algorithm>

namespace rowcall::formats {

namespace {

constexpr std::size_t kDepthsToCheck = 64;  // a record nested deeper is refused anyway

bool IsBlank(char byte) { return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n'; }

bool OpensNested(char byte) { return byte == '{' || byte == '[' || byte == '"'; }

}  // namespace

bool JsonScanner::Scan(std::string_view bytes) {
  const std::int64_t base = offset_;
  if (state_ == State::ended) state_ = State::between;
  std::size_t at = 0;
  while (at < bytes.size() && state_ != State::ended) {
    const bool was_between = state_ == State::between;
    at = Pass(bytes, at);
    if (was_between) begin_ = base + static_cast<std::int64_t>(at);
  }
  offset_ = base + static_cast<std::int64_t>(at);
  return state_ == State::ended;
}

bool JsonScanner::End() {
  if (state_ != State::line) return false;
  state_ = State::ended;
  return true;
}

std::size_t JsonScanner::Pass(std::string_view bytes, std::size_t at) {
  switch (state_) {
    case State::between: return PassBetween(bytes, at);
    case State::line: return PassLine(bytes, at);
    case State::bare: return PassBare(bytes, at);
    case State::nested: return PassNested(bytes, at);
    case State::text: return PassText(bytes, at);
    case State::escape: state_ = State::text; return at + 1;
    case State::ended: break;
  }
  return at;
}

std::size_t JsonScanner::PassBetween(std::string_view bytes, std::size_t at) {
  for (; at < bytes.size(); ++at) {
    const char byte = bytes[at];
    if (IsBlank(byte)) continue;
    closed_ = array_ && byte == ']';
    if (array_ && (byte == ',' || byte == ']')) continue;
    depth_ = 0;
    state_ = !array_ ? State::line : OpensNested(byte) ? State::nested : State::bare;
    return at;
  }
  return at;
}

std::size_t JsonScanner::PassLine(std::string_view bytes, std::size_t at) {
  const std::size_t lf = std::min(bytes.find('\n', at), bytes.size());
  const std::size_t end = std::min(bytes.substr(0, lf).find('\r', at), lf);
  if (end < bytes.size()) state_ = State::ended;
  return end;
}

std::size_t JsonScanner::PassBare(std::string_view bytes, std::size_t at) {
  for (; at < bytes.size(); ++at) {
    const char byte = bytes[at];
    if (IsBlank(byte) || byte == ',' || byte == ']' || OpensNested(byte)) {
      state_ = State::ended;
      return at;
    }
  }
  return at;
}

std::size_t JsonScanner::PassNested(std::string_view bytes, std::size_t at) {
  for (; at < bytes.size(); ++at) {
    const char byte = bytes[at];
    if (byte == '"') {
      state_ = State::text;
      return at + 1;
    }
    if (byte == '{' || byte == '[') Open(byte == '[');
    if (byte == '}' || byte == ']') Close(byte == ']');
    if (state_ == State::ended) return at + 1;
  }
  return at;
}

void JsonScanner::Open(bool square) {
  if (depth_ < kDepthsToCheck) {
    const std::uint64_t bit = std::uint64_t{1} << depth_;
    square_brackets_ = square ? square_brackets_ | bit : square_brackets_ & ~bit;
  }
  ++depth_;
}

void JsonScanner::Close(bool square) {
  --depth_;
  const bool mismatch = depth_ < kDepthsToCheck && (square_brackets_ >> depth_ & 1) != (square ? 1u : 0u);
  if (mismatch || depth_ == 0) state_ = State::ended;
}

std::size_t JsonScanner::PassText(std::string_view bytes, std::size_t at) {
  while (at < bytes.size() && bytes[at] != '"' && bytes[at] != '\\') ++at;
  if (at == bytes.size()) return at;
  if (bytes[at] == '\\') {
    state_ = State::escape;
  } else {
    state_ = depth_ > 0 ? State::nested : State::ended;
  }
  return at + 1;
}

}  // namespace rowcall::formats
