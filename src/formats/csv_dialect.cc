#include "formats/csv_dialect.h"

#include <fmt/format.h>

#include <array>

#include "base/text.h"
#include "formats/csv_scanner.h"

namespace rowcall::formats {

namespace {

constexpr std::size_t kLinesToLookAt = 100;

struct Candidate {
  char delimiter;
  std::string_view name;
  std::size_t cells = 0;     ///< In the first line.
  std::size_t lines = 0;
  std::size_t agreeing = 0;  ///< Lines with as many cells as the first.

  bool BetterThan(const Candidate& other) const {
    if (cells < 2 || other.cells < 2) return cells > other.cells;
    const std::size_t ours = agreeing * other.lines;
    const std::size_t theirs = other.agreeing * lines;
    return ours != theirs ? ours > theirs : cells > other.cells;
  }
};

void CountLine(std::size_t cells, Candidate& candidate) {
  if (candidate.lines == 0) candidate.cells = cells;
  ++candidate.lines;
  if (cells == candidate.cells) ++candidate.agreeing;
}

void Count(std::string_view sample, bool is_whole, Candidate& candidate) {
  CsvScanner scanner(candidate.delimiter, 0, 0);
  while (candidate.lines < kLinesToLookAt) {
    const auto begin = static_cast<std::size_t>(scanner.record_begin());
    const bool complete = scanner.Scan(sample.substr(static_cast<std::size_t>(scanner.offset())));
    if (!complete && !(scanner.End() && (is_whole || candidate.lines == 0))) return;
    const auto size = static_cast<std::size_t>(scanner.record_size());
    const bool blank = scanner.cell_count() == 1 && Trim(sample.substr(begin, size)).empty();
    if (!blank) CountLine(scanner.cell_count(), candidate);
    if (!complete) return;
    scanner.NextRecord();
  }
}

}  // namespace

CsvDelimiter DetectDelimiter(std::string_view text, bool is_whole) {
  std::array candidates = {Candidate{',', "comma"}, Candidate{'\t', "TAB"}, Candidate{';', "semicolon"},
                           Candidate{'|', "vertical bar"}};
  const Candidate* best = nullptr;
  for (Candidate& candidate : candidates) {
    Count(text, is_whole, candidate);
    if (best == nullptr || candidate.BetterThan(*best)) best = &candidate;
  }
  if (best->cells < 2) return {',', "one column: no comma, TAB, semicolon or vertical bar in the header"};
  return {best->delimiter, fmt::format("{} in {} of {} lines", best->name, best->agreeing, best->lines)};
}

}  // namespace rowcall::formats
