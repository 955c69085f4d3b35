#include "results/result_file.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/json_writer.h"
#include "base/text.h"
#include "formats/csv_writer.h"
#include "model/result_columns.h"

namespace rowcall::results {

namespace {

using model::OutcomeKind;

// In the order of the enums.
constexpr std::array<std::string_view, 4> kSelectionNames = {"successful", "failed", "unprocessed", "all"};
constexpr std::array<std::string_view, 3> kEndings = {".csv", ".jsonl", ".xlsx"};
constexpr std::size_t kPieceBytes = 64 * 1024;

/// "Column: message. (The service: its words; request id)"
void AppendSentence(std::string& out, const model::Reason& reason) {
  if (!out.empty()) out += ' ';
  const bool says_where = reason.column.empty() || reason.message.contains('"' + reason.column + '"');
  if (!says_where) out += reason.column + ": ";
  out += reason.message;
  std::string words = reason.service_message;
  if (!reason.service_request_id.empty())
    words += (words.empty() ? "request " : "; request ") + reason.service_request_id;
  if (!words.empty()) out += " (The service: " + words + ")";
}

/// See NewTextFile().
class TextFile final : public ResultFile {
 public:
  TextFile(ResultRows rows, const formats::Dialect& dialect, ResultFormat format)
      : rows_(std::move(rows)), text_(dialect, format) {}

  async::Task<Result<std::string>> Next() override {
    std::string piece;
    if (!std::exchange(begun_, true)) text_.AppendHeader(piece);
    while (piece.size() < kPieceBytes) {
      ASSIGN_OR_CO_RETURN(const std::optional<ResultRow> row, co_await rows_.Next());
      if (!row) break;
      text_.AppendRow(piece, *row);
    }
    co_return piece;
  }

 private:
  ResultRows rows_;
  const RowText text_;
  bool begun_ = false;
};

}  // namespace

RowText::RowText(const formats::Dialect& dialect, ResultFormat format)
    : format_(format),
      has_mark_(dialect.has_mark || dialect.encoding != model::Encoding::utf8),
      delimiter_(dialect.delimiter),
      header_(dialect.header),
      columns_(ColumnsSent(header_)) {}

void RowText::AppendHeader(std::string& out) const {
  if (format_ != ResultFormat::csv) return;
  if (has_mark_) out += "\xEF\xBB\xBF";
  for (const std::size_t column : columns_) {
    formats::AppendCsvCell(out, header_[column], delimiter_);
    out += delimiter_;
  }
  for (const std::string_view column : model::kResultColumns) {
    out.append(column) += column == model::kResultColumns.back() ? '\n' : delimiter_;
  }
}

void RowText::AppendRow(std::string& out, const ResultRow& row) const {
  format_ == ResultFormat::csv ? AppendCsv(out, row) : AppendJson(out, row);
  out += '\n';
}

void RowText::AppendCsv(std::string& out, const ResultRow& row) const {
  for (const std::size_t column : columns_) {
    formats::AppendCsvCell(out, CellOf(row.row, column), delimiter_);
    out += delimiter_;
  }
  out += std::to_string(row.outcome.row);
  for (const std::string& text : Tell(row.outcome)) {
    out += delimiter_;
    formats::AppendCsvCell(out, text, delimiter_);
  }
}

void RowText::AppendJson(std::string& out, const ResultRow& row) const {
  JsonWriter json(out);
  json.BeginObject();
  for (const std::size_t column : columns_) {
    const std::string& name = header_[column];
    json.Key(name.empty() ? "column " + std::to_string(column + 1) : name).String(CellOf(row.row, column));
  }
  json.Key(model::kResultColumns[0]).Int(row.outcome.row);
  std::size_t at = 1;
  for (const std::string& text : Tell(row.outcome)) json.Key(model::kResultColumns.at(at++)).String(text);
  json.EndObject();
}

std::vector<OutcomeKind> KindsOf(Selection selection) {
  switch (selection) {
    case Selection::successful: return {OutcomeKind::created, OutcomeKind::updated, OutcomeKind::unchanged};
    case Selection::failed: return {OutcomeKind::rejected, OutcomeKind::failed, OutcomeKind::unresolved};
    case Selection::unprocessed: return {OutcomeKind::skipped, OutcomeKind::cancelled};
    case Selection::all: break;
  }
  return {};
}

std::int64_t RowsIn(Selection selection, const model::OutcomeCounts& counts) {
  if (selection == Selection::all) return counts.Total();
  std::int64_t rows = 0;
  for (const OutcomeKind kind : KindsOf(selection)) rows += counts[kind];
  return rows;
}

std::string FileName(const ResultFileName& name) {
  const auto selection = static_cast<std::size_t>(name.selection);
  const auto format = static_cast<std::size_t>(name.format);
  return std::string(kSelectionNames.at(selection)).append(kEndings.at(format));
}

std::vector<ResultFileName> AllResultFiles() {
  std::vector<ResultFileName> names;
  for (const ResultFormat format : {ResultFormat::csv, ResultFormat::jsonl, ResultFormat::xlsx}) {
    for (const Selection selection :
         {Selection::successful, Selection::failed, Selection::unprocessed, Selection::all}) {
      names.push_back({selection, format});
    }
  }
  return names;
}

Result<ResultFileName> ReadResultFileName(std::string_view text) {
  std::vector<std::string> known;
  for (const ResultFileName& name : AllResultFiles()) {
    known.push_back(FileName(name));
    if (text == known.back()) return name;
  }
  const std::string closest = Closest(text, known);
  return Fail(ErrorKind::not_found, "There is no such result file.",
              closest.empty() ? "There are successful, failed, unprocessed and all, each as .csv, .jsonl and .xlsx."
                              : "Did you mean \"" + closest + "\"?");
}

std::string_view MediaTypeOf(ResultFormat format) {
  switch (format) {
    case ResultFormat::csv: return "text/csv; charset=utf-8; header=present";
    case ResultFormat::jsonl: return "application/jsonl; charset=utf-8";
    case ResultFormat::xlsx: break;
  }
  return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
}

std::array<std::string, 5> Tell(const model::Outcome& outcome) {
  std::string code, reasons, hint;
  const model::Reason* first = model::FirstReason(outcome);
  if (first != nullptr) code = first->code;
  const auto tell = [&](const model::Reason& reason) {
    AppendSentence(reasons, reason);
    if (hint.empty()) hint = reason.hint;
  };
  for (const bool warnings : {false, true}) {
    for (const model::Reason& reason : outcome.reasons) {
      if (reason.warning == warnings) tell(reason);
    }
    if (warnings) break;
    for (const model::IncompleteStep& step : outcome.incomplete) tell(step.reason);
  }
  return {std::string(model::Name(outcome.kind)), std::move(code), std::move(reasons), std::move(hint),
          outcome.vendor_id};
}

std::vector<std::size_t> ColumnsSent(const std::vector<std::string>& header) {
  std::vector<std::size_t> columns;
  for (std::size_t i = 0; i < header.size(); ++i) {
    if (!model::IsResultColumn(header[i])) columns.push_back(i);
  }
  return columns;
}

std::string_view CellOf(const model::Row& row, std::size_t column) {
  return column < row.cells.size() ? row.cells[column] : std::string_view();
}

std::unique_ptr<ResultFile> NewTextFile(ResultRows rows, const formats::Dialect& dialect, ResultFormat format) {
  return std::make_unique<TextFile>(std::move(rows), dialect, format);
}

}  // namespace rowcall::results
