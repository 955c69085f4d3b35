#include <fmt/format.h>

#include <optional>
#include <utility>

#include "formats/fault.h"
#include "formats/json_record.h"
#include "formats/json_row.h"
#include "formats/json_scanner.h"
#include "formats/row_parser.h"
#include "formats/text_start.h"
#include "formats/text_window.h"

namespace rowcall::formats {

namespace {

constexpr std::string_view kShapes = "Write one object on each line, or all objects in one array: [{…}, {…}].";

class JsonParser final : public RowParser {
 public:
  JsonParser(RowLimits limits, std::optional<model::Encoding> asked) : limits_(limits), asked_(asked) {}
  JsonParser(Dialect dialect, RowNumber first_row, std::int64_t byte_offset, RowLimits limits)
      : limits_(limits), dialect_(std::move(dialect)), next_row_(first_row) {
    columns_.emplace(dialect_.header);
    window_.emplace(dialect_.encoding, byte_offset);
    scanner_.emplace(dialect_.json_array, byte_offset);
  }

  Result<void> Feed(std::string_view bytes, std::vector<model::Row>& rows) override {
    while (!bytes.empty()) {
      const std::string_view slice = bytes.substr(0, window_ ? kSliceBytes : kFirstBlockBytes - first_block_.size());
      bytes.remove_prefix(slice.size());
      if (window_) {
        window_->Append(slice);
      } else {
        first_block_ += slice;
        if (first_block_.size() < kFirstBlockBytes) continue;
        RETURN_IF_ERROR(DetectStart(/*is_whole=*/false));
      }
      RETURN_IF_ERROR(ReadRecords(rows));
    }
    return {};
  }

  Result<void> Finish(std::vector<model::Row>& rows) override {
    if (!window_) RETURN_IF_ERROR(DetectStart(/*is_whole=*/true));
    window_->End();
    RETURN_IF_ERROR(ReadRecords(rows));
    if (!scanner_) return Fail(ErrorKind::invalid, "The file is empty: it has no records.", std::string(kShapes));
    if (scanner_->End()) return TakeRecord(rows);
    if (dialect_.json_array && !scanner_->array_closed()) return TakeBrokenEnd(rows);
    return {};
  }

  const Dialect& dialect() const override { return dialect_; }

 private:
  Result<void> DetectStart(bool is_whole) {
    ASSIGN_OR_RETURN(TextStart start, DetectText(first_block_, is_whole, asked_));
    dialect_.encoding = start.encoding;
    dialect_.evidence = std::move(start.evidence);
    window_.emplace(start.encoding, static_cast<std::int64_t>(start.mark_bytes));
    window_->Append(std::string_view(first_block_).substr(start.mark_bytes));
    first_block_ = std::string();
    RETURN_IF_ERROR(DetectShape());
    return scanner_ ? TakeColumns(is_whole) : Result<void>();
  }

  /// The columns are the keys of all records in the first block that can be read; if there is none, those of the first
  /// record, however long it is.
  Result<void> TakeColumns(bool is_whole) {
    JsonScanner scanner = *scanner_;
    JsonNames names;
    while (names.size() <= limits_.max_columns) {
      const bool ended = scanner.Scan(window_->From(scanner.offset())) || (is_whole && scanner.End());
      if (!ended) break;
      const std::string_view record = window_->View(scanner.record_begin(), scanner.offset());
      const bool readable = record.size() <= limits_.max_row_bytes && FindInvalidUtf8(record) == std::string_view::npos;
      if (readable && reader_.Read(record)) names.Add(reader_.fields());
    }
    if (names.size() == 0) return {};
    dialect_.evidence += "; columns are the keys of the first records";
    return SetColumns(names.Take());
  }

  Result<void> SetColumns(std::vector<std::string> names) {
    if (names.size() > limits_.max_columns) {
      return Fail(ErrorKind::invalid,
                  fmt::format("The first records have more than {} different keys.", limits_.max_columns),
                  "Split the file.");
    }
    dialect_.header = std::move(names);
    columns_.emplace(dialect_.header);
    return {};
  }

  Result<void> ReadRecords(std::vector<model::Row>& rows) {
    if (!scanner_) RETURN_IF_ERROR(DetectShape());
    if (!scanner_) return {};
    while (Scan()) RETURN_IF_ERROR(TakeRecord(rows));
    // A record that is too long already is scanned to its end, but not kept.
    const bool keep = scanner_->in_record() && !TooLong();
    window_->DropBefore(keep ? scanner_->record_begin() : scanner_->offset());
    return {};
  }

  bool Scan() {
    const std::int64_t begin = scanner_->record_begin();
    const bool ended = scanner_->Scan(window_->From(scanner_->offset()));
    if (scanner_->record_begin() != begin) record_byte_ = window_->ByteAt(scanner_->record_begin());
    return ended;
  }

  /// Sets scanner_, unless more bytes are needed.
  Result<void> DetectShape() {
    const std::size_t blank = window_->From(window_->begin()).find_first_not_of(" \t\r\n");
    window_->DropBefore(window_->begin() + static_cast<std::int64_t>(std::min(blank, window_->size())));
    if (window_->size() == 0) return {};
    const char first = window_->From(window_->begin()).front();
    if (first != '[' && first != '{') {
      return Fail(
          ErrorKind::invalid,
          fmt::format("Byte {}: a JSON file of records begins with [ or {{.", window_->ByteAt(window_->begin())),
          std::string(kShapes));
    }
    dialect_.json_array = first == '[';
    dialect_.evidence = fmt::format("{}; {}", dialect_.json_array ? "JSON array" : "JSON Lines", dialect_.evidence);
    scanner_.emplace(dialect_.json_array, window_->begin() + (dialect_.json_array ? 1 : 0));
    return {};
  }

  Result<void> TakeRecord(std::vector<model::Row>& rows) {
    std::optional<model::Reason> fault = ReadRecord();
    if (!columns_) RETURN_IF_ERROR(TakeHeader(fault));
    model::Row row;
    row.number = next_row_++;
    row.byte_offset = record_byte_;
    if (fault) {
      row.cells = model::Cells(dialect_.header.size());
      row.faults.push_back(*std::move(fault));
    } else {
      FillJsonRow(reader_.fields(), *columns_, row);
    }
    rows.push_back(std::move(row));
    return {};
  }

  /// Fills reader_, or says why the record cannot be read.
  std::optional<model::Reason> ReadRecord() {
    if (TooLong()) {
      return RowTooLong({next_row_, record_byte_, {}}, scanner_->record_size(), limits_.max_row_bytes,
                        "Look for a quote or bracket that is not closed.");
    }
    const std::string_view record = window_->View(scanner_->record_begin(), scanner_->offset());
    if (const std::size_t at = FindInvalidUtf8(record); at != std::string_view::npos) {
      return NotText(InRecord(at), window_->encoding());
    }
    if (reader_.Read(record)) return std::nullopt;
    const JsonError& error = reader_.error();
    return Fault(InRecord(error.byte), error.not_an_object ? "not_an_object" : "invalid_json", error.what, kShapes);
  }

  Place InRecord(std::size_t at) const {
    return {next_row_, window_->ByteAt(scanner_->record_begin() + static_cast<std::int64_t>(at)), {}};
  }

  Result<void> TakeHeader(std::optional<model::Reason>& fault) {
    if (fault) return Fail(ErrorKind::invalid, std::move(fault->message), std::move(fault->hint));
    JsonNames names;
    names.Add(reader_.fields());
    if (names.size() == 0) {
      return Fail(ErrorKind::invalid, fmt::format("Row 1, byte {}: the first record has no keys.", record_byte_),
                  "The keys of the first records are the columns.");
    }
    dialect_.evidence += "; columns are the keys of the first record";
    return SetColumns(names.Take());
  }

  /// The file has ended before its array was closed, maybe inside a record: one row says so.
  Result<void> TakeBrokenEnd(std::vector<model::Row>& rows) {
    const bool inside = scanner_->in_record();
    model::Row row;
    std::int64_t broken_at = window_->ByteAt(scanner_->offset());
    row.byte_offset = inside ? record_byte_ : broken_at;
    if (inside && !TooLong() && !reader_.Read(window_->View(scanner_->record_begin(), scanner_->offset()))) {
      broken_at = InRecord(reader_.error().byte).byte;
    }
    row.number = next_row_++;
    row.cells = model::Cells(dialect_.header.size());
    row.faults.push_back(Fault({row.number, broken_at, {}}, "unreadable_rest",
                               inside ? "the record that begins at byte " + std::to_string(row.byte_offset) +
                                            " cannot be read from here on, nor can the rest of the file"
                                      : "the file ends before its array is closed, so records may be missing",
                               "Look for a quote or bracket that is not closed, or export the file anew."));
    if (!columns_) return Fail(ErrorKind::invalid, std::move(row.faults[0].message), std::move(row.faults[0].hint));
    rows.push_back(std::move(row));
    return {};
  }

  bool TooLong() const { return static_cast<std::size_t>(scanner_->record_size()) > limits_.max_row_bytes; }

  const RowLimits limits_;
  const std::optional<model::Encoding> asked_;
  Dialect dialect_;
  std::string first_block_;  ///< Until the encoding is known.
  std::optional<TextWindow> window_;  ///< None until then.
  std::optional<JsonScanner> scanner_;  ///< None until the first byte that is not blank.
  std::int64_t record_byte_ = 0;  ///< Where in the file the record begins that is being scanned.
  std::optional<JsonColumns> columns_;  ///< None until the first record was read.
  JsonRecordReader reader_;
  RowNumber next_row_ = 1;
};

}  // namespace

std::unique_ptr<RowParser> NewJsonParser(RowLimits limits, std::optional<model::Encoding> encoding) {
  return std::make_unique<JsonParser>(limits, encoding);
}

std::unique_ptr<RowParser> ResumeJsonParser(Dialect dialect, RowNumber first_row, std::int64_t byte_offset,
                                            RowLimits limits) {
  return std::make_unique<JsonParser>(std::move(dialect), first_row, byte_offset, limits);
}

}  // namespace rowcall::formats
