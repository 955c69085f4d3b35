#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace rowcall::formats {

/// Where a cell stands; offsets count from the file's first byte.
struct CsvCell {
  std::int64_t begin = 0;  ///< Its first byte: the opening quote, if it has one.
  std::int64_t end = 0;    ///< Behind its last byte; the line end is not part of the cell.
  std::int64_t close = 0;  ///< Its closing quote, if `quoted`.
  bool quoted = false;
  bool doubled = false;    ///< Doubled quotes stand inside.
};

/// Finds records and their cells in bytes that come piece by piece, and keeps none of the bytes. The grammar:
///
///   A record ends at LF, CR LF or a CR alone; one file may have all three. A cell ends at the delimiter or with the
///   record. A cell whose first byte is a quote goes on to the next quote that is not doubled, line ends and delimiters
///   included; what follows up to the cell's end belongs to it too. Anywhere else a quote is an ordinary byte.
///
/// A record whose last byte so far is a CR has ended only once the next byte is known, or the end of the file: an LF
/// there belongs to it. So the next record begins at the same byte however the bytes were cut.
class CsvScanner {
 public:
  /// `offset` is where the first record begins. Of each record at most `max_cells` cells are kept, all are counted.
  CsvScanner(char delimiter, std::size_t max_cells, std::int64_t offset);

  /// Scans on through `bytes`, which follow what was scanned before, up to a record's end. Returns whether the record
  /// has ended; it is then described until NextRecord() is called.
  bool Scan(std::string_view bytes);
  /// No more bytes will come. Returns whether that ended a record that had begun.
  bool End();
  void NextRecord();

  std::int64_t offset() const { return offset_; }  ///< Of the next byte to scan.
  std::int64_t record_begin() const { return begin_; }
  std::int64_t record_size() const { return offset_ - begin_; }  ///< So far; its line end included.
  const std::vector<CsvCell>& cells() const { return cells_; }
  std::size_t cell_count() const { return cell_count_; }
  /// Whether bytes ended inside a quoted cell, the last one. Only after End().
  bool unclosed() const { return unclosed_; }
  /// Where the cell begins that the scan is in, or was in when the bytes ended: if it is quoted, the quote.
  std::int64_t last_cell_begin() const { return cell_.begin; }

 private:
  enum class State { cell_start, plain, quoted, after_quote, after_cr };

  /// Goes on from `at` until the state changes, and returns where that was. Sets record_ended_.
  const char* Pass(const char* at, const char* last);
  const char* PassCells(const char* at, const char* last);
  /// The cell that begins at `at` is passed by itself. `from` is where the scan is.
  const char* BeginCell(const char* at, const char* from);
  const char* PassPlain(const char* at, const char* last);
  const char* PassQuoted(const char* at, const char* last);
  void EndCell(const CsvCell& cell) {
    if (cell_count_ < max_cells_) cells_.push_back(cell);
    ++cell_count_;
  }
  void EndRecord(char line_end);

  const char delimiter_;
  const std::size_t max_cells_;
  State state_ = State::cell_start;
  bool unclosed_ = false;
  bool record_ended_ = false;
  std::int64_t begin_;
  std::int64_t offset_;
  CsvCell cell_;
  std::vector<CsvCell> cells_;
  std::size_t cell_count_ = 0;
};

}  // namespace rowcall::formats
