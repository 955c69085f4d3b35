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
  const char* const first = bytes.data();
  const char* const last = first + bytes.size();
  const char* at = first;
  const std::int64_t base = offset_;
  const auto offset_of = [&](const char* byte) { return base + (byte - first); };
  bool record_ended = false;
  while (at != last && !record_ended) {
    switch (state_) {
      case State::cell_start:
        cell_ = {.begin = offset_of(at), .quoted = *at == '"'};
        if (cell_.quoted) ++at;
        state_ = cell_.quoted ? State::quoted : State::plain;
        break;
      case State::plain:
        at = FindCellEnd(at, last);
        if (at == last) break;
        record_ended = EndCell(offset_of(at), *at == '\n');
        ++at;
        break;
      case State::quoted: {
        const void* quote = std::memchr(at, '"', static_cast<std::size_t>(last - at));
        at = quote == nullptr ? last : static_cast<const char*>(quote);
        if (at == last) break;
        cell_.close = offset_of(at);
        state_ = State::after_quote;
        ++at;
        break;
      }
      case State::after_quote:
        state_ = *at == '"' ? State::quoted : State::plain;
        if (*at != '"') break;
        cell_.doubled = true;
        ++at;
        break;
    }
  }
  offset_ = offset_of(at);
  return record_ended;
}

bool CsvScanner::End() {
  if (offset_ == begin_) return false;
  unclosed_ = state_ == State::quoted;
  if (unclosed_) cell_.close = offset_;
  if (state_ == State::cell_start) cell_ = {.begin = offset_};
  return EndCell(offset_, true);
}

void CsvScanner::NextRecord() {
  begin_ = offset_;
  cells_.clear();
  cell_count_ = 0;
  unclosed_ = false;
}

bool CsvScanner::EndCell(std::int64_t end, bool ends_record) {
  cell_.end = end;
  if (cells_.size() < max_cells_) cells_.push_back(cell_);
  ++cell_count_;
  state_ = State::cell_start;
  return ends_record;
}

// Eight bytes at a time: most cells are shorter than two words.
const char* CsvScanner::FindCellEnd(const char* from, const char* last) const {
  static_assert(std::endian::native == std::endian::little, "the first byte must be the lowest of a word");
  const std::uint64_t delimiters = kLowBits * static_cast<unsigned char>(delimiter_);
  constexpr std::uint64_t kLineEnds = kLowBits * '\n';
  for (; last - from >= 8; from += 8) {
    std::uint64_t word;
    std::memcpy(&word, from, sizeof(word));
    const std::uint64_t found = ZeroBytes(word ^ delimiters) | ZeroBytes(word ^ kLineEnds);
    if (found != 0) return from + std::countr_zero(found) / 8;
  }
  while (from != last && *from != delimiter_ && *from != '\n') ++from;
  return from;
}

}  // namespace rowcall::formats
