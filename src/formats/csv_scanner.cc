#include "formats/csv_scanner.h"

#include <experimental/simd>

#include <cstring>

#include "base/find_byte.h"

namespace rowcall::formats {

namespace {

namespace simd = std::experimental;

/// As many bytes as are looked at in one go.
using Block = simd::fixed_size_simd<unsigned char, 32>;

/// Which bytes of the block that begins there end a cell.
auto CellEndsIn(const char* block, char delimiter) {
  const Block bytes(reinterpret_cast<const unsigned char*>(block), simd::element_aligned);
  return bytes == static_cast<unsigned char>(delimiter) || bytes == +'\n' || bytes == +'\r';
}

/// Where the next delimiter or line end stands; `last` if there is none.
const char* FindCellEnd(const char* from, const char* last, char delimiter) {
  const int sign = static_cast<unsigned char>(delimiter);
  const std::size_t at = FindByte({from, last}, [sign](auto c) { return c == sign || c == +'\n' || c == +'\r'; });
  return at == std::string_view::npos ? last : from + at;
}

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
    case State::cell_start: return PassCells(at, last);
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

// Most cells have no quotes and lie in one piece: these pass here without a change of state.
const char* CsvScanner::PassCells(const char* from, const char* last) {
  const std::int64_t offset = offset_;
  const char delimiter = delimiter_;
  const char* cell = from;
  for (const char* block = from; last - block >= static_cast<std::ptrdiff_t>(Block::size()); block += Block::size()) {
    for (auto ends = CellEndsIn(block, delimiter); simd::any_of(ends);) {
      if (*cell == '"') return BeginCell(cell, from);
      const auto first = simd::find_first_set(ends);
      ends[static_cast<std::size_t>(first)] = false;
      const char* const end = block + first;
      EndCell({.begin = offset + (cell - from), .end = offset + (end - from)});
      cell = end + 1;
      if (*end == delimiter) continue;
      EndRecord(*end);
      return cell;
    }
  }
  if (cell != last) return BeginCell(cell, from);
  cell_ = {.begin = offset + (cell - from)};
  return last;
}

const char* CsvScanner::BeginCell(const char* at, const char* from) {
  const bool quoted = *at == '"';
  cell_ = {.begin = offset_ + (at - from), .quoted = quoted};
  state_ = quoted ? State::quoted : State::plain;
  return quoted ? at + 1 : at;
}

const char* CsvScanner::PassPlain(const char* at, const char* last) {
  const char* const end = FindCellEnd(at, last, delimiter_);
  if (end == last) return end;
  cell_.end = offset_ + (end - at);
  EndCell(cell_);
  state_ = State::cell_start;
  if (*end != delimiter_) EndRecord(*end);
  return end + 1;
}

void CsvScanner::EndRecord(char line_end) {
  record_ended_ = line_end == '\n';
  if (line_end == '\r') state_ = State::after_cr;
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
  cell_.end = offset_;
  if (state_ != State::after_cr) EndCell(cell_);
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

}  // namespace rowcall::formats
