// Before an undo ends: what the load had made beside its rows is taken back, when none of them uses it any more.

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/failpoint.h"
#include "job/job_runner.h"
#include "job/row_finder.h"

namespace rowcall::job {

namespace {

constexpr std::size_t kPage = 500;
constexpr int kMostAttempts = 5;
constexpr std::size_t kMostTold = 5;
constexpr Duration kPause = std::chrono::milliseconds(200);

}  // namespace

/// What is to be said of what stays. All that was made is looked at, whichever rows were taken back: what one of the
/// others uses is used. To look at it again behind a crash does no harm.
async::Task<Result<std::vector<std::string>>> JobRunner::TakeBackMade() {
  if (leaving()) co_return std::vector<std::string>();
  counting_ = "all rows have ended; what the load had made beside their records is taken back";
  ASSIGN_OR_CO_RETURN(const model::Job loaded, co_await parts_.ledger.GetJob(job_.order.tenant, job_.order.retry_of));
  ASSIGN_OR_CO_RETURN(const Plan plan, PlanFromJson(loaded.plan_json));
  RowFinder finder(parts_.files, loaded.order.file, plan.dialect);
  const mapping::Mapper mapper(plan.schema, plan.mapping, plan.dialect.header);
  std::optional<model::MappedRow> row;
  std::optional<Error> unread;
  ledger::RowMade last;
  for (bool more = true; more && !leaving();) {
    ASSIGN_OR_CO_RETURN(std::vector<ledger::RowMade> page,
                        co_await parts_.ledger.MadeRecords(job_.order.tenant, loaded.id, last, kPage));
    more = !page.empty();
    for (ledger::RowMade& one : page) {
      last = one;
      const auto step = std::ranges::find(object_.steps, one.made.step, &connector::StepSpec::name);
      if (step == object_.steps.end()) {
        stays_.Add(one.made.vendor_id, "The connector, which has changed since, does not say how it is taken back.");
        continue;
      }
      if (step->relation.empty()) continue;  // it joined something: that is its row's
      if (!unread && (!row || row->number != one.place.row)) {
        const Result<model::Row> found = co_await finder.Find(one.place.row, one.place);
        if (found) {
          row = mapper.Map(*found, parts_.lane.personal());
        } else if (found.error().kind == ErrorKind::unavailable) {
          co_return std::unexpected(found.error());
        } else {
          unread = found.error();
        }
      }
      if (unread) {
        stays_.Add(one.made.vendor_id, "Its row cannot be read again: " + unread->message);
        continue;
      }
      co_await rows_.Add(TakeBackOne(*row, std::move(one.made)));
    }
  }
  co_await rows_.Join();
  counting_.clear();
  co_return stays_.Told();
}

/// Until it is known what became of it, or the undo is stopped.
async::Task<void> JobRunner::TakeBackOne(model::MappedRow row, model::MadeRecord made) {
  using Kind = dispatch::Sent::Kind;
  for (int attempt = 0; attempt < kMostAttempts && !stopping();) {
    Failpoint("made.found");
    Result<dispatch::Sent> tried = co_await sender_.TakeBackMade(row, made);
    if (!tried) {
      FailWith(tried.error());
      co_return;
    }
    dispatch::Sent sent = *std::move(tried);
    if (sent.kind == Kind::ended) {
      const bool is_gone =
          sent.outcome.kind == model::OutcomeKind::updated || sent.outcome.kind == model::OutcomeKind::unchanged;
      HidePersonal(row, {}, nullptr, sent.outcome);
      const bool is_told = !sent.outcome.reasons.empty();
      if (!is_gone)
        stays_.Add(made.vendor_id,
                   is_told ? sent.outcome.reasons.front().message : "Its row does not read as it was loaded.");
      co_return;
    }
    if (sent.kind == Kind::refused) co_await parts_.lane.WaitForSignIn(stop_);
    if (sent.kind == Kind::in_doubt) ++attempt;
    co_await parts_.lane.Pause(kPause * std::max(attempt, 1), stop_);
  }
  stays_.Add(made.vendor_id, stopping() ? "The undo was ended before it was looked at."
                                        : "The service gave no definite answer in five attempts.");
}

void JobRunner::MadeThatStays::Add(const std::string& vendor_id, const std::string& why) {
  if (++count <= kMostTold) told.push_back(fmt::format("{} (id {})", why, vendor_id));
}

std::vector<std::string> JobRunner::MadeThatStays::Told() const {
  if (count == 0) return {};
  std::string all = fmt::format(
      "{} that the load had made beside its rows {} left:", count == 1 ? "A record" : fmt::format("{} records", count),
      count == 1 ? "was" : "were");
  for (const std::string& one : told) all += " " + one;
  return {std::move(all)};
}

}  // namespace rowcall::job
