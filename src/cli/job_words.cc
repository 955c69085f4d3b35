#include "cli/job_words.h"

#include "cli/printable.h"

namespace rowcall::cli {

using model::JobStatus;
using model::OutcomeKind;

namespace {

std::string Listed(const std::vector<std::string>& texts) {
  std::string list;
  for (const std::string& text : texts) list += (list.empty() ? "" : ", ") + Printable(text);
  return list;
}

std::string Line(const char* label, const std::vector<std::string>& texts) {
  return texts.empty() ? std::string() : label + Listed(texts) + "\n";
}

std::string Rows(std::int64_t count) { return WithCommas(count) + (count == 1 ? " row" : " rows"); }

/// What it has to do with other jobs.
std::string Relatives(const wire::Status& status) {
  std::string words;
  if (!status.follows.empty()) {
    words += (status.undoes ? "Undo of job " : "Retry of job ") + Printable(status.follows) + ".\n";
  }
  if (!status.retries.empty()) {
    const std::int64_t open = status.records_to_retry;
    words += "Tried again by job " + Listed(status.retries);
    if (status.undone_by.empty())
      words += ": " + (open == 0 ? "every row is in its place now" : Rows(open) + " still to retry");
    words += ".\n";
  }
  if (!status.undone_by.empty()) words += "Undone by job " + Listed(status.undone_by) + ".\n";
  return words;
}

}  // namespace

std::string WithCommas(std::int64_t number) {
  std::string digits = std::to_string(number);
  const std::size_t first = number < 0 ? 1 : 0;
  for (std::size_t place = digits.size(); place > first + 3; place -= 3) digits.insert(place - 3, ",");
  return digits;
}

std::string OutcomeSentence(const wire::Status& status) {
  std::string sentence;
  for (const OutcomeKind kind : model::kAllOutcomes) {
    if (status.counts[kind] == 0) continue;
    const std::string_view word = status.undoes ? model::NameInUndo(kind) : model::Name(kind);
    sentence += (sentence.empty() ? "" : ", ") + WithCommas(status.counts[kind]) + " " + std::string(word);
  }
  const std::int64_t rest = status.records - status.counts.Total();
  if (!model::IsFinal(status.status))
    return (sentence.empty() ? "" : sentence + "; ") + WithCommas(rest) + " on their way";
  return (sentence.empty() ? "no rows" : sentence) + "; " + WithCommas(rest) + " unaccounted";
}

std::string JobReport(const wire::Status& status) {
  std::string report = OutcomeSentence(status) + "\n";
  report += Relatives(status);
  if (!status.error.empty()) report += "The job as a whole: " + Printable(status.error) + "\n";
  if (status.counts.incomplete > 0) {
    report += Rows(status.counts.incomplete) + " incomplete: the record was loaded, a step beside it was not.\n";
  }
  if (status.counts.warnings > 0) report += Rows(status.counts.warnings) + " with a warning.\n";
  const bool may_matter = ExitCodeOf(status) != ExitCode::fine || !status.columns_not_loaded.empty();
  if (may_matter && !status.read_as.empty()) report += "File read as: " + Printable(status.read_as) + "\n";
  report += Line("Columns not loaded: ", status.columns_not_loaded);
  report += Line("Settings that do nothing here: ", status.ignored);
  for (const std::string& warning : status.warnings) report += "Warning: " + Printable(warning) + "\n";
  return report;
}

std::string NextCommand(const wire::Status& status) {
  const std::string id = std::to_string(status.id.value);
  if (!model::IsFinal(status.status)) return "rowcall watch " + id;
  if (status.rows_purged) return {};
  if (status.undoes && status.counts[OutcomeKind::skipped] > 0) return "rowcall rows " + id + " --outcome skipped";
  const bool is_settled = !status.undone_by.empty() || (!status.retries.empty() && status.records_to_retry == 0);
  const bool has_failed = status.counts.Failed() + status.counts.incomplete > 0;
  return has_failed && !is_settled ? "rowcall rows " + id + " --errors" : std::string();
}

ExitCode ExitCodeOf(const wire::Status& status) {
  if (status.counts[OutcomeKind::unresolved] > 0) return ExitCode::unresolved_rows;
  if (status.status != JobStatus::completed) return ExitCode::error;
  return status.counts.Failed() + status.counts.incomplete > 0 ? ExitCode::failed_rows : ExitCode::fine;
}

}  // namespace rowcall::cli
