#include <optional>
#include <utility>

#include "base/text.h"
#include "formats/csv_dialect.h"
#include "formats/csv_row.h"
#include "formats/csv_scanner.h"
#include "formats/row_parser.h"
#include "formats/text_start.h"
#include "formats/text_window.h"

namespace rowcall::formats {

namespace {

class CsvParser final : public RowParser {
 public:
  CsvParser(RowLimits limits, std::optional<model::Encoding> asked) : limits_(limits), asked_(asked) {}
  CsvParser(Dialect dialect, RowNumber first_row, std::int64_t byte_offset, RowLimits limits)
      : limits_(limits), dialect_(std::move(dialect)), window_(dialect_.encoding, byte_offset), next_row_(first_row) {
    Begin(byte_offset);
  }

  Result<void> Feed(std::string_view bytes, std::vector<model::Row>& rows) override {
    while (!bytes.empty()) {
      const std::string_view slice = bytes.substr(0, scanner_ ? kSliceBytes : kFirstBlockBytes - first_block_.size());
      bytes.remove_prefix(slice.size());
      if (scanner_) {
        window_.Append(slice);
      } else {
        first_block_ += slice;
        if (first_block_.size() < kFirstBlockBytes) continue;
        RETURN_IF_ERROR(Detect(/*is_whole=*/false));
      }
      RETURN_IF_ERROR(ReadRecords(rows));
    }
    return {};
  }

  Result<void> Finish(std::vector<model::Row>& rows) override {
    if (!scanner_) RETURN_IF_ERROR(Detect(/*is_whole=*/true));
    window_.End();
    RETURN_IF_ERROR(ReadRecords(rows));
    if (scanner_->End()) {
      if (scanner_->unclosed()) FollowCell();
      RETURN_IF_ERROR(TakeRecord(rows));
    }
    if (next_row_ > 0) return {};
    return Fail(ErrorKind::invalid, "The file is empty: it has no header row.",
                "The first line must name the columns.");
  }

  const Dialect& dialect() const override { return dialect_; }

 private:
  Result<void> Detect(bool is_whole) {
    ASSIGN_OR_RETURN(TextStart start, DetectText(first_block_, is_whole, asked_));
    dialect_.encoding = start.encoding;
    dialect_.has_mark = start.mark_bytes > 0;
    window_ = TextWindow(start.encoding, static_cast<std::int64_t>(start.mark_bytes));
    window_.Append(std::string_view(first_block_).substr(start.mark_bytes));
    first_block_ = std::string();
    CsvDelimiter found = DetectDelimiter(window_.From(window_.begin()), is_whole);
    dialect_.delimiter = found.delimiter;
    dialect_.evidence = found.evidence + "; " + start.evidence + "; header in the first line";
    Begin(window_.begin());
    return {};
  }

  void Begin(std::int64_t byte) {
    scanner_.emplace(dialect_.delimiter, limits_.max_columns, byte);
    place_.byte = byte;
  }

  Result<void> ReadRecords(std::vector<model::Row>& rows) {
    while (scanner_->Scan(window_.From(scanner_->offset()))) RETURN_IF_ERROR(TakeRecord(rows));
    // A record that is too long already is scanned to its end, but not kept.
    if (TooLong()) FollowCell();
    window_.DropBefore(TooLong() ? scanner_->offset() : scanner_->record_begin());
    return {};
  }

  /// Keeps what a fault may have to say of the cell that is being scanned, before its text is dropped.
  void FollowCell() {
    const std::int64_t begin = scanner_->last_cell_begin();
    if (begin != place_.cell_offset) place_ = {place_.byte, begin, window_.ByteAt(begin), {}};
    const std::int64_t first = std::max(begin, window_.begin());
    place_.cell_lines.Add(window_.View(first, scanner_->offset()));
  }

  Result<void> TakeRecord(std::vector<model::Row>& rows) {
    if (!IsBlankLine()) {
      if (next_row_ == 0) {
        RETURN_IF_ERROR(TakeHeader());
      } else {
        rows.push_back(ReadRow());
      }
      ++next_row_;
    }
    scanner_->NextRecord();
    place_.byte = window_.ByteAt(scanner_->record_begin());
    return {};
  }

  Result<void> TakeHeader() {
    if (TooLong()) {
      model::Reason fault = std::move(ReadRow().faults.front());
      return Fail(ErrorKind::invalid, std::move(fault.message), std::move(fault.hint));
    }
    ASSIGN_OR_RETURN(CsvHeader header, ReadCsvHeader(*scanner_, window_, place_, limits_.max_columns));
    dialect_.header = std::move(header.names);
    dialect_.warnings = std::move(header.warnings);
    return {};
  }

  bool TooLong() const { return static_cast<std::size_t>(scanner_->record_size()) > limits_.max_row_bytes; }

  bool IsBlankLine() const {
    if (TooLong() || scanner_->cell_count() != 1) return false;
    return Trim(window_.View(scanner_->record_begin(), scanner_->offset())).empty();
  }

  model::Row ReadRow() const {
    if (TooLong()) return TooLongCsvRow(*scanner_, place_, dialect_.header, next_row_, limits_.max_row_bytes);
    return ReadCsvRow(*scanner_, window_, place_, dialect_.header, next_row_);
  }

  const RowLimits limits_;
  const std::optional<model::Encoding> asked_;
  Dialect dialect_;
  std::string first_block_;            ///< Until the dialect is known.
  TextWindow window_{model::Encoding::utf8, 0};
  std::optional<CsvScanner> scanner_;  ///< None until the dialect is known.
  RecordPlace place_;                  ///< Of the record that is being scanned.
  RowNumber next_row_ = 0;             ///< 0: the header is still to come.
};

}  // namespace

std::unique_ptr<RowParser> NewCsvParser(RowLimits limits, std::optional<model::Encoding> encoding) {
  return std::make_unique<CsvParser>(limits, encoding);
}

std::unique_ptr<RowParser> ResumeCsvParser(Dialect dialect, RowNumber first_row, std::int64_t byte_offset,
                                           RowLimits limits) {
  return std::make_unique<CsvParser>(std::move(dialect), first_row, byte_offset, limits);
}

}  // namespace rowcall::formats
