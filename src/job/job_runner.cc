#include "job/job_runner.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "base/crypto.h"
#include "base/failpoint.h"
#include "base/log.h"
#include "dispatch/probe.h"
#include "model/result_columns.h"
#include "wire/status.h"

namespace rowcall::job {

namespace {

constexpr std::size_t kLeastWindow = 32;
constexpr std::size_t kMostWindow = 1'000;
constexpr Duration kWindowWork = std::chrono::seconds(2);
constexpr std::size_t kMostWaiting = 10'000;
// Rows whose turn has come, beside those that are being sent: they wait for the service, each for itself.
constexpr std::size_t kMostPausing = 256;
constexpr Duration kAskSchemaAgain = std::chrono::seconds(3);
constexpr Duration kAskClockAgain = std::chrono::milliseconds(200);

std::string CompletedWord(const model::Instance& instance) {
  const auto set = instance.configuration.find("bulk.status.completed");
  return set == instance.configuration.end() ? "COMPLETED" : set->second;
}

/// The file is not what it should be: as it was sent, or as it is stored.
bool IsOfFile(const Error& error) {
  return error.kind == ErrorKind::invalid || error.kind == ErrorKind::corrupt || error.kind == ErrorKind::not_found;
}

std::string Sentences(const Error& error) {
  return error.hint.empty() ? error.message : error.message + " " + error.hint;
}

}  // namespace

JobRunner::JobRunner(const RunnerParts& parts, model::Job job)
    : parts_(parts),
      job_(std::move(job)),
      object_(*parts.connector.Find(job_.order.object)),
      share_(job_.order.rate_permille),
      sender_(parts.lane, parts.connector, object_, CallsOfRows(), stop_, share_),
      sending_(static_cast<std::size_t>(parts.connector.max_in_flight)),
      rows_(parts.loop, static_cast<std::size_t>(parts.connector.max_in_flight) + kMostPausing),
      watch_(parts.loop, 2),
      recorder_(parts.loop, parts.ledger, parts.lease, job_.id, parts.lane, windows_) {}

dispatch::LedgerCalls JobRunner::CallsOfRows() {
  dispatch::LedgerCalls calls;
  calls.is_held_by_other = [this](RowNumber row, const std::string& vendor_id) {
    return parts_.ledger.IsHeldByOtherRow(job_.order.tenant, job_.id, row, vendor_id);
  };
  calls.was_archived_by_undo = [this](const std::string& vendor_id) {
    return parts_.ledger.WasArchivedByUndo(job_.order.tenant, vendor_id);
  };
  calls.is_used_by_other_job = [this](const std::string& vendor_id) {
    return parts_.ledger.IsUsedByOtherJob(job_.order.tenant, job_.order.retry_of, vendor_id);
  };
  calls.keep_pre_image = [this](RowNumber row, const model::PreImage& image) -> async::Task<Result<model::PreImage>> {
    Failpoint("image.read");
    Result<model::PreImage> kept = co_await parts_.ledger.KeepPreImage(parts_.lease, job_.id, row, image);
    Failpoint("image.kept");
    co_return kept;
  };
  return calls;
}

async::Task<bool> JobRunner::Run() {
  began_ = parts_.timers.clock().MonotonicNow();
  written_wait_reason_ = job_.wait_reason;
  failed_rows_ = job_.counts.Failed();
  any_withdrawn_ = job_.counts[model::OutcomeKind::cancelled] > 0;
  if (job_.cancel_requested) Cancel();
  if (job_.plan_json.empty()) parts_.take_ups.Done(job_.id);  // no row of it was sent
  StopIfTooManyFailed();
  co_await watch_.Add(Watch());
  co_await watch_.Add(RecordEnds());
  Result<void> done = co_await ReadPause();
  if (done) done = co_await RunStages();
  if (!done) FailWith(done.error());  // before it waits for what is under way, so that this ends at once
  co_await rows_.Join();  // on every path: no row's task outlives the runner
  recorder_.Close();
  for (const auto& [number, row] : waiting_) parts_.lane.key_locks().Release(row->ticket);
  over_ = true;
  ended_.NotifyAll();
  co_await watch_.Join();
  co_return !leaving();
}

async::Task<Result<void>> JobRunner::RunStages() {
  Result<void> read = co_await Prepare();
  if (!read && read.error().kind == ErrorKind::invalid) co_return co_await Abort(Sentences(read.error()));
  if (read) read = co_await TakeUp();
  if (read) read = co_await Pump();
  if (!read) CO_RETURN_IF_ERROR(EndReading(read.error()));
  CO_RETURN_IF_ERROR(co_await FinishRows());
  if (leaving()) co_return Result<void>();
  co_return co_await Finish();
}

/// Reading failed before the rows could be pumped. Fine if the job was stopped, or if it is the file that cannot be read
/// (further): then the job ends with what was loaded.
Result<void> JobRunner::EndReading(const Error& error) {
  if (stopping() && error.kind == ErrorKind::unavailable && !mapper_ && source_ != nullptr) return {};
  if (!unreadable_) return std::unexpected(error);
  return {};
}

void JobRunner::NoteFaultOfFile(const Error& error) {
  if (IsOfFile(error)) unreadable_ = error;
}

/// Settles dialect and mapping, once for the job's life.
async::Task<Result<void>> JobRunner::Prepare() {
  if (!job_.plan_json.empty()) {
    ASSIGN_OR_CO_RETURN(plan_, PlanFromJson(job_.plan_json));
  } else {
    ASSIGN_OR_CO_RETURN(source_, OfFile(co_await RowSource::Open(parts_.files, job_.order.file)));
    ASSIGN_OR_CO_RETURN(ahead_, OfFile(co_await source_->Next()));
    ASSIGN_OR_CO_RETURN(plan_, co_await (job_.order.undoes ? PlanOfUndo(*source_) : MakePlan(*source_)));
    job_.plan_json = ToJson(plan_);
    const bool is_compressed = plan_.dialect.compression != formats::Compression::none;
    const ledger::JobStart start{job_.plan_json, plan_.dialect.evidence, plan_.mapping.columns_not_loaded,
                                 plan_.dialect.warnings, is_compressed};
    Failpoint("job.planned");
    CO_RETURN_IF_ERROR(co_await parts_.ledger.StartJob(parts_.lease, job_.id, start));
    Failpoint("job.started");
  }
  mapper_.emplace(plan_.schema, plan_.mapping, plan_.dialect.header);
  const auto numbers = std::ranges::find(plan_.dialect.header, model::result_columns::kRow);
  number_column_ = static_cast<std::size_t>(numbers - plan_.dialect.header.begin());
  // The service's clock must be known before the first window: it tells later what was made since.
  while (parts_.lane.definite_answers() == 0 && !parts_.lane.is_refused() && !stopping()) {
    co_await parts_.lane.Test(stop_);
    if (parts_.lane.definite_answers() == 0) co_await parts_.lane.Pause(kAskClockAgain, stop_);
  }
  co_return Result<void>();
}

async::Task<Result<void>> JobRunner::SayWaiting(std::string reason) {
  written_wait_reason_ = std::move(reason);
  co_return co_await parts_.ledger.SetWaitReason(parts_.lease, job_.id, written_wait_reason_);
}

/// The object's fields as the workspace has them. Without them nothing can be planned, so it waits until they are known.
async::Task<Result<model::ObjectSchema>> JobRunner::AskSchema() {
  for (;;) {
    co_await parts_.lane.Test(stop_);
    if (parts_.lane.is_refused()) {
      CO_RETURN_IF_ERROR(co_await SayWaiting(parts_.lane.wait_reason()));
      co_await parts_.lane.WaitForSignIn(stop_);
    }
    if (stopping()) {
      co_return Fail(ErrorKind::unavailable, "the job was stopped before the workspace's fields were known");
    }
    const auto instance = parts_.lane.instance();
    Result<model::ObjectSchema> schema =
        co_await dispatch::DiscoverSchema(parts_.http, parts_.connector, object_, *instance);
    if (schema) co_return schema;
    CO_RETURN_IF_ERROR(co_await SayWaiting(schema.error().message));
    co_await parts_.lane.Pause(kAskSchemaAgain, stop_);
  }
}

async::Task<Result<Plan>> JobRunner::MakePlan(RowSource& source) {
  Plan plan;
  plan.dialect = source.dialect();
  ASSIGN_OR_CO_RETURN(const model::ObjectSchema known, co_await AskSchema());
  if (job_.order.mapping_json.empty()) {
    plan.mapping = mapping::MatchByAlias(plan.dialect.header, known);
  } else {
    ASSIGN_OR_CO_RETURN(plan.mapping, mapping::MatchAsAsked(job_.order.mapping_json, plan.dialect.header, known));
  }
  if (job_.order.retry_of) LeaveOutResultColumns(plan.mapping);
  plan.mapping.region = job_.order.region;
  plan.schema = UsedPart(known, plan.mapping);
  CO_RETURN_IF_ERROR(CheckColumns(plan.dialect, plan.mapping, known));
  co_return plan;
}

/// As the rows were mapped when they were loaded, whatever became of the workspace's fields meanwhile.
async::Task<Result<Plan>> JobRunner::PlanOfUndo(RowSource& source) {
  ASSIGN_OR_CO_RETURN(const model::Job loaded, co_await parts_.ledger.GetJob(job_.order.tenant, job_.order.retry_of));
  ASSIGN_OR_CO_RETURN(Plan plan, PlanFromJson(loaded.plan_json));
  plan.dialect = source.dialect();
  co_return plan;
}

/// The next row, if it has been read already.
std::optional<model::Row> JobRunner::RowAtHand() {
  if (ahead_) return std::exchange(ahead_, std::nullopt);
  return at_end_ ? std::nullopt : source_->NextAtHand();
}

async::Task<Result<std::optional<model::Row>>> JobRunner::NextRow() {
  if (ahead_) co_return std::exchange(ahead_, std::nullopt);
  if (at_end_) co_return std::nullopt;
  Result<std::optional<model::Row>> row = OfFile(co_await source_->Next());
  if (unreadable_) row = std::optional<model::Row>();  // what stands before it is loaded
  if (row && !*row) at_end_ = true;
  co_return row;
}

/// The next rows of the file, mapped; none at its end.
async::Task<Result<std::vector<JobRunner::RowPtr>>> JobRunner::ReadWindow(std::size_t rows) {
  std::vector<RowPtr> taken;
  taken.reserve(rows);
  while (taken.size() < rows) {
    std::optional<model::Row> row = RowAtHand();
    if (!row) {
      ASSIGN_OR_CO_RETURN(row, co_await NextRow());
    }
    if (!row) break;
    RowPtr pending = Map(*std::move(row));
    if (job_.order.undoes) CO_RETURN_IF_ERROR(co_await FindUndone(*pending));
    taken.push_back(std::move(pending));
  }
  ASSIGN_OR_CO_RETURN(ahead_, co_await NextRow());  // its offset is where the next window begins
  co_return taken;
}

/// A row of the file, mapped; of an undo, with the number of the row that is to be taken back.
JobRunner::RowPtr JobRunner::Map(model::Row row) const {
  auto pending = std::make_unique<PendingRow>();
  const model::Personal personal = parts_.lane.personal();
  pending->mapped = mapper_->Map(row, personal);
  if (job_.order.undoes && number_column_ < row.cells.size()) {
    pending->to_undo.Edit().row = model::ReadRowNumber(row.cells[number_column_]);
  }
  if (personal == model::Personal::hidden) pending->cells = std::move(row.cells);
  return pending;
}

/// What became of the row when it was loaded.
async::Task<Result<void>> JobRunner::FindUndone(PendingRow& row) {
  ASSIGN_OR_CO_RETURN(row.to_undo,
                      co_await parts_.ledger.RowToUndo(job_.order.tenant, job_.order.retry_of, row.to_undo->row));
  co_return Result<void>();
}

async::Task<Result<void>> JobRunner::Pump() {
  if (source_ == nullptr) {
    ASSIGN_OR_CO_RETURN(const ledger::Recovery recovery, co_await parts_.ledger.Recover(job_.order.tenant, job_.id));
    at_end_ = recovery.next.byte_offset == ledger::RowPlace::kEndOfFile;
    if (!at_end_) {
      ASSIGN_OR_CO_RETURN(
          source_, OfFile(co_await RowSource::OpenAt(parts_.files, job_.order.file, plan_.dialect, recovery.next)));
    }
  }
  std::size_t size = kLeastWindow * 4;
  while (!stopping()) {
    if (job_.hold_after > 0 && rows_taken_ >= job_.hold_after) {
      CO_RETURN_IF_ERROR(co_await HoldForCanary());
      continue;
    }
    if (paused_ && !stopping()) {
      co_await moved_.Wait();
      co_await StartGranted();
      continue;
    }
    const MonoTime began = parts_.timers.clock().MonotonicNow();
    co_await StartGranted();
    const auto up_to_hold = static_cast<std::size_t>(std::max<std::int64_t>(0, job_.hold_after - rows_taken_));
    const std::size_t most = job_.hold_after > 0 ? std::min(size, up_to_hold) : size;
    ASSIGN_OR_CO_RETURN(std::vector<RowPtr> rows, co_await ReadWindow(most));
    if (rows.empty()) break;
    const auto count = static_cast<double>(rows.size());
    CO_RETURN_IF_ERROR(co_await PumpWindow(std::move(rows)));
    while (waiting_.size() >= kMostWaiting && !stopping()) {
      co_await moved_.Wait();
      co_await StartGranted();
    }
    const auto took = std::max(Duration(1), parts_.timers.clock().MonotonicNow() - began);
    const double fits = count * static_cast<double>(kWindowWork.count()) / static_cast<double>(took.count());
    size =
        static_cast<std::size_t>(std::clamp(fits, static_cast<double>(kLeastWindow), static_cast<double>(kMostWindow)));
  }
  co_return Result<void>();
}

/// The rows that the user wanted to see first are taken. If there are more, the job is paused when they are done.
async::Task<Result<void>> JobRunner::HoldForCanary() {
  if (!ahead_) {
    ASSIGN_OR_CO_RETURN(ahead_, co_await NextRow());
  }
  job_.hold_after = 0;
  if (!ahead_) co_return Result<void>();
  CO_RETURN_IF_ERROR(co_await FinishRows());
  if (stopping()) co_return Result<void>();
  Failpoint("canary.done");
  CO_RETURN_IF_ERROR(co_await parts_.ledger.PauseForCanary(parts_.lease, job_.id));
  Failpoint("canary.paused");
  co_return co_await ReadPause();
}

/// How many rows of the file stand behind those that were taken, by what a row took so far; 0 if nobody knows.
std::int64_t JobRunner::RowsBehind() const {
  const bool is_known = ahead_ && rows_taken_ > 0 && plan_.dialect.compression == formats::Compression::none;
  if (!is_known || job_.hold_after > 0) return 0;
  const std::int64_t bytes_each = std::max<std::int64_t>(1, ahead_->byte_offset / rows_taken_);
  return (job_.order.file.size_bytes - ahead_->byte_offset) / bytes_each;
}

/// Opens a window over these rows, durably, then begins to send them.
async::Task<Result<void>> JobRunner::PumpWindow(std::vector<RowPtr> rows) {
  ledger::WindowOrder order;
  order.window.first = rows.front()->mapped.number;
  order.window.last = rows.back()->mapped.number;
  order.window.byte_offset = rows.front()->mapped.byte_offset;
  order.window.vendor_time = parts_.lane.VendorSeconds();
  const std::size_t count = rows.size();
  const std::int64_t behind = unreadable_ ? source_->end() : ledger::RowPlace::kEndOfFile;
  order.next = {order.window.last + 1, ahead_ ? ahead_->byte_offset : behind};
  std::vector<RowPtr> ready;
  std::vector<model::MappedRow> rejected;
  for (RowPtr& row : rows) {
    if (!row->mapped.ok()) {
      rejected.push_back(std::move(row->mapped));
      continue;
    }
    const ledger::RowPlace place{row->mapped.number, row->mapped.byte_offset};
    row->vendor_time = order.window.vendor_time;
    if (AskForKeys(row)) {
      ready.push_back(std::move(row));
    } else {
      order.waiting.push_back(place);
    }
  }
  Failpoint("window.read");
  ASSIGN_OR_CO_RETURN(const WindowId window, co_await parts_.ledger.OpenWindow(parts_.lease, job_.id, order));
  Failpoint("window.opened");
  rows_taken_ = order.window.last;
  share_.SetWork(static_cast<std::int64_t>(ready_.size() + ready.size()) + RowsBehind());
  if (window) windows_.Open(window, ready.size() + rejected.size());
  for (model::MappedRow& row : rejected) RecordRejected(std::move(row), window);
  for (RowPtr& row : ready) {
    row->window = window;
    ready_.push_back(std::move(row));
  }
  StartReady();
  few_ready_ = count / 2;  // enough that calls go on while the next window is read and made durable
  while (ready_.size() > few_ready_ && !stopping()) co_await moved_.Wait();
  co_return Result<void>();
}

/// Until no row is on its way and none waits for another.
async::Task<Result<void>> JobRunner::FinishRows() {
  for (;;) {
    co_await StartGranted();
    if (leaving()) co_return Result<void>();
    if (waiting_.empty() && granted_.empty()) {
      co_await rows_.Join();
      co_await recorder_.Settle();
      if (waiting_.empty() && granted_.empty()) co_return Result<void>();
    } else if (granted_.empty()) {
      co_await moved_.Wait();
    }
  }
}

/// The rows of the file: those that were taken, and those behind them as far as they can be read.
async::Task<Result<std::int64_t>> JobRunner::CountRest() {
  std::int64_t rows = rows_taken_;
  while (!unreadable_ && source_ != nullptr) {
    ASSIGN_OR_CO_RETURN(const std::optional<model::Row> row, co_await NextRow());
    if (!row) break;
    ++rows;
  }
  co_return rows;
}

async::Task<Result<void>> JobRunner::Finish() {
  ledger::RestOrder rest;
  rest.first = rows_taken_ + 1;
  rest.outcome.byte_offset = ahead_ ? ahead_->byte_offset : 0;
  ASSIGN_OR_CO_RETURN(rest.last, co_await CountRest());
  Failpoint("job.read");
  CO_RETURN_IF_ERROR(co_await parts_.ledger.FinishReading(parts_.lease, job_.id, rest.last));
  ASSIGN_OR_CO_RETURN(std::vector<std::string> warnings,
                      co_await (job_.order.undoes ? TakeBackMade() : CountSentAgain()));
  if (leaving()) co_return Result<void>();
  ledger::FinishOrder order = EndAfter(rest.last);  // it may have been cancelled until now
  order.warnings = std::move(warnings);
  if (rest.last > rows_taken_) {
    rest.outcome.kind = model::OutcomeKind::cancelled;
    rest.outcome.reasons.push_back(
        model::Because("cancelled", "The job was ended before this row's turn; it was not sent.",
                       job_.order.undoes ? "Ask for the undo again to go on." : "Retry the row to load it."));
    order.rest = std::move(rest);
  }
  co_return co_await Close(std::move(order));
}

ledger::FinishOrder JobRunner::EndAfter(std::int64_t rows) const {
  ledger::FinishOrder order;
  // The row that was one too many was the last.
  const bool nothing_was_left = stop_cause_ == StopCause::failed_rows && rows == rows_taken_ && !any_withdrawn_;
  switch (stop_cause_) {
    case StopCause::cancel: order.status = model::JobStatus::cancelled; break;
    case StopCause::given_up:
      order.status = model::JobStatus::error;
      order.error = parts_.lane.wait_reason();
      break;
    case StopCause::failed_rows:
      if (nothing_was_left) break;
      order.status = model::JobStatus::cancelled;
      order.error =
          fmt::format("Ended after {} failed rows, for stopAfter is {}.", failed_rows_, job_.order.stop_after);
      break;
    case StopCause::none:
    case StopCause::drain:
    case StopCause::failure: break;
  }
  if (unreadable_ && (!stopping() || nothing_was_left)) {
    const bool sent_so = unreadable_->kind == ErrorKind::invalid;  // else it was damaged here
    order.status = sent_so ? model::JobStatus::aborted : model::JobStatus::error;
    order.error = fmt::format("The file cannot be read behind row {}: {}", rows, Sentences(*unreadable_));
  }
  return order;
}

/// The file as a whole cannot be loaded: its rows, as far as they can be counted, are rejected.
async::Task<Result<void>> JobRunner::Abort(const std::string& error) {
  const formats::Dialect dialect = source_ ? source_->dialect() : formats::Dialect();
  if (!dialect.header.empty()) {
    const ledger::JobStart start{"", dialect.evidence, {}, dialect.warnings};
    CO_RETURN_IF_ERROR(co_await parts_.ledger.StartJob(parts_.lease, job_.id, start));
  }
  ledger::FinishOrder order;
  order.status = model::JobStatus::aborted;
  order.error = error;
  ledger::RestOrder all;
  all.first = 1;
  all.outcome.byte_offset = ahead_ ? ahead_->byte_offset : 0;
  ASSIGN_OR_CO_RETURN(all.last, co_await CountRest());
  CO_RETURN_IF_ERROR(co_await parts_.ledger.FinishReading(parts_.lease, job_.id, all.last));
  if (all.last > 0) {
    all.outcome.kind = model::OutcomeKind::rejected;
    all.outcome.reasons.push_back(model::Because("aborted", "The job was aborted: " + error));
    order.rest = std::move(all);
  }
  co_return co_await Close(std::move(order));
}

/// Ends the job; the callback falls due in the same transaction.
async::Task<Result<void>> JobRunner::Close(ledger::FinishOrder order) {
  if (!job_.order.callback_url.empty()) {
    ASSIGN_OR_CO_RETURN(model::Job job, co_await parts_.ledger.GetJob(job_.order.tenant, job_.id));
    job.status = order.status;
    job.error = order.error;
    job.file_warnings.insert(job.file_warnings.end(), order.warnings.begin(), order.warnings.end());
    if (order.rest) job.counts[order.rest->outcome.kind] += order.rest->last - order.rest->first + 1;
    job.wait_reason.clear();
    job.finished_at = parts_.timers.clock().Now();
    model::Callback callback;
    callback.tenant = job.order.tenant;
    callback.instance = job.order.instance;
    callback.job = job.id;
    callback.webhook_id = "msg_" + Hex(RandomBytes(16));
    callback.url = job.order.callback_url;
    callback.body = wire::CallbackJson(job, CompletedWord(*parts_.lane.instance()));
    callback.next_attempt_at = job.finished_at;
    order.callback = std::move(callback);
  }
  Failpoint("job.done");
  CO_RETURN_IF_ERROR(co_await parts_.ledger.FinishJob(parts_.lease, job_.id, order));
  Failpoint("job.finished");
  Log(LogLevel::info, "job_ended",
      {{"job", job_.id.value}, {"instance", job_.order.instance.value}, {"status", Name(order.status)}});
  co_return Result<void>();
}

void JobRunner::Stop(StopCause cause) {
  if (leaving()) return;
  stop_cause_ = cause;
  stop_.stopped = true;
  share_.SetWork(0);  // what is left goes out at once, or not at all
  parts_.lane.Wake();
  parts_.take_ups.Wake();
  moved_.NotifyAll();
}

void JobRunner::StopIfTooManyFailed() {
  if (job_.order.stop_after > 0 && failed_rows_ >= job_.order.stop_after && !stopping()) Stop(StopCause::failed_rows);
}

void JobRunner::LookWhetherPaused() {
  pause_may_have_changed_ = true;
  ended_.NotifyAll();
}

/// The ledger alone says whether the job is paused.
async::Task<Result<void>> JobRunner::ReadPause() {
  ASSIGN_OR_CO_RETURN(const model::Job job, co_await parts_.ledger.GetJob(job_.order.tenant, job_.id));
  if (job.cancel_requested) Cancel();
  paused_ = job.paused_by != model::PausedBy::nobody;
  if (!paused_) moved_.NotifyAll();
  co_return Result<void>();
}

void JobRunner::FailWith(const Error& error) {
  if (failure_) return;
  failure_ = error;
  Log(LogLevel::error, "job_stopped",
      {{"job", job_.id.value}, {"kind", Name(error.kind)}, {"error", error.message}, {"hint", error.hint}});
  Stop(StopCause::failure);
}

async::Task<void> JobRunner::RecordEnds() {
  const Result<void> recorded = co_await recorder_.Run();
  if (!recorded) FailWith(recorded.error());
}

/// Why nothing moves; "" if it does.
std::string JobRunner::WaitReason() const {
  if (!parts_.lane.wait_reason().empty()) return parts_.lane.wait_reason();
  if (!share_.wait_reason().empty()) return share_.wait_reason();
  if (!counting_.empty()) return counting_;
  if (to_be_searched_ == 0 || to_be_searched_ < rows_.running()) return "";
  return fmt::format(
      "rows in doubt are searched for when the service's search shows all that was made: at {:%H:%M:%S} UTC",
      std::chrono::floor<std::chrono::seconds>(search_shows_at_));
}

/// Says in the status why nothing moves, and gives up when the service has refused the instance for too long.
async::Task<void> JobRunner::Watch() {
  constexpr Duration kInterval = std::chrono::seconds(1);
  constexpr Duration kAskAgain = std::chrono::seconds(30);
  constexpr Duration kLongestRefusal = std::chrono::days(7);
  MonoTime ask_at = parts_.timers.clock().MonotonicNow() + kAskAgain;
  while (!over_) {
    const MonoTime now = parts_.timers.clock().MonotonicNow();
    co_await ended_.WaitUntil(parts_.timers, now + kInterval);
    if (over_ || failure_) continue;
    if (std::exchange(pause_may_have_changed_, false)) {
      const Result<void> read = co_await ReadPause();
      if (!read) FailWith(read.error());
    }
    const auto refused_since = parts_.lane.refused_since();
    if (refused_since && now - *refused_since > kLongestRefusal) Stop(StopCause::given_up);
    if (parts_.lane.is_refused() && !parts_.lane.is_unavailable() && now >= ask_at) {
      ask_at = now + kAskAgain;
      co_await parts_.lane.Test(stop_);
    }
    const std::string reason = WaitReason();
    // Until the job is planned, that nothing hinders the lane does not mean that the job moves: AskSchema() says why.
    if (reason == written_wait_reason_ || (reason.empty() && job_.plan_json.empty())) continue;
    written_wait_reason_ = reason;
    const Result<void> written = co_await parts_.ledger.SetWaitReason(parts_.lease, job_.id, written_wait_reason_);
    const bool ended = !written && written.error().kind == ErrorKind::conflict;  // meanwhile
    if (!written && !ended) FailWith(written.error());
  }
}

}  // namespace rowcall::job
