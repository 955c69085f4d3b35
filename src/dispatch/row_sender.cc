#include "dispatch/row_sender.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "base/assert.h"
#include "base/text.h"
#include "connector/request.h"
#include "dispatch/key_trial.h"
#include "dispatch/step_end.h"

namespace rowcall::dispatch {

namespace {

using connector::Meaning;
using connector::StepSpec;
using model::Outcome;
using model::OutcomeKind;

constexpr int kMostReads = 5;
constexpr Duration kReadPause = std::chrono::milliseconds(50);

const model::Record* RelatedIn(const model::MappedRow& row, const std::string& relation) {
  const auto found = std::find_if(row.related.begin(), row.related.end(),
                                  [&](const model::RelatedRecord& related) { return related.relation == relation; });
  return found == row.related.end() ? nullptr : &found->record;
}

bool Applies(const StepSpec& step, const model::MappedRow& row, const RowProgress& progress) {
  if (!step.relation.empty() && RelatedIn(row, step.relation) == nullptr) return false;
  return std::all_of(step.needs.begin(), step.needs.end(),
                     [&](const std::string& needed) { return progress.step_ids.contains(needed); });
}

model::Reason Unresolved(model::Reason last) {
  last.code = "unresolved";
  last.message = "The service gave no definite answer in five attempts. Last: " + last.message;
  last.hint = "Look at the service whether the record is there, then retry the row.";
  return last;
}

/// A value of the row cannot stand in the address of the call; nothing was sent.
Called CannotBeSent(const Error& error) {
  Called called;
  called.verdict.meaning = Meaning::no;
  called.verdict.reason = model::Because("unusable_value", "The call could not be made: " + error.message + ".",
                                         "Change this value in the row.");
  return called;
}

}  // namespace

std::string IdentityOf(const connector::ObjectSpec& object, const model::Record& record) {
  std::string identity = object.schema.name;
  for (const connector::KeyValue& key : connector::KeysOf(object, record)) {
    return identity.append("\x1f").append(key.field).append("\x1f").append(key.folded);
  }
  if (!object.lookup) return identity;
  const std::optional<model::Value> by = record.Find(object.lookup->find.by);
  return identity.append("\x1f").append(by ? connector::MadeKey(model::ToText(*by)) : "");
}

RowSender::RowSender(Lane& lane, const connector::Connector& connector, const connector::ObjectSpec& object,
                     LedgerCalls ledger, const StopToken& stop, RateShare& share)
    : lane_(lane), connector_(connector), object_(object), ledger_(std::move(ledger)), stop_(stop), share_(share) {}

DoubtPath PathOf(const connector::ObjectSpec& object, const model::Record& record, model::Action action,
                 const model::Instance& instance) {
  if (action == model::Action::update) return DoubtPath::send_again;
  switch (connector::ClassOf(object, record)) {
    case connector::KeyClass::k0_idempotency_key:
    case connector::KeyClass::k1_upsert:
    case connector::KeyClass::k2_strict_create: return DoubtPath::send_again;
    case connector::KeyClass::k2_once_shown: break;
    case connector::KeyClass::k3_keyed_read:
    case connector::KeyClass::k4_lagging_index:
    case connector::KeyClass::k5_nothing: return DoubtPath::search;
  }
  const connector::KeySpec& key = *connector::StrongestKey(object, record);
  switch (ShownBy(instance, key)) {
    case Shown::enforced: return DoubtPath::send_again;
    case Shown::not_enforced: return DoubtPath::search;
    case Shown::nothing: break;
  }
  return DoubtPath::ask_trial;
}

std::vector<KeyLocks::Key> RowSender::LocksOf(const model::MappedRow& row, const model::LoadedRow* to_undo) const {
  std::vector<KeyLocks::Key> locks;
  locks.reserve(object_.keys.size() + row.related.size() + 1);
  for (const connector::KeyValue& key : connector::KeysOf(object_, row.record)) {
    locks.push_back(LockOf(object_, key));
  }
  if (locks.empty()) locks.push_back({IdentityOf(object_, row.record)});
  for (const model::RelatedRecord& related : row.related) {
    const connector::ObjectSpec& object = *connector_.Find(object_.relations.at(related.relation));
    locks.push_back({IdentityOf(object, related.record), connector::WrittenDigest(related.record)});
  }
  if (to_undo != nullptr) locks.push_back({object_.schema.name + "\x1f" + "id" + "\x1f" + to_undo->vendor_id});
  return locks;
}

/// Whether the step is still to be done for this row.
bool RowSender::IsOpen(const StepSpec& step, const RowOrder& order, const RowProgress& progress) const {
  if (!Applies(step, *order.row, progress)) return false;
  if (progress.step_ids.contains(step.name) || (step.primary && progress.primary)) return false;
  const bool given_up = std::any_of(progress.incomplete.begin(), progress.incomplete.end(),
                                    [&](const model::IncompleteStep& done) { return done.step == step.name; });
  const bool nothing_to_join = progress.primary && progress.primary->vendor_id.empty();
  const bool primary_failed = progress.primary && model::IsFailure(progress.primary->kind);
  return !given_up && !nothing_to_join && !primary_failed;
}

async::Task<Result<Sent>> RowSender::Send(const RowOrder& order, RowProgress& progress) {
  if (order.to_undo != nullptr) co_return co_await TakeBack(order, progress);
  Sent sent;
  for (const StepSpec& step : object_.steps) {
    if (!IsOpen(step, order, progress)) continue;
    ASSIGN_OR_CO_RETURN(StepEnd end, co_await RunStep(step, order, progress));
    sent.again = sent.again || end.again;
    if (!Settle(step, order, std::move(end), progress, sent)) co_return sent;
  }
  sent.kind = Sent::Kind::ended;
  sent.outcome = Finish(order, std::move(progress));
  co_return sent;
}

/// Whether the step has ended; if not, says what the attempt has come to.
bool RowSender::GoesOn(const std::string& step, StepEnd& end, Sent& sent) {
  switch (end.kind) {
    case StepEnd::Kind::refused: sent.kind = Sent::Kind::refused; return false;
    case StepEnd::Kind::withdrawn: sent.kind = Sent::Kind::withdrawn; return false;
    case StepEnd::Kind::doubt:
      sent.kind = Sent::Kind::in_doubt;
      sent.step = step;
      sent.reason = std::move(end.reason);
      sent.last_deadline = end.deadline;
      return false;
    case StepEnd::Kind::done:
    case StepEnd::Kind::failed: break;
  }
  return true;
}

/// True if the row goes on to its next step.
bool RowSender::Settle(const StepSpec& step, const RowOrder& order, StepEnd end, RowProgress& progress,
                       Sent& sent) const {
  if (!GoesOn(step.name, end, sent)) return false;
  const bool done = end.kind == StepEnd::Kind::done;
  if (step.primary) {
    Outcome outcome;
    outcome.kind = end.outcome;
    outcome.vendor_id = end.id;
    if (!done) outcome.reasons.push_back(std::move(end.reason.Edit()));
    const bool wrote = outcome.kind == OutcomeKind::created || outcome.kind == OutcomeKind::updated;
    if (wrote) outcome.written_digest = connector::WrittenDigest(order.row->record);
    progress.primary = std::move(outcome);
  } else if (!done) {
    progress.incomplete.push_back({step.name, std::move(end.reason.Edit())});
  }
  if (done) progress.step_ids[step.name] = end.id;
  if (done && end.made) progress.made.push_back({step.name, std::move(end.made_id)});
  return true;
}

Outcome RowSender::Finish(const RowOrder& order, RowProgress progress) const {
  ROWCALL_ASSERT(progress.primary);
  Outcome outcome = *std::move(progress.primary);
  outcome.row = order.row->number;
  outcome.byte_offset = order.row->byte_offset;
  outcome.incomplete = std::move(progress.incomplete);
  outcome.made = std::move(progress.made);
  outcome.reasons.insert(outcome.reasons.end(), order.row->reasons.begin(), order.row->reasons.end());
  return outcome;
}

void RowSender::GiveUp(const std::string& step, const model::Reason& last, RowProgress& progress) const {
  const auto spec = std::find_if(object_.steps.begin(), object_.steps.end(),
                                 [&](const StepSpec& candidate) { return candidate.name == step; });
  ROWCALL_ASSERT(spec != object_.steps.end());
  model::Reason reason = Unresolved(last);
  if (!spec->primary) {
    progress.incomplete.push_back({step, std::move(reason)});
    return;
  }
  Outcome outcome;
  outcome.kind = OutcomeKind::unresolved;
  outcome.reasons.push_back(std::move(reason));
  progress.primary = std::move(outcome);
}

Outcome RowSender::Cancelled(const RowOrder& order, RowProgress& progress) const {
  const model::Reason reason =
      model::Because("cancelled", "The job was ended before this was done.",
                     order.to_undo != nullptr ? "Ask for the undo again to go on." : "Retry the row to complete it.");
  if (!progress.primary) {
    Outcome outcome;
    outcome.kind = order.in_doubt ? OutcomeKind::unresolved : OutcomeKind::cancelled;
    outcome.reasons.push_back(reason);
    progress.primary = std::move(outcome);
  }
  if (order.to_undo != nullptr) {
    LeaveMade(order, reason, progress);
    return Finish(order, std::move(progress));
  }
  for (const StepSpec& step : object_.steps) {
    if (!step.primary && IsOpen(step, order, progress)) progress.incomplete.push_back({step.name, reason});
  }
  return Finish(order, std::move(progress));
}

async::Task<Result<RowSender::StepEnd>> RowSender::RunStep(const StepSpec& step, const RowOrder& order,
                                                           RowProgress& progress) {
  if (step.primary) return RunPrimary(order, progress);
  if (!step.relation.empty()) return RunRelated(step, *RelatedIn(*order.row, step.relation), order);
  return RunCall(step, progress);
}

async::Task<Result<RowSender::StepEnd>> RowSender::RunPrimary(const RowOrder& order, RowProgress& progress) {
  WriteOrder write;
  write.object = &object_;
  write.record = &order.row->record;
  write.action = order.action;
  write.match_field = order.match_field;
  write.restore_archived = order.restore_archived;
  write.keep_pre_image = order.keep_pre_image;
  write.in_doubt = order.in_doubt;
  write.by_search = order.by_search;
  write.existed_before = progress.existed_before;
  write.vendor_time = order.vendor_time;
  Result<StepEnd> end = co_await Write(write, order.row->number);
  if (end && end->existed) progress.existed_before = true;
  if (end) end->made = false;  // its outcome says so
  if (end && !end->joined_before.empty()) progress.joined_before = end->joined_before;
  co_return end;
}

async::Task<Result<std::optional<std::vector<std::string>>>> RowSender::FindUnheld(const model::Record& record,
                                                                                   std::int64_t vendor_time) {
  WriteOrder look;
  look.object = &object_;
  look.record = &record;
  look.only_look = true;
  look.vendor_time = vendor_time;
  constexpr RowNumber kNoRow = 0;
  ASSIGN_OR_CO_RETURN(StepEnd end, co_await Write(look, kNoRow));
  const bool told = end.kind == StepEnd::Kind::done;
  co_return told ? std::optional(std::move(end.free)) : std::nullopt;
}

/// Writes a related record, or remembers that an equal one was written. Rows about the same record take turns: the first
/// writes it, the others find it written.
async::Task<Result<RowSender::StepEnd>> RowSender::RunRelated(const StepSpec& step, const model::Record& record,
                                                              const RowOrder& order) {
  const connector::ObjectSpec* object = connector_.Find(object_.relations.at(step.relation));
  ROWCALL_ASSERT(object != nullptr);
  const bool can_go = object->undo && object->undo->created;
  std::string identity = IdentityOf(*object, record);
  const std::string whole = identity + "\x1f" + connector::RecordBody(record);
  std::vector<KeyLocks::Key> locks{{identity}};
  const KeyLocks::Ticket turn = co_await lane_.related_locks().Acquire(std::move(locks));
  if (step.once_per_record) {
    if (const auto written = once_.Find(whole)) {
      lane_.related_locks().Release(turn);
      StepEnd known;
      known.id = known.made_id = written->id;
      // The row's own call, whose answer was lost, may have made it before the row that tells of it wrote it.
      known.made = can_go && order.in_doubt && order.vendor_time > 0 && written->created_at >= order.vendor_time;
      co_return known;
    }
  }
  WriteOrder write;
  write.object = object;
  write.record = &record;
  write.primary = false;
  write.in_doubt = order.in_doubt;
  write.vendor_time = order.vendor_time;
  Result<StepEnd> end = co_await Write(write, order.row->number);
  if (end && end->kind == StepEnd::Kind::done && step.once_per_record) {
    once_.Remember(identity, whole, {end->id, end->created_at});
  }
  if (end && !can_go) end->made = false;
  lane_.related_locks().Release(turn);
  co_return end;
}

async::Task<Result<RowSender::StepEnd>> RowSender::Write(const WriteOrder& write, RowNumber row) {
  WriteState state;
  WriteEvent event;
  Called called;
  MonoTime last_deadline{};
  StepEnd end;
  for (;;) {
    WriteAction action = NextAction(write, state, event);
    switch (action.kind) {
      case WriteAction::Kind::call:
        called = co_await Perform(write, action);
        event.verdict = &called.verdict;
        event.body = called.body;
        if (!action.reads && !called.withdrawn) {
          last_deadline = called.deadline;
          end.again = end.again || (write.by_search && state.phase == WriteState::Phase::creating);
        }
        if (!called.withdrawn) continue;
        end.kind = StepEnd::Kind::withdrawn;
        co_return end;
      case WriteAction::Kind::ask_holder: {
        ASSIGN_OR_CO_RETURN(event.held_by_other, co_await ledger_.is_held_by_other(row, action.id));
        continue;
      }
      case WriteAction::Kind::ask_archiver: {
        ASSIGN_OR_CO_RETURN(event.archived_by_undo, co_await ledger_.was_archived_by_undo(action.id));
        continue;
      }
      case WriteAction::Kind::keep: {
        ASSIGN_OR_CO_RETURN(model::PreImage kept, co_await ledger_.keep_pre_image(row, action.image));
        end.joined_before = std::move(kept.joined_json);
        continue;
      }
      case WriteAction::Kind::end:
        end.kind = model::IsFailure(action.outcome) ? StepEnd::Kind::failed : StepEnd::Kind::done;
        break;
      case WriteAction::Kind::doubt:
        end.kind = StepEnd::Kind::doubt;
        action.reason = called.verdict.reason;
        break;
      case WriteAction::Kind::stop: end.kind = StepEnd::Kind::refused; break;
    }
    end.id = std::move(action.id);
    end.outcome = action.outcome;
    end.reason = std::move(action.reason);
    end.deadline = last_deadline;
    end.existed = state.existed;
    end.made = action.made;
    end.made_id = end.id;
    if (!write.primary) end.created_at = connector::IntAt(state.existing, write.object->created_at).value_or(0);
    for (WriteState::Found& found : state.free) end.free.push_back(std::move(found.id));
    co_return end;
  }
}

async::Task<Called> RowSender::Perform(const WriteOrder& write, const WriteAction& action) {
  const model::Record* record = write.record;
  model::Record with_key;
  if (!action.key.empty()) {
    with_key.Add(action.key_field, action.key);
    for (const model::RecordField field : write.record->Fields()) with_key.Add(field.path, field.value);
    record = &with_key;
  }
  const auto value_of = [&](std::string_view name) -> std::optional<std::string> {
    if (name == "id") return action.id.empty() ? std::nullopt : std::optional(action.id);
    const std::optional<model::Value> value = record->Find(name);
    if (!value) return std::nullopt;
    const connector::KeySpec* key = write.object->KeyOf(name);
    return key != nullptr && key->fold_lower ? AsciiLower(model::ToText(*value)) : model::ToText(*value);
  };
  const auto filled = connector::Fill(*action.call, std::cref(value_of));
  if (!filled) co_return CannotBeSent(filled.error());
  const bool own_body = filled->body.empty() && action.sends_record;
  const std::string body = own_body ? connector::RecordBody(*record, action.leave_out) : filled->body;
  Called called = co_await lane_.Call(*action.call, *filled, body, stop_, share_);
  for (int again = 1; again < kMostReads && action.reads && called.verdict.meaning == Meaning::ambiguous; ++again) {
    co_await lane_.Pause(kReadPause * again, stop_);
    called = co_await lane_.Call(*action.call, *filled, body, stop_, share_);
  }
  co_return called;
}

async::Task<Result<RowSender::StepEnd>> RowSender::RunCall(const StepSpec& step, const RowProgress& progress) {
  const auto value_of = [&](std::string_view name) -> std::optional<std::string> {
    if (!name.ends_with(".id")) return std::nullopt;
    const auto known = progress.step_ids.find(std::string(name.substr(0, name.size() - 3)));
    return known == progress.step_ids.end() ? std::nullopt : std::optional(known->second);
  };
  const auto filled = connector::Fill(*step.call, value_of);
  Called called;
  if (filled) {
    called = co_await lane_.Call(*step.call, *filled, filled->body, stop_, share_);
  } else {
    called = CannotBeSent(filled.error());
  }
  StepEnd end;
  end.deadline = called.deadline;
  end.id = called.verdict.id;
  end.reason = std::move(called.verdict.reason);
  if (called.withdrawn) {
    end.kind = StepEnd::Kind::withdrawn;
  } else if (called.verdict.meaning == Meaning::ambiguous) {
    end.kind = StepEnd::Kind::doubt;
  } else if (called.verdict.meaning == Meaning::stop) {
    end.kind = StepEnd::Kind::refused;
  } else if (called.verdict.meaning != Meaning::yes) {
    end.kind = StepEnd::Kind::failed;
  } else if (step.undo) {
    end.made_id = progress.step_ids.at(object_.JoinedBy(step));
    end.made = connector::WasNotJoined(progress.joined_before, step.name, end.made_id);
  }
  co_return end;
}

}  // namespace rowcall::dispatch
