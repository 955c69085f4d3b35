// Before an undo ends: what the load had made beside its rows is taken back, when none of them uses it any more.

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/failpoint.h"
#include "job/job_runner.h"
#include "job/key_holds.h"
#include "job/row_finder.h"

namespace rowcall::job {

namespace {

constexpr std::size_t kPage = 500;
constexpr int kMostAttempts = 5;
constexpr std::size_t kMostTold = 5;
constexpr Duration kPause = std::chrono::milliseconds(200);
constexpr const char* kEnded = "The undo was ended before it was known what became of it.";

/// Rows of the file of a load, in ascending order, mapped as they were then.
class LoadedRows {
 public:
  LoadedRows(files::FileStore& files, const model::Job& loaded, const Plan& plan)
      : finder_(files, loaded.order.file, plan.dialect),
        mapper_(plan.schema, plan.mapping, plan.dialect.header),
        is_compressed_(plan.dialect.compression != formats::Compression::none) {}

  /// Fails as RowFinder does. Where the file as a whole is at fault it is not opened again for the rows behind.
  async::Task<Result<model::MappedRow>> Find(const ledger::RowPlace& place, model::Personal personal) {
    if (row_ && row_->number == place.row) co_return *row_;
    if (lost_) co_return std::unexpected(*lost_);
    const Result<model::Row> found = co_await finder_.Find(place.row, place);
    if (found) co_return row_.emplace(mapper_.Map(*found, personal));
    if (found.error().kind != ErrorKind::corrupt || is_compressed_) lost_ = found.error();
    co_return std::unexpected(found.error());
  }

 private:
  RowFinder finder_;
  const mapping::Mapper mapper_;
  const bool is_compressed_;
  std::optional<model::MappedRow> row_;
  std::optional<Error> lost_;
};

}  // namespace

/// What is to be said of what stays. All that was made is looked at, whichever rows were taken back: what one of the
/// others uses is used. To look at it again behind a crash does no harm.
async::Task<Result<std::vector<std::string>>> JobRunner::TakeBackMade() {
  if (leaving()) co_return std::vector<std::string>();
  counting_ = "all rows have ended; what the load had made beside their records is taken back";
  ASSIGN_OR_CO_RETURN(const model::Job loaded, co_await parts_.ledger.GetJob(job_.order.tenant, job_.order.retry_of));
  ASSIGN_OR_CO_RETURN(const Plan plan, PlanFromJson(loaded.plan_json));
  LoadedRows rows(parts_.files, loaded, plan);
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
      Result<model::MappedRow> row = co_await rows.Find(one.place, parts_.lane.personal());
      if (!row && row.error().kind == ErrorKind::unavailable) co_return std::unexpected(row.error());
      if (!row) {
        stays_.Add(one.made.vendor_id, "Its row cannot be read again: " + row.error().message);
        continue;
      }
      co_await rows_.Add(TakeBackOne(*std::move(row), std::move(one.made)));
    }
  }
  co_await rows_.Join();
  counting_.clear();
  co_return stays_.Told();
}

/// Its key is held as a row's is: until no call of it can take effect, and durably from before the first that may.
async::Task<void> JobRunner::TakeBackOne(model::MappedRow row, model::MadeRecord made) {
  dispatch::KeyLocks& locks = parts_.lane.key_locks();
  MadeHold hold;
  hold.ticket = locks.Ask(sender_.LocksOfMade(row, made), [this] { moved_.NotifyAll(); });
  while (!locks.IsHeld(hold.ticket) && !stopping()) co_await moved_.Wait();
  if (stopping()) {
    locks.Release(hold.ticket);  // it may stand in the queue still
    stays_.Add(made.vendor_id, kEnded);
    co_return;
  }
  const Result<std::string> why = co_await WhyItStays(row, made, hold);
  if (!why) FailWith(why.error());
  if (why && !why->empty()) stays_.Add(made.vendor_id, *why);
  if (parts_.lane.MayTakeEffect(hold.last_deadline)) {
    const ledger::HeldRow held{job_.id, *hold.number, {}};
    HoldKeys(parts_.loop, parts_.ledger, parts_.lane, parts_.lease, held, hold.ticket, hold.last_deadline);
    co_return;
  }
  if (hold.number) co_await EndHold(parts_.ledger, parts_.lease, job_.id, *hold.number);
  locks.Release(hold.ticket);
}

async::Task<Result<void>> JobRunner::HoldDurably(MadeHold& hold) {
  if (hold.number) co_return Result<void>();
  const std::vector<std::string> keys = parts_.lane.key_locks().NamesOf(hold.ticket);
  ASSIGN_OR_CO_RETURN(hold.number, co_await parts_.ledger.HoldKeys(parts_.lease, job_.id, keys));
  Failpoint("made.held");
  co_return Result<void>();
}

/// "" if it went. Until that is known, or the undo is stopped.
async::Task<Result<std::string>> JobRunner::WhyItStays(const model::MappedRow& row, const model::MadeRecord& made,
                                                       MadeHold& hold) {
  using Kind = dispatch::Sent::Kind;
  const auto before_change = [&] { return HoldDurably(hold); };
  int attempt = 0;
  while (attempt < kMostAttempts && !stopping()) {
    ASSIGN_OR_CO_RETURN(dispatch::Sent sent, co_await sender_.TakeBackMade(row, made, before_change));
    if (sent.kind == Kind::ended) {
      const bool is_gone =
          sent.outcome.kind == model::OutcomeKind::updated || sent.outcome.kind == model::OutcomeKind::unchanged;
      if (is_gone) co_return std::string();
      HidePersonal(row, {}, nullptr, sent.outcome);
      const bool is_told = !sent.outcome.reasons.empty();
      co_return is_told ? sent.outcome.reasons.front().message : "Its row does not read as it was loaded.";
    }
    if (sent.kind == Kind::refused) co_await parts_.lane.WaitForSignIn(stop_);
    if (sent.kind == Kind::in_doubt) {
      ++attempt;
      hold.last_deadline = std::max(hold.last_deadline, sent.last_deadline);
    }
    co_await parts_.lane.Pause(kPause * std::max(attempt, 1), stop_);
  }
  if (attempt == kMostAttempts) co_return std::string("The service gave no definite answer in five attempts.");
  co_return std::string(kEnded);
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
