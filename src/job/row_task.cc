// One row on its way: keys, attempts, doubt, outcome.

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/failpoint.h"
#include "connector/request.h"
#include "dispatch/personal_values.h"
#include "job/job_runner.h"

namespace rowcall::job {

namespace {

constexpr int kMostAttempts = 5;
constexpr Duration kAskTrialAgain = std::chrono::milliseconds(200);

/// From 50 ms, four times as long each time, to 30 s: five attempts last a third of a minute, not a moment of trouble.
Duration PauseAfter(int earlier_pauses) {
  const std::chrono::milliseconds longer(50LL << (2 * std::min(earlier_pauses, 5)));
  return std::min(longer, std::chrono::milliseconds(30'000));
}

template <typename T>
const T* AsPointer(const Boxed<T>& value) {
  return value ? &*value : nullptr;
}

}  // namespace

/// As many as calls may be in flight now, and those that make none.
std::size_t JobRunner::RowsAtOnce() const { return static_cast<std::size_t>(parts_.lane.calls_at_once()) + pausing_; }

/// Rows whose keys are held are sent as soon as a call of theirs may be in flight.
void JobRunner::StartReady() {
  while (!ready_.empty() && rows_.running() < RowsAtOnce() && !rows_.full()) rows_.Start(SendRow(NextReady()));
}

JobRunner::RowPtr JobRunner::NextReady() {
  if (ready_.empty()) return nullptr;
  RowPtr row = std::move(ready_.front());
  ready_.pop_front();
  if (ready_.size() == few_ready_) moved_.NotifyAll();
  return row;
}

/// True: the row holds its keys. False: it waits, now owned by waiting_.
bool JobRunner::AskForKeys(RowPtr& row) {
  auto granted = [this, number = row->mapped.number] {
    auto node = waiting_.extract(number);
    if (node.empty()) return;  // taken out already: the job is being cancelled
    granted_.push_back(std::move(node.mapped()));
    moved_.NotifyAll();
  };
  row->ticket = parts_.lane.key_locks().Ask(sender_.LocksOf(row->mapped, AsPointer(row->to_undo)), std::move(granted));
  if (parts_.lane.key_locks().IsHeld(row->ticket)) return true;
  const RowNumber number = row->mapped.number;
  waiting_.emplace(number, std::move(row));
  return false;
}

async::Task<void> JobRunner::StartGranted() {
  if (stopping() && !leaving()) {
    // Rows that only waited need no turn: nothing of them was sent.
    for (auto it = waiting_.begin(); it != waiting_.end();) {
      if (it->second->in_doubt) {
        ++it;
        continue;
      }
      // It asks for its keys no longer: nobody may be there any more when they are granted.
      parts_.lane.key_locks().Release(std::exchange(it->second->ticket, 0));
      granted_.push_back(std::move(it->second));
      it = waiting_.erase(it);
    }
  }
  while (!granted_.empty()) {
    RowPtr row = std::move(granted_.front());
    granted_.pop_front();
    if (row->in_doubt) {
      co_await rows_.Add(SendRow(std::move(row)));
    } else {
      co_await rows_.Add(SendFresh(std::move(row)));
    }
  }
}

/// A row that waited gets a window of its own, as nothing of it was sent yet.
async::Task<void> JobRunner::SendFresh(RowPtr row) {
  if (stopping()) {
    Withdraw(*row);
    co_return;
  }
  ledger::WindowOrder order;
  order.window.first = order.window.last = row->mapped.number;
  order.window.byte_offset = row->mapped.byte_offset;
  order.window.vendor_time = parts_.lane.VendorSeconds();
  Failpoint("waited.granted");
  const Result<WindowId> window = co_await parts_.ledger.OpenWindow(parts_.lease, job_.id, order);
  Failpoint("waited.opened");
  if (!window) {
    FailWith(window.error());
    co_return;
  }
  windows_.Open(*window, 1);
  row->window = *window;
  row->vendor_time = order.window.vendor_time;
  co_await SendRow(std::move(row));
}

/// Sends the row until it has ended, then the next that is ready: to make a task for each would cost as much as a call.
async::Task<void> JobRunner::SendRow(RowPtr row) {
  while (row != nullptr) {
    const Result<bool> ended = co_await Attempt(*row);
    if (!ended) FailWith(ended.error());
    // Without an outcome (drain, failure) the keys stay locked: nobody may write them before the row is resolved.
    if (!ended || *ended) row = rows_.running() > RowsAtOnce() ? nullptr : NextReady();
    StartReady();
  }
}

dispatch::RowOrder JobRunner::OrderFor(const PendingRow& row) const {
  dispatch::RowOrder order;
  order.row = &row.mapped;
  order.action = job_.order.action;
  order.match_field = job_.order.match_field;
  order.restore_archived = job_.order.restore_archived;
  order.keep_pre_image = job_.order.keep_pre_image;
  order.to_undo = AsPointer(row.to_undo);
  order.in_doubt = row.in_doubt;
  order.by_search = row.by_search;
  order.vendor_time = row.vendor_time;
  return order;
}

/// One attempt at the row's open steps. True: there is nothing more to do for it in this process.
async::Task<Result<bool>> JobRunner::Attempt(PendingRow& row) {
  if (row.in_doubt && !row.progress->primary) {
    ASSIGN_OR_CO_RETURN(const bool resolvable, co_await WaitUntilResolvable(row));
    if (!resolvable) {
      Withdraw(row);
      co_return true;
    }
  }
  if (row.to_undo && !row.progress->primary) {
    // Under its keys: while it waited for them another row may have been loaded into its record, or a later one kept.
    CO_RETURN_IF_ERROR(co_await FindUndone(row));
  }
  if (!sending_.TryAcquire()) co_await sending_.Acquire();
  while (paused_ && !stopping() && (!row.attempted || row.untouched())) {
    sending_.Release();
    co_await moved_.Wait();
    co_await sending_.Acquire();
  }
  if (failure_ || (stopping() && row.untouched())) {
    sending_.Release();
    Withdraw(row);
    co_return true;
  }
  const bool is_last = stopping();
  const dispatch::RowOrder order = OrderFor(row);
  row.attempted = true;
  Failpoint("row.begun");
  Result<dispatch::Sent> attempt = co_await sender_.Send(order, row.progress.Edit());
  Failpoint("row.sent");
  sending_.Release();
  if (!attempt) co_return std::unexpected(std::move(attempt).error());
  dispatch::Sent& sent = *attempt;
  using Kind = dispatch::Sent::Kind;
  if (sent.again) NoteSentAgain(row);
  if (sent.kind == Kind::ended) Record(row, std::move(sent.outcome));
  if (sent.kind == Kind::withdrawn) Withdraw(row);
  if (sent.kind == Kind::ended || sent.kind == Kind::withdrawn) co_return true;
  ++pausing_;
  StartReady();
  Result<void> paused = co_await PauseBehind(sent, row);
  --pausing_;
  CO_RETURN_IF_ERROR(std::move(paused));
  const bool gives_up = sent.kind == Kind::refused ? stopping() : is_last;
  if (gives_up) Withdraw(row);
  co_return gives_up;
}

/// A row that no key of the service holds is searched for, once the search shows whatever its lost call may have made.
/// Whether its key holds it may be for a trial to show; until it does, to search is right too. False: the job was stopped.
async::Task<Result<bool>> JobRunner::WaitUntilResolvable(PendingRow& row) {
  using dispatch::DoubtPath;
  if (row.to_undo) co_return true;  // its record is known by its id
  const MonoTime shows_at = row.last_deadline.value_or(began_) + parts_.lane.late() + parts_.lane.search_lag();
  for (;;) {
    const DoubtPath path = dispatch::PathOf(object_, row.mapped.record, job_.order.action, *parts_.lane.instance());
    row.by_search = path != DoubtPath::send_again;
    if (!row.by_search || parts_.timers.clock().MonotonicNow() >= shows_at) co_return true;
    if (stopping()) co_return false;
    if (path == DoubtPath::ask_trial) {
      const connector::KeySpec& key = *connector::StrongestKey(object_, row.mapped.record);
      CO_RETURN_IF_ERROR(co_await parts_.trial.Run(object_, key, stop_, share_));
    }
    co_await WaitToSearch(shows_at, path == DoubtPath::search ? shows_at - began_ : kAskTrialAgain);
  }
}

/// Meanwhile another row is sent in its place.
async::Task<void> JobRunner::WaitToSearch(MonoTime shows_at, Duration at_most) {
  const MonoTime now = parts_.timers.clock().MonotonicNow();
  const Duration wait = shows_at - now;
  if (wait <= Duration(0)) co_return;
  search_shows_at_ =
      std::max(search_shows_at_, parts_.timers.clock().Now() + std::chrono::duration_cast<WallTime::duration>(wait));
  ++to_be_searched_;
  ++pausing_;
  StartReady();
  co_await parts_.lane.Pause(std::min(wait, at_most), stop_);
  --pausing_;
  --to_be_searched_;
}

/// Until another attempt may be made, or the job is stopped.
async::Task<Result<void>> JobRunner::PauseBehind(const dispatch::Sent& sent, PendingRow& row) {
  if (sent.kind == dispatch::Sent::Kind::in_doubt) co_return co_await MoveToDoubt(row, sent);
  co_await parts_.lane.WaitForSignIn(stop_);
  co_return Result<void>();
}

/// Makes the doubt durable, waits, and counts the attempt if the service was definite about anything since.
async::Task<Result<void>> JobRunner::MoveToDoubt(PendingRow& row, const dispatch::Sent& sent) {
  const std::int64_t definite_before = parts_.lane.definite_answers();
  row.last_deadline = std::max(row.last_deadline.value_or(MonoTime{}), sent.last_deadline);
  if (row.step != sent.step) row.attempts = row.pauses = 0;
  row.step = sent.step;
  if (!row.in_doubt) row.since = parts_.timers.clock().Now();
  row.in_doubt = true;
  ledger::InDoubtRow doubt;
  doubt.place = {row.mapped.number, row.mapped.byte_offset};
  doubt.step = sent.step;
  doubt.since = row.since;
  doubt.attempts = row.attempts;
  doubt.vendor_time = row.vendor_time;
  const WindowId closes = windows_.Leave(std::exchange(row.window, WindowId{}));
  Failpoint("doubt.found");
  CO_RETURN_IF_ERROR(co_await parts_.ledger.RecordDoubt(parts_.lease, job_.id, doubt, closes));
  Failpoint("doubt.recorded");
  co_await parts_.lane.Pause(PauseAfter(row.pauses++), stop_);
  if (parts_.lane.definite_answers() == definite_before) co_await parts_.lane.Test(stop_);
  if (parts_.lane.definite_answers() == definite_before) co_return Result<void>();
  if (++row.attempts < kMostAttempts) co_return Result<void>();
  sender_.GiveUp(sent.step, *sent.reason, row.progress.Edit());
  row.attempts = 0;
  co_return Result<void>();
}

/// The job was stopped while the row could not go on. Cancelled: it gets an outcome. Drained: the next process goes on.
void JobRunner::Withdraw(PendingRow& row) {
  any_withdrawn_ = true;
  if (!leaving()) Record(row, sender_.Cancelled(OrderFor(row), row.progress.Edit()));
}

/// What the service said of a row may repeat what is in it.
void JobRunner::HidePersonal(const model::MappedRow& row, const model::Cells& cells, const model::LoadedRow* to_undo,
                             model::Outcome& outcome) const {
  std::vector<model::Reason*> of_service;
  for (model::Reason& reason : outcome.reasons) {
    if (reason.service_status != 0) of_service.push_back(&reason);
  }
  for (model::IncompleteStep& step : outcome.incomplete) {
    if (step.reason.service_status != 0) of_service.push_back(&step.reason);
  }
  if (of_service.empty() || parts_.lane.personal() == model::Personal::shown) return;
  dispatch::PersonalValues values;
  values.Add(plan_.schema, row.record);
  for (const model::RelatedRecord& related : row.related) values.Add(plan_.schema, related.record, related.relation);
  for (const mapping::PersonalCell& cell : mapper_->PersonalCells(cells)) values.Add(*cell.field, cell.text);
  if (to_undo != nullptr && to_undo->pre_image) {
    const auto before = connector::RecordFromFlatJson(to_undo->pre_image->fields_json);
    if (before) values.Add(plan_.schema, *before);
  }
  for (model::Reason* reason : of_service) values.Hide(*reason);
}

void JobRunner::Record(PendingRow& row, model::Outcome outcome) {
  HidePersonal(row.mapped, row.cells, AsPointer(row.to_undo), outcome);
  RecordEnded({std::move(outcome), std::exchange(row.window, WindowId{}), row.ticket, row.last_deadline});
}

/// Every outcome of a single row goes through here.
void JobRunner::RecordEnded(EndedRow row) {
  if (model::IsFailure(row.outcome.kind)) ++failed_rows_;
  recorder_.Add(std::move(row));
  StopIfTooManyFailed();
}

void JobRunner::RecordRejected(model::MappedRow row, WindowId window) {
  EndedRow ended;
  ended.outcome.row = row.number;
  ended.outcome.byte_offset = row.byte_offset;
  ended.outcome.kind = model::OutcomeKind::rejected;
  ended.outcome.reasons = std::move(row.reasons);
  ended.window = window;
  RecordEnded(std::move(ended));
}

}  // namespace rowcall::job
