#include "dispatch/record_undo.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/assert.h"
#include "base/text.h"
#include "connector/request.h"

namespace rowcall::dispatch {

namespace {

using connector::Meaning;
using model::OutcomeKind;

constexpr std::size_t kFieldsToName = 5;

/// One step of the decision, with what every rule needs at hand.
class TakingBack {
 public:
  TakingBack(const UndoOrder& order, UndoState& state, const WriteEvent& event)
      : order_(order), object_(*order.object), loaded_(*order.loaded), state_(state), event_(event) {}

  WriteAction Take() {
    if (state_.phase == Phase::begin) return Begin();
    switch (event_.verdict->meaning) {
      case Meaning::ambiguous: return Make(WriteAction::Kind::doubt);
      case Meaning::stop: return Make(WriteAction::Kind::stop);
      case Meaning::not_processed: ROWCALL_ASSERT(false);  // repeated below this level
      default: break;
    }
    switch (state_.phase) {
      case Phase::reading: return OnRead();
      case Phase::archiving: return OnArchived();
      case Phase::putting_back: return OnPutBack();
      case Phase::begin: break;
    }
    ROWCALL_ASSERT(false);
    return {};
  }

 private:
  using Phase = UndoState::Phase;

  bool IsMadeByLoad() const {
    const bool overwritten = loaded_.is_ours && order_.before == nullptr;
    return loaded_.kind == OutcomeKind::created || (loaded_.kind == OutcomeKind::updated && overwritten);
  }

  WriteAction Begin() {
    if (!order_.is_related && connector::WrittenDigest(*order_.record) != loaded_.written_digest) {
      return Kept("not_comparable", NotComparable());
    }
    if (IsMadeByLoad()) {
      if (!object_.undo || !object_.undo->created) return Kept("no_undo", "the service has no way to take it back");
      if (loaded_.is_used) return Kept("loaded_since", "another job has loaded a row into it, and was not taken back");
    } else {
      if (!object_.undo || !object_.undo->updated) return Kept("no_undo", "the service has no way to write it back");
      if (order_.before == nullptr) return Kept("no_pre_image", "what it held before the load was not kept");
    }
    if (loaded_.is_kept) return Kept("later_row_kept", "a later row of the load wrote it too, and that was kept");
    state_.phase = Phase::reading;
    WriteAction action = Make(WriteAction::Kind::call);
    action.call = &*object_.read;
    action.reads = true;
    return action;
  }

  WriteAction OnRead() {
    switch (event_.verdict->meaning) {
      case Meaning::yes: break;
      case Meaning::missing: return OnMissing();
      case Meaning::moved: return Kept("merged", "it was merged into another record (id " + event_.verdict->id + ")");
      default: return Refused();
    }
    if (!IsMadeByLoad()) return OnWrittenOver();
    const std::vector<std::string> changed =
        connector::DifferingFields(object_, event_.body, *order_.record, *order_.record);
    if (const std::string by = NamesAnotherBy(changed); !by.empty()) return Kept("names_another", NamesAnother(by));
    if (!changed.empty()) return Kept("changed_since", ChangedSince(changed));
    if (!object_.undo->used_by.empty() && connector::IntAt(event_.body, object_.undo->used_by).value_or(0) > 0) {
      return Kept("in_use", "other records use it");
    }
    return Archive();
  }

  /// The field by which the row names another record than the one that was made beside it; "" = by none. A key stays
  /// when its record is renamed, so that one that was made of a name tells what that was.
  std::string NamesAnotherBy(const std::vector<std::string>& changed) const {
    if (!order_.is_related) return {};
    if (!connector::KeysOf(object_, *order_.record).empty()) {
      const std::vector<std::string> keys = connector::ConflictingKeys(object_, event_.body, *order_.record);
      return keys.empty() ? std::string() : keys.front();
    }
    if (!object_.lookup || std::ranges::find(changed, object_.lookup->find.by) == changed.end()) return {};
    const std::optional<model::Value> by = order_.record->Find(object_.lookup->find.by);
    const std::string key = connector::MadeKey(model::ToText(*by));
    const model::Record made = {{object_.lookup->make_key, key}};
    if (connector::ConflictingKeys(object_, event_.body, made).empty()) return {};
    return object_.lookup->find.by;
  }

  /// Not there any more, or archived.
  WriteAction OnMissing() {
    if (IsMadeByLoad() || loaded_.pre_image->was_archived) {
      return End(order_.in_doubt ? OutcomeKind::updated : OutcomeKind::unchanged);
    }
    return Kept("gone", "somebody archived or deleted it meanwhile");
  }

  /// A record from before the load. A field may be as it was already, by an attempt of ours or by somebody's hand.
  WriteAction OnWrittenOver() {
    const std::vector<std::string> changed =
        connector::DifferingFields(object_, event_.body, *order_.before, *order_.record);
    if (!changed.empty()) return Kept("changed_since", ChangedSince(changed));
    if (connector::HoldsAll(object_, event_.body, *order_.before)) {
      state_.put_back = order_.in_doubt;
      return AsItWas();
    }
    state_.phase = Phase::putting_back;
    WriteAction action = Make(WriteAction::Kind::call);
    action.call = &*object_.undo->updated;
    action.sends_record = true;
    return action;
  }

  WriteAction OnPutBack() {
    if (event_.verdict->meaning == Meaning::missing) return Kept("gone", "somebody archived or deleted it meanwhile");
    if (event_.verdict->meaning != Meaning::yes) return Refused();
    state_.put_back = true;
    const std::vector<std::string> left =
        connector::DifferingFields(object_, event_.body, *order_.before, *order_.before);
    if (!left.empty()) {
      state_.warning.Edit() = model::Because(
          "not_put_back",
          "The service took the old values, but does not show them: " + Listed(left, kFieldsToName) + ".",
          "Look at the record (id " + loaded_.vendor_id + "); some fields cannot be cleared.");
      state_.warning.Edit().warning = true;
    }
    return AsItWas();
  }

  WriteAction AsItWas() {
    if (loaded_.pre_image->was_archived && object_.undo->created) return Archive();
    return End(state_.put_back ? OutcomeKind::updated : OutcomeKind::unchanged, state_.warning);
  }

  WriteAction Archive() {
    state_.phase = Phase::archiving;
    WriteAction action = Make(WriteAction::Kind::call);
    action.call = &*object_.undo->created;
    return action;
  }

  WriteAction OnArchived() {
    const bool done = event_.verdict->meaning == Meaning::yes || event_.verdict->meaning == Meaning::missing;
    return done ? End(OutcomeKind::updated, state_.warning) : Refused();
  }

  // Actions

  WriteAction Make(WriteAction::Kind kind) const {
    WriteAction action;
    action.kind = kind;
    action.id = loaded_.vendor_id;
    return action;
  }

  WriteAction End(OutcomeKind outcome, Boxed<model::Reason> reason = {}) const {
    WriteAction action = Make(WriteAction::Kind::end);
    action.outcome = outcome;
    action.reason = std::move(reason);
    return action;
  }

  WriteAction Refused() const { return End(OutcomeKind::failed, event_.verdict->reason); }

  WriteAction Kept(std::string code, const std::string& why) const {
    return End(OutcomeKind::skipped,
               model::Because(std::move(code), "The " + object_.schema.name + " was left as it is: " + why + ".",
                              "If it is to go all the same, change it at the service (id " + loaded_.vendor_id + ")."));
  }

  // Reasons

  static std::string NotComparable() {
    return "the row does not read as it was written, so that nobody can tell whether it was changed since";
  }

  std::string NamesAnother(const std::string& by) const {
    return "its row names another " + object_.schema.name + " (by \"" + by +
           "\"), so that nobody can tell whether it was changed since";
  }

  static std::string ChangedSince(const std::vector<std::string>& fields) {
    return "it was changed since the load (" + Listed(fields, kFieldsToName) + ")";
  }

  const UndoOrder& order_;
  const connector::ObjectSpec& object_;
  const model::LoadedRow& loaded_;
  UndoState& state_;
  const WriteEvent& event_;
};

}  // namespace

WriteAction NextUndo(const UndoOrder& order, UndoState& state, const WriteEvent& event) {
  return TakingBack(order, state, event).Take();
}

}  // namespace rowcall::dispatch
