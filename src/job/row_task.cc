// One row on its way: keys, attempts, doubt, outcome.

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "job/job_runner.h"

namespace rowcall::job {

namespace {

constexpr int kMostAttempts = 5;

/// From 50 ms, four times as long each time, to 30 s: five attempts last a third of a minute, not a moment of trouble.
Duration PauseAfter(int earlier_pauses) {
  const std::chrono::milliseconds longer(50LL << (2 * std::min(earlier_pauses, 5)));
  return std::min(longer, std::chrono::milliseconds(30'000));
}

}  // namespace

/// True: the row holds its keys. False: it waits, now owned by waiting_.
bool JobRunner::AskForKeys(RowPtr& row) {
  PendingRow* const raw = row.get();
  auto granted = [this, raw] {
    auto node = waiting_.extract(raw);
    if (node.empty()) return;  // taken out already: the job is being cancelled
    granted_.push_back(std::move(node.mapped()));
    moved_.NotifyAll();
  };
  raw->ticket = parts_.lane.key_locks().Ask(sender_.LocksOf(raw->mapped), std::move(granted));
  if (parts_.lane.key_locks().IsHeld(raw->ticket)) return true;
  waiting_.emplace(raw, std::move(row));
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
    const Result<bool> ended = co_await Withdraw(*row);
    if (!ended) FailWith(ended.error());
    co_return;
  }
  ledger::WindowOrder order;
  order.window.first = order.window.last = row->mapped.number;
  order.window.byte_offset = row->mapped.byte_offset;
  order.window.vendor_time = parts_.lane.VendorSeconds();
  const Result<WindowId> window = co_await parts_.ledger.OpenWindow(parts_.lease, job_.id, order);
  if (!window) {
    FailWith(window.error());
    co_return;
  }
  windows_.Open(*window, 1);
  row->window = *window;
  row->vendor_time = order.window.vendor_time;
  co_await SendRow(std::move(row));
}

async::Task<void> JobRunner::SendRow(RowPtr row) {
  for (;;) {
    const Result<bool> ended = co_await Attempt(*row);
    if (!ended) FailWith(ended.error());
    if (!ended || *ended) break;
  }
  // Without an outcome (drain, failure) the keys stay locked: nobody may write them before the row is resolved.
}

dispatch::RowOrder JobRunner::OrderFor(const PendingRow& row) const {
  dispatch::RowOrder order;
  order.row = &row.mapped;
  order.action = job_.order.action;
  order.match_field = job_.order.match_field;
  order.restore_archived = job_.order.restore_archived;
  order.in_doubt = row.in_doubt;
  order.vendor_time = row.vendor_time;
  return order;
}

/// One attempt at the row's open steps. True: there is nothing more to do for it in this process.
async::Task<Result<bool>> JobRunner::Attempt(PendingRow& row) {
  if (!sending_.TryAcquire()) co_await sending_.Acquire();
  if (failure_ || (stopping() && row.untouched())) {
    sending_.Release();
    if (failure_) co_return true;
    co_return co_await Withdraw(row);
  }
  const bool is_last = stopping();
  const dispatch::RowOrder order = OrderFor(row);
  Result<dispatch::Sent> attempt = co_await sender_.Send(order, row.progress);
  sending_.Release();
  ASSIGN_OR_CO_RETURN(dispatch::Sent sent, std::move(attempt));
  switch (sent.kind) {
    case dispatch::Sent::Kind::ended: CO_RETURN_IF_ERROR(co_await Record(row, std::move(sent.outcome))); co_return true;
    case dispatch::Sent::Kind::withdrawn: co_return co_await Withdraw(row);
    case dispatch::Sent::Kind::refused:
      co_await parts_.lane.WaitForSignIn(stop_);
      if (stopping()) co_return co_await Withdraw(row);
      co_return false;
    case dispatch::Sent::Kind::in_doubt: break;
  }
  CO_RETURN_IF_ERROR(co_await MoveToDoubt(row, sent));
  if (is_last) co_return co_await Withdraw(row);
  co_return false;
}

/// Makes the doubt durable, waits, and counts the attempt if the service was definite about anything since.
async::Task<Result<void>> JobRunner::MoveToDoubt(PendingRow& row, const dispatch::Sent& sent) {
  const std::int64_t definite_before = parts_.lane.definite_answers();
  row.last_deadline = sent.last_deadline;
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
  CO_RETURN_IF_ERROR(co_await parts_.ledger.RecordDoubt(parts_.lease, job_.id, doubt, closes));
  co_await parts_.lane.Pause(PauseAfter(row.pauses++), stop_);
  if (parts_.lane.definite_answers() == definite_before) co_await parts_.lane.Test(stop_);
  if (parts_.lane.definite_answers() == definite_before) co_return Result<void>();
  if (++row.attempts < kMostAttempts) co_return Result<void>();
  sender_.GiveUp(sent.step, sent.reason, row.progress);
  row.attempts = 0;
  co_return Result<void>();
}

/// The job was stopped while the row could not go on. Cancelled: it gets an outcome. Drained: the next process goes on.
async::Task<Result<bool>> JobRunner::Withdraw(PendingRow& row) {
  if (leaving()) co_return true;
  const dispatch::RowOrder order = OrderFor(row);
  CO_RETURN_IF_ERROR(co_await Record(row, sender_.Cancelled(order, row.progress)));
  co_return true;
}

/// The keys are given back only now: until the outcome is durable nobody else may write them.
async::Task<Result<void>> JobRunner::Record(PendingRow& row, model::Outcome outcome) {
  const WindowId closes = windows_.Leave(std::exchange(row.window, WindowId{}));
  CO_RETURN_IF_ERROR(co_await parts_.ledger.RecordOutcome(parts_.lease, job_.id, outcome, closes));
  parts_.lane.ReleaseKeys(row.ticket, row.last_deadline);
  co_return Result<void>();
}

async::Task<void> JobRunner::RecordRejected(model::MappedRow row, WindowId window) {
  model::Outcome outcome;
  outcome.row = row.number;
  outcome.byte_offset = row.byte_offset;
  outcome.kind = model::OutcomeKind::rejected;
  outcome.reasons = std::move(row.reasons);
  const Result<void> recorded =
      co_await parts_.ledger.RecordOutcome(parts_.lease, job_.id, outcome, windows_.Leave(window));
  if (!recorded) FailWith(recorded.error());
}

}  // namespace rowcall::job
