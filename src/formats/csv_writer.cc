#include "formats/csv_writer.h"

namespace rowcall::formats {

namespace {

bool NeedsQuotes(std::string_view cell, char delimiter) {
  if (cell.empty()) return false;
  const auto is_blank = [](char c) { return c == ' ' || c == '\t'; };
  if (is_blank(cell.front()) || is_blank(cell.back())) return true;
  const char special[] = {delimiter, '"', '\r', '\n'};
  return cell.find_first_of(std::string_view(special, sizeof special)) != std::string_view::npos;
}

}  // namespace

void AppendCsvCell(std::string& out, std::string_view cell, char delimiter) {
  if (!NeedsQuotes(cell, delimiter)) {
    out += cell;
    return;
  }
  out += '"';
  for (const char c : cell) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

}  // namespace rowcall::formats
