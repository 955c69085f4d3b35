#include "formats/csv_scanner.h"

#include <bit>
#include <cstring>

namespace rowcall::formats {

namespace {

constexpr std::uint64_t kLowBits = 0x0101010101010101;
constexpr std::uint64_t kHighBits = 0x8080808080808080;

/// The high bit of each byte of `word` that is zero; false ones only above a true one.
std::uint64_t ZeroBytes(std::uint64_t word) { return (word - kLowBits) & ~word & kHighBits; }

}  // namespace

CsvScanner::CsvScanner(char delimiter, std::size_t max_cells, std::int64_t offset)
    : delimiter_(delimiter), max_cells_(max_cells), begin_(offset), offset_(offset) {}

bool CsvScanner::Scan(std::string_view bytes) {
  const char* at = bytes.data();
  const char* const last = at + bytes.size();
  while (at != last && !record_ended_) {
    const char* const next = Pass(at, last);
    offset_ += next - at;
    at = next;
  }
  return record_ended_;
}

const char* CsvScanner::Pass(const char* at, const char* last) {
  switch (state_) {
    case State::cell_start:
      cell_ = {.begin = offset_, .quoted = *at == '"'};
      state_ = cell_.quoted ? State::quoted : State::plain;
      return cell_.quoted ? at + 1 : at;
    case State::plain: return PassPlain(at, last);
    case State::quoted: return PassQuoted(at, last);
    case State::after_quote:
      state_ = *at == '"' ? State::quoted : State::plain;
      if (*at != '"') return at;
      cell_.doubled = true;
      return at + 1;
    case State::after_cr:
      state_ = State::cell_start;
      record_ended_ = true;
      return *at == '\n' ? at + 1 : at;
  }
  return at;
}

const char* CsvScanner::PassPlain(const char* at, const char* last) {
  const char* const end = FindCellEnd(at, last);
  if (end == last) return end;
  EndCell(offset_ + (end - at));
  record_ended_ = *end == '\n';
  state_ = *end == '\r' ? State::after_cr : State::cell_start;
  return end + 1;
}

const char* CsvScanner::PassQuoted(const char* at, const char* last) {
  const void* const found = std::memchr(at, '"', static_cast<std::size_t>(last - at));
  if (found == nullptr) return last;
  const char* const quote = static_cast<const char*>(found);
  cell_.close = offset_ + (quote - at);
  state_ = State::after_quote;
  return quote + 1;
}

bool CsvScanner::End() {
  if (offset_ == begin_) return false;
  record_ended_ = true;
  unclosed_ = state_ == State::quoted;
  if (unclosed_) cell_.close = offset_;
  if (state_ == State::cell_start) cell_ = {.begin = offset_};
  if (state_ != State::after_cr) EndCell(offset_);
  state_ = State::cell_start;
  return true;
}

void CsvScanner::NextRecord() {
  begin_ = offset_;
  cells_.clear();
  cell_count_ = 0;
  unclosed_ = false;
  record_ended_ = false;
}

void CsvScanner::EndCell(std::int64_t end) {
  cell_.end = end;
  if (cells_.size() < max_cells_) cells_.push_back(cell_);
  ++cell_count_;
}

// Eight bytes at a time: most cells are shorter than two words.
const char* CsvScanner::FindCellEnd(const char* from, const char* last) const {
  static_assert(std::endian::native == std::endian::little, "the first byte must be the lowest of a word");
  const std::uint64_t delimiters = kLowBits * static_cast<unsigned char>(delimiter_);
  constexpr std::uint64_t kLf = kLowBits * '\n';
  constexpr std::uint64_t kCr = kLowBits * '\r';
  for (; last - from >= 8; from += 8) {
    std::uint64_t word;
    std::memcpy(&word, from, sizeof(word));
    const std::uint64_t found = ZeroBytes(word ^ delimiters) | ZeroBytes(word ^ kLf) | ZeroBytes(word ^ kCr);
    if (found != 0) return from + std::countr_zero(found) / 8;
  }
  while (from != last && *from != delimiter_ && *from != '\n' && *from != '\r') ++from;
  return from;
}

}  // namespace rowcall::formats
