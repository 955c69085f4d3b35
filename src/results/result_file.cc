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
constexpr std::array<std::string_view, 2> kEndings = {".csv", ".jsonl"};
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

}  // namespace

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
  for (const ResultFormat format : {ResultFormat::csv, ResultFormat::jsonl}) {
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
              closest.empty() ? "There are successful, failed, unprocessed and all, each as .csv and .jsonl."
                              : "Did you mean \"" + closest + "\"?");
}

std::string_view MediaTypeOf(ResultFormat format) {
  return format == ResultFormat::csv ? "text/csv; charset=utf-8; header=present" : "application/jsonl; charset=utf-8";
}

Told Tell(const model::Outcome& outcome) {
  Told told;
  const model::Reason* first = model::FirstReason(outcome);
  if (first != nullptr) told.code = first->code;
  const auto tell = [&](const model::Reason& reason) {
    AppendSentence(told.reason, reason);
    if (told.hint.empty()) told.hint = reason.hint;
  };
  for (const bool warnings : {false, true}) {
    for (const model::Reason& reason : outcome.reasons) {
      if (reason.warning == warnings) tell(reason);
    }
    if (warnings) break;
    for (const model::IncompleteStep& step : outcome.incomplete) tell(step.reason);
  }
  return told;
}

ResultFile::ResultFile(ResultRows rows, const formats::Dialect& dialect, ResultFormat format)
    : rows_(std::move(rows)), format_(format), delimiter_(dialect.delimiter), header_(dialect.header) {
  for (std::size_t i = 0; i < header_.size(); ++i) {
    if (!model::IsResultColumn(header_[i])) columns_.push_back(i);
  }
}

async::Task<Result<std::string>> ResultFile::Next() {
  std::string piece;
  if (!std::exchange(begun_, true)) AppendHeader(piece);
  while (piece.size() < kPieceBytes) {
    ASSIGN_OR_CO_RETURN(const std::optional<ResultRow> row, co_await rows_.Next());
    if (!row) break;
    AppendRow(piece, *row);
  }
  co_return piece;
}

void ResultFile::AppendHeader(std::string& out) const {
  if (format_ == ResultFormat::jsonl) return;
  for (const std::size_t column : columns_) {
    formats::AppendCsvCell(out, header_[column], delimiter_);
    out += delimiter_;
  }
  for (const std::string_view column : model::kResultColumns)
    out.append(column) += column == model::kResultColumns.back() ? '\n' : delimiter_;
}

void ResultFile::AppendRow(std::string& out, const ResultRow& row) const {
  const auto cell = [&](std::size_t column) -> std::string_view {
    // A row that could not be read has the cells that could.
    return column < row.row.cells.size() ? std::string_view(row.row.cells[column]) : std::string_view();
  };
  const Told told = Tell(row.outcome);
  const std::string_view outcome = model::Name(row.outcome.kind);
  const std::array<std::string_view, 5> texts = {outcome, told.code, told.reason, told.hint, row.outcome.vendor_id};
  if (format_ == ResultFormat::jsonl) {
    JsonWriter json(out);
    json.BeginObject();
    for (const std::size_t column : columns_) {
      const std::string& name = header_[column];
      json.Key(name.empty() ? "column " + std::to_string(column + 1) : name).String(cell(column));
    }
    json.Key(model::kResultColumns[0]).Int(row.outcome.row);
    for (std::size_t i = 0; i < texts.size(); ++i) json.Key(model::kResultColumns[i + 1]).String(texts[i]);
    json.EndObject();
  } else {
    for (const std::size_t column : columns_) {
      formats::AppendCsvCell(out, cell(column), delimiter_);
      out += delimiter_;
    }
    out += std::to_string(row.outcome.row);
    for (const std::string_view text : texts) {
      out += delimiter_;
      formats::AppendCsvCell(out, text, delimiter_);
    }
  }
  out += '\n';
}

}  // namespace rowcall::results
