#include "results/mended_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "base/text.h"
#include "job/row_finder.h"
#include "job/row_source.h"
#include "model/result_columns.h"
#include "results/result_rows.h"

namespace rowcall::results {

namespace {

// Rows are compared with those that were sent in batches, each sorted: so the file that was sent is read forwards.
constexpr std::size_t kBatchRows = 5'000;
constexpr std::size_t kBatchBytes = std::size_t{8} << 20;
constexpr std::size_t kNowhere = static_cast<std::size_t>(-1);

std::size_t ColumnOf(const std::vector<std::string>& header, std::string_view name) {
  const auto found = std::ranges::find(header, name);
  return found == header.end() ? kNowhere : static_cast<std::size_t>(found - header.begin());
}

bool CouldBeRead(const model::Row& row) {
  return std::ranges::all_of(row.faults, [](const model::Reason& fault) { return fault.warning; });
}

/// One run of CheckMended.
class Check {
 public:
  Check(ledger::Ledger& ledger, files::FileStore& files, const model::Job& job, const job::Plan& plan,
        const RowSet& open, const MaySendAgain& may_send_again)
      : ledger_(ledger),
        files_(files),
        job_(job),
        plan_(plan),
        open_(open),
        may_send_again_(may_send_again),
        seen_(open.size(), false) {}

  async::Task<Result<Mended>> Run(const model::FileRef& mended) {
    ASSIGN_OR_CO_RETURN(const auto source, co_await job::RowSource::Open(files_, mended));
    for (;;) {
      ASSIGN_OR_CO_RETURN(std::optional<model::Row> row, co_await source->Next());
      if (!row) break;
      if (done_.rows++ == 0) CO_RETURN_IF_ERROR(ReadHeader(source->dialect().header));
      CO_RETURN_IF_ERROR(Take(*std::move(row)));
      if (batch_.size() == kBatchRows || batch_bytes_ >= kBatchBytes) CO_RETURN_IF_ERROR(co_await CompareBatch());
    }
    if (done_.rows == 0) co_return Fail(ErrorKind::invalid, "The file has no rows.", "Nothing was sent.");
    CO_RETURN_IF_ERROR(co_await CompareBatch());
    co_return done_;
  }

 private:
  struct Taken {
    RowNumber of_row = 0;
    model::Row row;
  };

  Result<void> ReadHeader(std::vector<std::string> header) {
    header_ = std::move(header);
    row_column_ = ColumnOf(header_, model::result_columns::kRow);
    outcome_column_ = ColumnOf(header_, model::result_columns::kOutcome);
    code_column_ = ColumnOf(header_, model::result_columns::kCode);
    if (row_column_ == kNowhere) {
      return Fail(ErrorKind::invalid, "The file has no column _row, which tells which row each one is.",
                  "Mend a result file of the job, and leave its column _row as it is.");
    }
    for (const model::FieldRule& rule : plan_.mapping.rules) {
      for (const std::string& column : rule.columns) {
        if (ColumnOf(header_, column) != kNowhere) continue;
        return Fail(ErrorKind::invalid, fmt::format("The column \"{}\" is missing.", column),
                    "It was loaded into \"" + rule.path + "\". Put it back; blank cells are fine.");
      }
    }
    for (std::size_t sent = 0; sent < plan_.dialect.header.size(); ++sent) {
      const std::size_t now = ColumnOf(header_, plan_.dialect.header[sent]);
      if (now != kNowhere && !model::IsResultColumn(header_[now])) same_columns_.emplace_back(sent, now);
    }
    return {};
  }

  std::unexpected<Error> Wrong(const model::Row& row, const std::string& what, std::string hint) const {
    return Fail(ErrorKind::invalid, fmt::format("Row {} of the file: {} Nothing was sent.", row.number, what),
                std::move(hint));
  }

  Result<void> Take(model::Row row) {
    if (!CouldBeRead(row)) return Wrong(row, row.faults.front().message + ".", row.faults.front().hint);
    const std::string_view cell = Trim(row.cells[row_column_]);
    const RowNumber of_row = model::ReadRowNumber(cell);
    if (of_row == 0) {
      return Wrong(row, fmt::format("_row is \"{}\", which is no row's number.", cell.substr(0, 50)),
                   "Leave the column _row as the result file had it.");
    }
    if (of_row >= std::ssize(open_)) {
      return Wrong(
          row, fmt::format("_row is {}, but the file of job {} had {} rows.", of_row, job_.id.value, job_.rows_in_file),
          "Is this another job's file?");
    }
    const auto at = static_cast<std::size_t>(of_row);
    if (seen_[at]) {
      return Wrong(row, fmt::format("_row is {}, as in a row before.", of_row), "Each row may stand in it once.");
    }
    seen_[at] = true;
    if (!open_[at]) {
      return Wrong(
          row, fmt::format("row {} of job {} is in its place already.", of_row, job_.id.value),
          "Leave it out: it was loaded, by that job or by a retry. If that was undone, load the row by an upload of "
          "its own. Or is this another job's file?");
    }
    for (const std::string_view text : row.cells.All()) batch_bytes_ += text.size();
    batch_.push_back({of_row, std::move(row)});
    return {};
  }

  async::Task<Result<void>> CompareBatch() {
    std::ranges::sort(batch_, {}, &Taken::of_row);
    job::RowFinder finder(files_, job_.order.file, plan_.dialect);
    for (const Taken& taken : batch_) {
      ASSIGN_OR_CO_RETURN(const auto outcomes,
                          co_await ledger_.Rows(job_.order.tenant, job_.id, {}, taken.of_row - 1, 1));
      const model::Outcome& outcome = outcomes.front();
      CO_RETURN_IF_ERROR(CheckIsOfThisJob(taken, outcome));
      ASSIGN_OR_CO_RETURN(const model::Row sent, co_await finder.Find(taken.of_row, AnchorOf(outcome)));
      if (outcome.kind == model::OutcomeKind::unresolved && !may_send_again_(sent)) {
        co_return Wrong(taken.row,
                        fmt::format("nobody knows what became of row {} of job {}, and no key would keep the "
                                    "service from making it twice.",
                                    taken.of_row, job_.id.value),
                        "Look at the service whether it is there. Leave the row out here; if it is not there, load it "
                        "by an upload of its own.");
      }
      if (CouldBeRead(sent) && HaveNothingInCommon(sent, taken.row)) {
        co_return Wrong(taken.row, fmt::format("no cell of it is as in row {} of job {}.", taken.of_row, job_.id.value),
                        "Is this another job's file, or were numbers moved in the column _row? If the row is all new, "
                        "leave it out here, and load it by an upload of its own.");
      }
      const bool is_changed = Differ(sent, taken.row);
      if (is_changed) ++done_.changed;
      if (!is_changed && !CouldBeRead(sent)) {
        co_return Wrong(taken.row,
                        fmt::format("row {} of job {} could not be read, and nothing in it was changed.", taken.of_row,
                                    job_.id.value),
                        "Cells that could not be read are blank or left out here: look at the row in your own file. "
                        "Mend it, or leave it out.");
      }
    }
    batch_.clear();
    batch_bytes_ = 0;
    co_return Result<void>();
  }

  Result<void> CheckIsOfThisJob(const Taken& taken, const model::Outcome& outcome) const {
    const model::Reason* reason = model::FirstReason(outcome);
    const bool is_same = Says(taken.row, outcome_column_, model::Name(outcome.kind)) &&
                         Says(taken.row, code_column_, reason == nullptr ? "" : reason->code);
    if (is_same) return {};
    return Wrong(taken.row,
                 fmt::format("it tells another outcome than row {} of job {} had.", taken.of_row, job_.id.value),
                 "Is this another job's file? If not, leave the columns _row, _outcome and _code as they were.");
  }

  /// A column that was left out, or emptied, says nothing.
  static bool Says(const model::Row& row, std::size_t column, std::string_view expected) {
    if (column == kNowhere) return true;
    const std::string_view cell = Trim(row.cells[column]);
    return cell.empty() || cell == expected;
  }

  /// Several cells were filled, and none of them is as it was: nobody mends a row so.
  bool HaveNothingInCommon(const model::Row& sent, const model::Row& now) const {
    std::size_t filled = 0;
    for (const auto& [before, behind] : same_columns_) {
      const std::string_view cell = before < sent.cells.size() ? Trim(sent.cells[before]) : std::string_view();
      if (cell.empty()) continue;
      if (cell == Trim(now.cells[behind])) return false;
      ++filled;
    }
    return filled > 1;
  }

  bool Differ(const model::Row& sent, const model::Row& now) const {
    return std::ranges::any_of(same_columns_, [&](const auto& columns) {
      const std::string_view before =
          columns.first < sent.cells.size() ? sent.cells[columns.first] : std::string_view();
      return before != now.cells[columns.second];
    });
  }

  ledger::Ledger& ledger_;
  files::FileStore& files_;
  const model::Job& job_;
  const job::Plan& plan_;
  const RowSet& open_;
  const MaySendAgain& may_send_again_;
  RowSet seen_;
  std::vector<std::string> header_;
  std::size_t row_column_ = kNowhere, outcome_column_ = kNowhere, code_column_ = kNowhere;
  std::vector<std::pair<std::size_t, std::size_t>> same_columns_;  ///< In the file that was sent, and in this one.
  std::vector<Taken> batch_;
  std::size_t batch_bytes_ = 0;
  Mended done_;
};

}  // namespace

async::Task<Result<Mended>> CheckMended(ledger::Ledger& ledger, files::FileStore& files, const model::Job& job,
                                        const job::Plan& plan, const RowSet& open, const MaySendAgain& may_send_again,
                                        const model::FileRef& mended) {
  Check check(ledger, files, job, plan, open, may_send_again);
  co_return co_await check.Run(mended);
}

}  // namespace rowcall::results
