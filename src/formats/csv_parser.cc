#include <optional>
#include <utility>

#include "base/text.h"
#include "formats/byte_window.h"
#include "formats/csv_dialect.h"
#include "formats/csv_row.h"
#include "formats/csv_scanner.h"
#include "formats/row_parser.h"

namespace rowcall::formats {

namespace {

/// How much is looked at to find the dialect; nothing is given out before as much has come, or the file has ended.
constexpr std::size_t kSampleBytes = std::size_t{64} << 10;

class CsvParser final : public RowParser {
 public:
  explicit CsvParser(RowLimits limits) : limits_(limits), window_(0) {}
  CsvParser(Dialect dialect, RowNumber first_row, std::int64_t byte_offset, RowLimits limits)
      : limits_(limits), dialect_(std::move(dialect)), window_(byte_offset), next_row_(first_row) {
    scanner_.emplace(dialect_.delimiter, limits_.max_columns, byte_offset);
  }

  Result<void> Feed(std::string_view bytes, std::vector<model::Row>& rows) override {
    while (!bytes.empty()) {
      const std::string_view slice = bytes.substr(0, kSliceBytes);
      bytes.remove_prefix(slice.size());
      window_.Append(slice);
      if (!scanner_ && window_.size() < kSampleBytes) continue;
      RETURN_IF_ERROR(ReadRecords(/*at_end=*/false, rows));
    }
    return {};
  }

  Result<void> Finish(std::vector<model::Row>& rows) override {
    RETURN_IF_ERROR(ReadRecords(/*at_end=*/true, rows));
    if (scanner_->End()) RETURN_IF_ERROR(TakeRecord(rows));
    if (next_row_ > 0) return {};
    return Fail(ErrorKind::invalid, "The file is empty: it has no header row.",
                "The first line must name the columns.");
  }

  const Dialect& dialect() const override { return dialect_; }

 private:
  Result<void> Detect(bool at_end) {
    const std::string_view sample = window_.From(0).substr(0, kSampleBytes);
    ASSIGN_OR_RETURN(CsvStart start, DetectCsvStart(sample, at_end));
    dialect_.delimiter = start.delimiter;
    dialect_.evidence = std::move(start.evidence);
    scanner_.emplace(dialect_.delimiter, limits_.max_columns, static_cast<std::int64_t>(start.mark_bytes));
    return {};
  }

  Result<void> ReadRecords(bool at_end, std::vector<model::Row>& rows) {
    if (!scanner_) RETURN_IF_ERROR(Detect(at_end));
    while (scanner_->Scan(window_.From(scanner_->offset()))) RETURN_IF_ERROR(TakeRecord(rows));
    // A record that is too long already is scanned to its end, but not kept.
    window_.DropBefore(TooLong() ? scanner_->offset() : scanner_->record_begin());
    return {};
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
    return {};
  }

  Result<void> TakeHeader() {
    if (TooLong()) {
      model::Reason fault = std::move(ReadRow().faults.front());
      return Fail(ErrorKind::invalid, std::move(fault.message), std::move(fault.hint));
    }
    ASSIGN_OR_RETURN(dialect_.header, ReadCsvHeader(*scanner_, window_, limits_.max_columns));
    return {};
  }

  bool TooLong() const { return static_cast<std::size_t>(scanner_->record_size()) > limits_.max_row_bytes; }

  bool IsBlankLine() const {
    if (TooLong() || scanner_->cell_count() != 1) return false;
    return Trim(window_.View(scanner_->record_begin(), scanner_->offset())).empty();
  }

  model::Row ReadRow() const {
    return TooLong() ? TooLongCsvRow(*scanner_, dialect_.header, next_row_, limits_.max_row_bytes)
                     : ReadCsvRow(*scanner_, window_, dialect_.header, next_row_);
  }

  const RowLimits limits_;
  Dialect dialect_;
  ByteWindow window_;
  std::optional<CsvScanner> scanner_;  ///< None until the dialect is known.
  RowNumber next_row_ = 0;             ///< 0: the header is still to come.
};

}  // namespace

std::unique_ptr<RowParser> NewCsvParser(RowLimits limits) { return std::make_unique<CsvParser>(limits); }

std::unique_ptr<RowParser> ResumeCsvParser(Dialect dialect, RowNumber first_row, std::int64_t byte_offset,
                                           RowLimits limits) {
  return std::make_unique<CsvParser>(std::move(dialect), first_row, byte_offset, limits);
}

}  // namespace rowcall::formats
