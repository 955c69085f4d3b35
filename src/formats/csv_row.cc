#include "formats/csv_row.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

#include "base/find_byte.h"
#include "base/text.h"
#include "formats/fault.h"

namespace rowcall::formats {

namespace {

constexpr std::string_view kDoubleTheQuotes =
    "Quotes inside a quoted cell must be doubled; a quote that opens a cell must be closed.";

/// One record on its way to becoming a row.
struct Record {
  const CsvScanner& scanner;
  const TextWindow& window;
  const RecordPlace& place;
  const std::vector<std::string>& header;
  model::Row& row;

  std::string_view ColumnName(std::size_t column) const {
    return column < header.size() ? std::string_view(header[column]) : std::string_view();
  }
  Place At(std::int64_t offset, std::size_t column) const {
    return {row.number, window.ByteAt(offset), ColumnName(column)};
  }
  Place AtRow() const { return {row.number, row.byte_offset, {}}; }
};

model::Reason UnclosedQuote(const Place& quote, std::int64_t lines) {
  return Fault(quote, "unclosed_quote",
               fmt::format("the quote that opens here is never closed, so the rest of the file, {} line{}, is one cell",
                           lines, lines == 1 ? "" : "s"),
               kDoubleTheQuotes);
}

void AppendWithoutDoubling(std::string_view text, std::string& out) {
  for (;;) {
    const std::size_t quote = text.find('"');
    out.append(text.substr(0, quote));
    if (quote == std::string_view::npos) return;
    out.push_back('"');
    text.remove_prefix(quote + 2);
  }
}

/// A quoted cell whose text does not stand in the file as it is.
std::string ReadRewritten(Record& record, const CsvCell& cell, std::size_t column) {
  const std::string_view inside = record.window.View(cell.begin + 1, cell.close);
  std::string text;
  if (cell.doubled) {
    AppendWithoutDoubling(inside, text);
  } else {
    text = inside;
  }
  if (cell.end <= cell.close + 1) return text;
  const std::string_view rest = record.window.View(cell.close + 1, cell.end);
  text.append(rest);
  if (rest.find_first_not_of(" \t") != std::string_view::npos) {
    record.row.faults.push_back(Fault(record.At(cell.close, column), "text_after_quote",
                                      "text follows the closing quote of the cell", kDoubleTheQuotes));
  }
  return text;
}

std::size_t ColumnAt(const Record& record, std::int64_t offset) {
  const auto& cells = record.scanner.cells();
  const auto found =
      std::find_if(cells.begin(), cells.end(), [offset](const CsvCell& cell) { return offset < cell.end; });
  return static_cast<std::size_t>(found - cells.begin());
}

void CheckText(Record& record, std::string_view text) {
  const std::int64_t begin = record.scanner.record_begin();
  if (FindByte(text, [](auto c) { return c >= 0x80 || c == 0; }) == std::string_view::npos) return;
  if (const std::size_t at = FindInvalidUtf8(text); at != std::string_view::npos) {
    const std::int64_t offset = begin + static_cast<std::int64_t>(at);
    record.row.faults.push_back(NotText(record.At(offset, ColumnAt(record, offset)), record.window.encoding()));
    for (std::size_t i = 0; i < record.row.cells.size(); ++i) {
      if (FindInvalidUtf8(record.row.cells[i]) != std::string_view::npos) record.row.cells.Set(i, "");
    }
  }
  if (const std::size_t at = text.find('\0'); at != std::string_view::npos) {
    const std::int64_t offset = begin + static_cast<std::int64_t>(at);
    record.row.faults.push_back(ZeroByte(record.At(offset, ColumnAt(record, offset))));
  }
}

/// A row for a record, its cells blank as yet.
model::Row BlankRow(const CsvScanner& scanner, const TextWindow& window, const RecordPlace& place,
                    const std::vector<std::string>& header, RowNumber number) {
  const std::size_t cells = std::max(scanner.cells().size(), header.size());
  return {.number = number,
          .byte_offset = place.byte,
          .cells = model::Cells(cells, window.View(scanner.record_begin(), scanner.offset())),
          .faults = {}};
}

/// All cells of the record, as many as there are, with their faults.
void ReadCells(Record& record) {
  const std::int64_t begin = record.scanner.record_begin();
  model::Cells& cells = record.row.cells;
  for (std::size_t column = 0; const CsvCell& cell : record.scanner.cells()) {
    const bool stands_so = !cell.quoted || (!cell.doubled && cell.end <= cell.close + 1);
    if (stands_so) {
      cells.SetWithin(column, static_cast<std::size_t>((cell.quoted ? cell.begin + 1 : cell.begin) - begin),
                      static_cast<std::size_t>((cell.quoted ? cell.close : cell.end) - begin));
    } else {
      cells.Set(column, ReadRewritten(record, cell, column));
    }
    ++column;
  }
  if (record.scanner.unclosed()) {
    const std::string_view column = record.ColumnName(record.scanner.cell_count() - 1);
    record.row.faults.push_back(
        UnclosedQuote({record.row.number, record.place.cell_byte, column}, record.place.cell_lines.lines()));
  }
  CheckText(record, record.window.View(begin, record.scanner.offset()));
}

void FitToHeader(Record& record) {
  model::Cells& cells = record.row.cells;
  const std::size_t expected = record.header.size();
  const std::size_t found = record.scanner.cell_count();
  if (found < expected) {
    record.row.faults.push_back(
        Warning(record.AtRow(), "short_row",
                fmt::format("the row has {} of {} cells; the others count as blank", found, expected),
                "If a value is missing, compare the row with the header."));
  }
  const bool unread = found > cells.size();
  const bool surplus = std::ranges::any_of(cells.All() | std::views::drop(expected),
                                           [](std::string_view cell) { return !Trim(cell).empty(); });
  if (unread || surplus) {
    record.row.faults.push_back(Fault(record.AtRow(), "too_many_columns",
                                      fmt::format("the row has {} cells, but the header has {}", found, expected),
                                      "Put a cell that holds the delimiter in quotes."));
  }
  if (cells.size() == expected) return;
  model::Cells fitting(expected);
  for (std::size_t i = 0; i < expected; ++i) fitting.Set(i, cells[i]);
  cells = std::move(fitting);
}

constexpr std::size_t kColumnsToName = 5;

void RenameRepeated(CsvHeader& header) {
  std::unordered_set<std::string> seen;
  std::vector<std::string> renamed;
  for (std::size_t column = 0; column < header.names.size(); ++column) {
    std::string& name = header.names[column];
    if (name.empty() || seen.insert(name).second) continue;
    do {
      name += fmt::format(" (column {})", column + 1);
    } while (!seen.insert(name).second);
    renamed.push_back(name);
  }
  if (renamed.empty()) return;
  header.warnings.push_back(
      fmt::format("Some names stand in the header more than once. The first column of a name keeps it; the others are "
                  "called {}, and "
                  "are loaded only if a mapping says where.",
                  Listed(renamed, kColumnsToName)));
}

void NoteNameless(CsvHeader& header) {
  std::vector<std::string> nameless;
  for (std::size_t column = 0; column < header.names.size(); ++column) {
    if (header.names[column].empty()) nameless.push_back(fmt::format("column {}", column + 1));
  }
  if (nameless.empty()) return;
  header.warnings.push_back(
      fmt::format("Columns without a name in the header are not loaded: {}.", Listed(nameless, kColumnsToName)));
}

}  // namespace

void LineCount::Add(std::string_view text) {
  for (const char c : text) {
    if (c == '\r' || (c == '\n' && last_ != '\r')) ++ended_;
    last_ = c;
  }
}

model::Row ReadCsvRow(const CsvScanner& scanner, const TextWindow& window, const RecordPlace& place,
                      const std::vector<std::string>& header, RowNumber number) {
  model::Row row = BlankRow(scanner, window, place, header, number);
  Record record{scanner, window, place, header, row};
  ReadCells(record);
  if (scanner.cell_count() != header.size()) FitToHeader(record);
  return row;
}

model::Row TooLongCsvRow(const CsvScanner& scanner, const RecordPlace& place, const std::vector<std::string>& header,
                         RowNumber number, std::size_t limit) {
  model::Row row;
  row.number = number;
  row.byte_offset = place.byte;
  row.cells = model::Cells(header.size());
  row.faults.push_back(scanner.unclosed()
                           ? UnclosedQuote({number, place.cell_byte, {}}, place.cell_lines.lines())
                           : RowTooLong({number, place.byte, {}}, scanner.record_size(), limit,
                                        "Look for a quote that opens a cell by mistake: such a cell goes on over line "
                                        "ends up to the next quote."));
  return row;
}

Result<CsvHeader> ReadCsvHeader(const CsvScanner& scanner, const TextWindow& window, const RecordPlace& place,
                                std::size_t max_columns) {
  if (scanner.cell_count() > max_columns) {
    return Fail(ErrorKind::invalid,
                fmt::format("Header row: {} columns; at most {} can be read.", scanner.cell_count(), max_columns),
                "Split the file.");
  }
  const std::vector<std::string> no_names;
  model::Row row = BlankRow(scanner, window, place, no_names, 0);
  Record record{scanner, window, place, no_names, row};
  ReadCells(record);
  if (!row.faults.empty()) {
    model::Reason& fault = row.faults.front();
    return Fail(ErrorKind::invalid, std::move(fault.message), std::move(fault.hint));
  }
  CsvHeader header;
  for (const std::string_view name : row.cells.All()) header.names.emplace_back(Trim(name));
  if (std::ranges::all_of(header.names, &std::string::empty)) {
    return Fail(ErrorKind::invalid, fmt::format("Header row, byte {}: no column has a name.", place.byte),
                "The first line must name the columns.");
  }
  RenameRepeated(header);
  NoteNameless(header);
  return header;
}

}  // namespace rowcall::formats
