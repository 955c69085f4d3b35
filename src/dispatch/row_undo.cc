// Taking a row back: the record that it was loaded into, then what it had made beside it.

#include <algorithm>
#include <utility>
#include <vector>

#include "connector/request.h"
#include "dispatch/row_sender.h"
#include "dispatch/step_end.h"

namespace rowcall::dispatch {

namespace {

bool IsTakenBack(const model::Outcome& outcome) {
  return outcome.kind == model::OutcomeKind::updated || outcome.kind == model::OutcomeKind::unchanged;
}

/// Why something stays, beside a row that was taken back: said, but no fault of the row.
model::Reason AsWarning(model::Reason reason) {
  reason.warning = true;
  return reason;
}

}  // namespace

async::Task<Result<Sent>> RowSender::TakeBack(const RowOrder& order, RowProgress& progress) {
  Sent sent;
  if (!progress.primary) {
    ASSIGN_OR_CO_RETURN(StepEnd end, co_await TakeBackPrimary(order));
    if (!GoesOn(object_.PrimaryStep().name, end, sent)) co_return sent;
    model::Outcome outcome;
    outcome.kind = end.outcome;
    outcome.vendor_id = order.to_undo->vendor_id;
    if (end.reason) outcome.reasons.push_back(std::move(end.reason.Edit()));
    progress.primary = std::move(outcome);
  }
  for (const model::MadeRecord& made : order.to_undo->made) {
    const connector::StepSpec* step = JoinBy(made);
    if (step == nullptr || !IsToGo(made, progress)) continue;
    StepEnd end = co_await Part(*step, order, made);
    if (!GoesOn(made.step, end, sent)) co_return sent;
    if (end.kind == StepEnd::Kind::failed) {
      progress.incomplete.push_back({made.step, std::move(end.reason.Edit())});
      continue;
    }
    if (end.reason) progress.primary->reasons.push_back(AsWarning(std::move(end.reason.Edit())));
    progress.step_ids[made.step] = made.vendor_id;
  }
  sent.kind = Sent::Kind::ended;
  sent.outcome = Finish(order, std::move(progress));
  co_return sent;
}

/// The step that joined it; null for what was made, which goes behind all rows (see TakeBackMade).
const connector::StepSpec* RowSender::JoinBy(const model::MadeRecord& made) const {
  const auto step = std::ranges::find(object_.steps, made.step, &connector::StepSpec::name);
  return step == object_.steps.end() || !step->undo ? nullptr : &*step;
}

bool RowSender::IsToGo(const model::MadeRecord& made, const RowProgress& progress) {
  const bool given_up = std::ranges::any_of(progress.incomplete,
                                            [&](const model::IncompleteStep& done) { return done.step == made.step; });
  return IsTakenBack(*progress.primary) && !given_up && !progress.step_ids.contains(made.step);
}

/// The row is given up: what it had joined to the record that was taken back stays, and is said.
void RowSender::LeaveMade(const RowOrder& order, const model::Reason& reason, RowProgress& progress) const {
  for (const model::MadeRecord& made : order.to_undo->made) {
    if (JoinBy(made) != nullptr && IsToGo(made, progress)) progress.incomplete.push_back({made.step, reason});
  }
}

async::Task<Result<RowSender::StepEnd>> RowSender::TakeBackPrimary(const RowOrder& order) {
  UndoOrder undo;
  undo.object = &object_;
  undo.record = &order.row->record;
  undo.loaded = order.to_undo;
  undo.in_doubt = order.in_doubt;
  model::Record before;
  const auto& image = order.to_undo->pre_image;
  if (image && !image->fields_json.empty()) {
    ASSIGN_OR_CO_RETURN(before, connector::RecordFromFlatJson(image->fields_json));
    undo.before = &before;
  }
  co_return co_await Undo(undo, nullptr);  // its window is durable
}

/// Without a record if the row reads otherwise than it was loaded.
UndoOrder RowSender::OrderToUndo(const model::MappedRow& row, const model::MadeRecord& made) const {
  UndoOrder undo;
  const auto step = std::ranges::find(object_.steps, made.step, &connector::StepSpec::name);
  if (step == object_.steps.end()) return undo;
  const auto related = std::ranges::find(row.related, step->relation, &model::RelatedRecord::relation);
  if (related == row.related.end()) return undo;
  undo.object = connector_.Find(object_.relations.at(step->relation));
  undo.record = &related->record;
  undo.is_related = true;
  return undo;
}

std::vector<KeyLocks::Key> RowSender::LocksOfMade(const model::MappedRow& row, const model::MadeRecord& made) const {
  const UndoOrder undo = OrderToUndo(row, made);
  if (undo.record == nullptr) return {};
  return {{IdentityOf(*undo.object, *undo.record)}};
}

async::Task<Result<Sent>> RowSender::TakeBackMade(const model::MappedRow& row, const model::MadeRecord& made,
                                                  const BeforeChange& before_change) {
  Sent sent;
  UndoOrder undo = OrderToUndo(row, made);
  if (undo.record == nullptr) co_return sent;  // failed, without a word
  model::LoadedRow loaded;
  loaded.kind = model::OutcomeKind::created;
  loaded.vendor_id = made.vendor_id;
  // Asked for before the key is held, it could change meanwhile.
  ASSIGN_OR_CO_RETURN(loaded.is_used, co_await ledger_.is_used_by_other_job(made.vendor_id));
  undo.loaded = &loaded;
  ASSIGN_OR_CO_RETURN(StepEnd end, co_await Undo(undo, before_change));
  if (!GoesOn(made.step, end, sent)) co_return sent;
  sent.outcome.kind = end.outcome;
  sent.outcome.vendor_id = made.vendor_id;
  if (end.reason) sent.outcome.reasons.push_back(std::move(end.reason.Edit()));
  co_return sent;
}

/// What a call joined is parted again, unless another job has loaded a row into the record since.
async::Task<RowSender::StepEnd> RowSender::Part(const connector::StepSpec& step, const RowOrder& order,
                                                const model::MadeRecord& made) {
  StepEnd end;
  end.outcome = model::OutcomeKind::skipped;
  if (order.to_undo->is_used) {
    end.reason = model::Because("loaded_since",
                                "What the step \"" + step.name + "\" joined to the record was left: another job has " +
                                    "loaded a row into it since.",
                                "Part it at the service (id " + made.vendor_id + ").");
    co_return end;
  }
  const auto value_of = [&](std::string_view name) -> std::optional<std::string> {
    if (name == object_.PrimaryStep().name + ".id") return order.to_undo->vendor_id;
    return name == object_.JoinedBy(step) + ".id" ? std::optional(made.vendor_id) : std::nullopt;
  };
  const auto filled = connector::Fill(*step.undo, value_of);
  if (!filled) {
    end.kind = StepEnd::Kind::failed;
    end.reason = model::Because("unusable_value", "The call could not be made: " + filled.error().message + ".");
    co_return end;
  }
  Called called = co_await lane_.Call(*step.undo, *filled, filled->body, stop_, share_);
  end.deadline = called.deadline;
  end.reason = std::move(called.verdict.reason);
  switch (called.verdict.meaning) {
    case connector::Meaning::yes:
    case connector::Meaning::missing: end.reason = {}; break;  // parted, or it was not joined any more
    case connector::Meaning::ambiguous: end.kind = StepEnd::Kind::doubt; break;
    case connector::Meaning::stop: end.kind = StepEnd::Kind::refused; break;
    default: end.kind = StepEnd::Kind::failed; break;
  }
  if (called.withdrawn) end.kind = StepEnd::Kind::withdrawn;
  co_return end;
}

async::Task<Result<RowSender::StepEnd>> RowSender::Undo(const UndoOrder& undo, const BeforeChange& before_change) {
  WriteOrder write;
  write.object = undo.object;
  write.record = undo.before != nullptr ? undo.before : undo.record;
  UndoState state;
  WriteEvent event;
  Called called;
  StepEnd end;
  for (;;) {
    WriteAction action = NextUndo(undo, state, event);
    if (action.kind == WriteAction::Kind::call) {
      if (before_change && !action.reads) CO_RETURN_IF_ERROR(co_await before_change());
      called = co_await Perform(write, action);
      event.verdict = &called.verdict;
      event.body = called.body;
      if (!action.reads && !called.withdrawn) end.deadline = called.deadline;
      if (!called.withdrawn) continue;
      end.kind = StepEnd::Kind::withdrawn;
      co_return end;
    }
    end.kind = StepEnd::Kind::done;
    if (model::IsFailure(action.outcome)) end.kind = StepEnd::Kind::failed;
    if (action.kind == WriteAction::Kind::doubt) end.kind = StepEnd::Kind::doubt;
    if (action.kind == WriteAction::Kind::stop) end.kind = StepEnd::Kind::refused;
    end.id = std::move(action.id);
    end.outcome = action.outcome;
    end.reason = end.kind == StepEnd::Kind::doubt ? called.verdict.reason : std::move(action.reason);
    co_return end;
  }
}

}  // namespace rowcall::dispatch
