#include "cli/table.h"

#include <algorithm>
#include <utility>

#include "cli/printable.h"

namespace rowcall::cli {

namespace {

std::size_t Width(const std::string& cell) {
  return static_cast<std::size_t>(std::ranges::count_if(cell, [](unsigned char c) { return (c & 0xC0u) != 0x80u; }));
}

}  // namespace

std::string Table(std::vector<std::vector<std::string>> rows, std::vector<std::size_t> least) {
  std::vector<std::size_t> widths = std::move(least);
  for (auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) {
      row[i] = Printable(row[i]);
      widths[i] = std::max(widths[i], Width(row[i]));
    }
  }
  std::string text;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) line += row[i] + std::string(widths[i] - Width(row[i]) + 2, ' ');
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

}  // namespace rowcall::cli
