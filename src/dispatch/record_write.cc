#include "dispatch/record_write.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/assert.h"
#include "connector/request.h"
#include "dispatch/key_trial.h"
#include "dispatch/write_reasons.h"

namespace rowcall::dispatch {

namespace {

using connector::CallTemplate;
using connector::Meaning;
using model::Action;
using model::OutcomeKind;
using Phase = WriteState::Phase;

constexpr int kMostDetours = 3;

/// One step of the decision, with what every rule needs at hand.
class Decision {
 public:
  Decision(const WriteOrder& order, WriteState& state, const WriteEvent& event)
      : order_(order), object_(*order.object), record_(*order.record), state_(state), event_(event) {}

  WriteAction Take() {
    if (state_.phase == Phase::begin) return Begin();
    if (state_.phase == Phase::asking_holder) return OnHolder();
    if (state_.phase == Phase::asking_holders) return OnHolders();
    if (state_.phase == Phase::asking_archiver) return OnArchiver();
    if (state_.phase == Phase::keeping) return OnKept();
    switch (event_.verdict->meaning) {
      case Meaning::ambiguous: return Make(WriteAction::Kind::doubt);
      case Meaning::stop: return WithReason(WriteAction::Kind::stop);
      case Meaning::not_processed: ROWCALL_ASSERT(false);  // repeated below this level
      default: break;
    }
    return OnAnswer();
  }

 private:
  // Beginnings

  WriteAction Begin() {
    if (order_.only_look) return BeginSearch();
    if (object_.upsert) return BeginUpsert();
    if (const auto refused = NotTaken()) return *refused;
    if (order_.action == Action::update) return BeginUpdate();
    return order_.in_doubt && order_.by_search ? BeginSearch() : Create();
  }

  WriteAction BeginSearch() {
    const connector::FindSpec* find = connector::SearchFor(object_, record_);
    return find != nullptr ? Reading(Phase::searching, find->call) : End(OutcomeKind::unresolved, Why().NoSearch());
  }

  /// A value that the service would leave out without a word.
  std::optional<WriteAction> NotTaken() const {
    if (!connector::IsKeyless(object_, record_)) return std::nullopt;
    for (const std::string& field : object_.keyless->without) {
      if (record_.Has(field)) return End(OutcomeKind::failed, Why().FieldNotTaken(field));
    }
    return std::nullopt;
  }

  WriteAction BeginUpsert() {
    const connector::KeySpec& key = object_.keys.front();
    if (!record_.Has(key.field)) {
      if (!object_.lookup) return End(OutcomeKind::failed, Why().MissingKey(key.field));
      return Reading(Phase::looking_up, object_.lookup->find.call);
    }
    const connector::FindSpec* find = object_.FindBy(key.field);
    const bool may_write_at_once = order_.in_doubt && order_.action == Action::upsert && !order_.keep_pre_image;
    const bool must_know = order_.primary && !may_write_at_once;
    if (must_know && find != nullptr) return Reading(Phase::finding_for_upsert, find->call);
    return Upsert(Phase::upserting_in_doubt);
  }

  WriteAction BeginUpdate() {
    for (const connector::KeySpec& key : object_.keys) {
      if (!order_.match_field.empty() && key.field != order_.match_field) continue;
      const connector::FindSpec* find = object_.FindBy(key.field);
      if (find != nullptr && record_.Has(key.field)) return Reading(Phase::finding, find->call);
    }
    return End(OutcomeKind::failed, Why().MissingKey(order_.match_field));
  }

  // Calls

  WriteAction Create() {
    WriteAction action = Call(Phase::creating, *object_.create);
    action.sends_record = true;
    return action;
  }

  WriteAction Upsert(Phase phase) {
    WriteAction action = Call(phase, *object_.upsert);
    action.sends_record = true;
    if (!state_.key.empty()) {
      action.key_field = object_.keys.front().field;
      action.key = state_.key;
    }
    return action;
  }

  WriteAction Read() { return Reading(Phase::reading, *object_.read); }

  WriteAction Update() {
    std::vector<std::string> leave_out = KeysToLeaveOut();
    if (leave_out.size() == record_.size()) {
      // Nothing but keys: there is nothing to write, only to see that they are there.
      return state_.existing.empty() ? Read() : End(OutcomeKind::unchanged);
    }
    if (MustKeep()) return state_.existing.empty() ? Read() : Keep(Phase::updating, leave_out);
    WriteAction action = Call(Phase::updating, *object_.update);
    action.sends_record = true;
    action.leave_out = std::move(leave_out);
    return action;
  }

  /// Over the record that was found; its keys stay as they are.
  WriteAction UpsertOver() {
    if (!MustKeep()) return Upsert(Phase::upserting);
    std::vector<std::string> keys;
    for (const connector::KeySpec& key : object_.keys) keys.push_back(key.field);
    return Keep(Phase::upserting, keys);
  }

  WriteAction Restore() {
    if (MustKeep()) return Keep(Phase::restoring, {});
    return Call(Phase::restoring, *object_.restore);
  }

  // What the record held

  bool MustKeep() const { return order_.keep_pre_image && order_.primary && !state_.kept; }

  /// Nothing of a record that is archived can be read, but that it is.
  WriteAction Keep(Phase then, const std::vector<std::string>& leave_out) {
    state_.phase = Phase::keeping;
    state_.after_keeping = then;
    WriteAction action = Make(WriteAction::Kind::keep);
    action.image.vendor_id = state_.id;
    action.image.was_archived = then == Phase::restoring;
    if (then != Phase::restoring) {
      action.image.fields_json =
          connector::FlatJson(connector::FieldsBefore(object_, state_.existing, record_, leave_out));
      action.image.joined_json = connector::JoinedTo(object_, state_.existing);
    }
    return action;
  }

  WriteAction OnKept() {
    state_.kept = true;
    switch (state_.after_keeping) {
      case Phase::restoring: return Restore();
      case Phase::upserting: return Upsert(Phase::upserting);
      case Phase::ending: return EndHeld();
      default: return Update();
    }
  }

  /// An update never changes a key; it may fill one that was read as blank. `action: update` may change those that it
  /// did not find the record by.
  std::vector<std::string> KeysToLeaveOut() const {
    std::vector<std::string> keys;
    for (const connector::KeySpec& key : object_.keys) {
      if (!record_.Has(key.field) || IsSentBesideAnother(key.field)) continue;
      if (order_.action == Action::update) {
        if (key.field == MatchFieldOf(order_)) keys.push_back(key.field);
        continue;
      }
      const bool blank = !state_.existing.empty() && connector::TextAt(state_.existing, key.field).value_or("").empty();
      if (!blank) keys.push_back(key.field);
    }
    return keys;
  }

  /// Another field of the record needs it beside it; the record that is written holds the same key already.
  bool IsSentBesideAnother(const std::string& key) const {
    return std::ranges::any_of(record_.Fields(), [&](const model::RecordField& field) {
      const model::Field* known = object_.schema.Find(field.path);
      return known != nullptr && known->sent_with == key;
    });
  }

  // Answers

  WriteAction OnAnswer() {
    switch (state_.phase) {
      case Phase::finding: return OnFound();
      case Phase::finding_for_upsert: return OnFoundForUpsert();
      case Phase::looking_up: return OnLookedUp();
      case Phase::searching: return OnSearched();
      case Phase::upserting: return OnUpserted();
      case Phase::upserting_in_doubt: return OnUpsertedInDoubt();
      case Phase::creating: return OnCreated();
      case Phase::reading: return OnRead();
      case Phase::updating: return OnUpdated();
      case Phase::restoring: return OnRestored();
      case Phase::reading_restored: return OnReadRestored();
      case Phase::archiving_again: return End(OutcomeKind::failed, Why().KeyConflict());
      case Phase::begin:
      case Phase::asking_holder:
      case Phase::asking_holders:
      case Phase::asking_archiver:
      case Phase::keeping:
      case Phase::ending: break;
    }
    ROWCALL_ASSERT(false);
    return {};
  }

  WriteAction OnCreated() {
    const connector::Verdict& verdict = *event_.verdict;
    if (!verdict.id.empty()) state_.id = verdict.id;
    switch (verdict.meaning) {
      case Meaning::yes: return End(OutcomeKind::created);
      case Meaning::exists:
      case Meaning::moved: return OnExists();
      case Meaning::exists_archived:
        if (order_.restore_archived) return Restore();
        state_.phase = Phase::asking_archiver;
        return Make(WriteAction::Kind::ask_archiver);
      default: return Refused();
    }
  }

  /// What our own undo archived nobody archived on purpose.
  WriteAction OnArchiver() { return event_.archived_by_undo ? Restore() : End(OutcomeKind::failed, Why().Archived()); }

  WriteAction OnExists() {
    if (order_.in_doubt) return Read();
    state_.existed = true;
    if (order_.action == Action::create) return End(OutcomeKind::failed, Why().AlreadyExists());
    const bool several_keys = connector::KeysOf(object_, record_).size() > 1;
    return several_keys ? Read() : Update();
  }

  WriteAction OnRead() {
    if (const auto away = NotThere()) return *away;
    if (!KeepRecord()) return Make(WriteAction::Kind::doubt);
    if (order_.in_doubt && IsSince(object_.created_at) && HoldsAll()) {
      state_.phase = Phase::asking_holder;
      return Make(WriteAction::Kind::ask_holder);
    }
    return OnExisting();
  }

  WriteAction OnHolder() {
    if (!event_.held_by_other) return End(OutcomeKind::created);
    if (object_.upsert) return End(OutcomeKind::updated);
    return OnExisting();
  }

  /// A record that was not made by this row, and was read.
  WriteAction OnExisting() {
    state_.existed = true;
    if (order_.action == Action::create) return End(OutcomeKind::failed, Why().AlreadyExists());
    if (order_.action == Action::upsert && !connector::ConflictingKeys(object_, state_.existing, record_).empty()) {
      return End(OutcomeKind::failed, Why().KeyConflict());
    }
    return NothingToWrite() ? EndHeld() : Update();
  }

  /// The record holds every value already: by an attempt of ours that was carried out, or from before. What that attempt
  /// has kept stays, and is told again.
  WriteAction EndHeld() {
    if ((order_.in_doubt || state_.restored) && MustKeep()) return Keep(Phase::ending, KeysToLeaveOut());
    if (state_.restored) return End(OutcomeKind::updated);
    const bool written_by_us = order_.in_doubt && IsSince(object_.updated_at);
    return End(written_by_us ? OutcomeKind::updated : OutcomeKind::unchanged);
  }

  WriteAction OnUpdated() {
    if (const auto away = NotThere()) return *away;
    switch (event_.verdict->meaning) {
      case Meaning::yes: return End(OutcomeKind::updated);
      case Meaning::exists:
      case Meaning::exists_archived: return End(OutcomeKind::failed, Why().KeyConflict());
      default: return Refused();
    }
  }

  WriteAction OnRestored() {
    if (event_.verdict->meaning != Meaning::yes) {
      model::Reason reason = Why().Archived();
      CopyService(reason);
      return End(OutcomeKind::failed, std::move(reason));
    }
    state_.restored = true;
    state_.kept = false;
    return Reading(Phase::reading_restored, *object_.read);
  }

  WriteAction OnReadRestored() {
    if (const auto away = NotThere()) return *away;
    if (!KeepRecord()) return Make(WriteAction::Kind::doubt);
    if (!connector::ConflictingKeys(object_, state_.existing, record_).empty()) {
      return object_.archive ? Call(Phase::archiving_again, *object_.archive)
                             : End(OutcomeKind::failed, Why().KeyConflict());
    }
    return NothingToWrite() ? EndHeld() : Update();
  }

  WriteAction OnFound() {
    const Records records = Found();
    if (!records.readable) return Make(WriteAction::Kind::doubt);
    if (records.refused) return Refused();
    if (records.count == 0) return End(OutcomeKind::failed, Why().NotFound());
    if (records.count > 1) return End(OutcomeKind::failed, Why().Several());
    return OnExisting();
  }

  WriteAction OnFoundForUpsert() {
    const Records records = Found();
    if (!records.readable) return Make(WriteAction::Kind::doubt);
    if (records.refused) return Refused();
    if (records.count == 0 && order_.action == Action::update) return End(OutcomeKind::failed, Why().NotFound());
    if (records.count == 0) return Upsert(Phase::upserting);
    // In doubt, the record may be our own; if so it is as new as the window and as we wrote it.
    const bool may_be_ours = order_.in_doubt && order_.action != Action::update;
    state_.existed = true;
    if (may_be_ours && IsSince(object_.created_at) && HoldsAll()) {
      state_.phase = Phase::asking_holder;
      return Make(WriteAction::Kind::ask_holder);
    }
    if (order_.action == Action::create) return End(OutcomeKind::failed, Why().AlreadyExists());
    return NothingToWrite() ? EndHeld() : UpsertOver();
  }

  WriteAction OnLookedUp() {
    const Records records = Found();
    if (!records.readable) return Make(WriteAction::Kind::doubt);
    if (records.refused) return Refused();
    if (records.count > 1) return End(OutcomeKind::failed, Why().Several());
    if (records.count == 0) {
      if (order_.action == Action::update) return End(OutcomeKind::failed, Why().NotFound());
      state_.key = connector::MadeKey(model::ToText(*record_.Find(object_.lookup->find.by)));
      return Upsert(order_.in_doubt ? Phase::upserting_in_doubt : Phase::upserting);
    }
    state_.existed = true;
    state_.made = order_.in_doubt && IsSince(object_.created_at);
    if (state_.made && order_.primary && HoldsAll()) {
      state_.phase = Phase::asking_holder;
      return Make(WriteAction::Kind::ask_holder);
    }
    if (order_.action == Action::create) return End(OutcomeKind::failed, Why().AlreadyExists());
    if (NothingToWrite()) return EndHeld();
    state_.key = connector::TextAt(state_.existing, object_.keys.front().field).value_or("");
    return state_.key.empty() ? Update() : UpsertOver();
  }

  /// What an earlier attempt made was made since its window was opened, holds all that was sent, and is no other row's.
  WriteAction OnSearched() {
    if (event_.verdict->meaning != Meaning::yes && event_.verdict->meaning != Meaning::missing) {
      model::Reason reason = Why().Undecided("the service refuses the search");
      CopyService(reason);
      return End(OutcomeKind::unresolved, std::move(reason));
    }
    const connector::FindSpec& find = *connector::SearchFor(object_, record_);
    if (event_.verdict->meaning == Meaning::yes) {
      const auto records = connector::RecordsIn(find.call, event_.body);
      if (!records) return Make(WriteAction::Kind::doubt);
      if (find.at_most > 0 && records->size() >= find.at_most) return End(OutcomeKind::unresolved, Why().TooMany());
      for (const std::string_view record : *records) {
        state_.existing = std::string(record);
        if (MayBeOurs()) state_.found.push_back({connector::TextAt(record, find.call.id).value_or(""), HoldsAll()});
      }
      state_.existing.clear();
    }
    return AskNextHolder();
  }

  bool MayBeOurs() const {
    const bool other_kind =
        connector::IsKeyless(object_, std::string_view(state_.existing)) != connector::IsKeyless(object_, record_);
    return !other_kind && !IsOnTrial(object_, state_.existing) && IsSince(object_.created_at);
  }

  WriteAction AskNextHolder() {
    if (!state_.found.empty()) {
      state_.phase = Phase::asking_holders;
      state_.id = state_.found.back().id;
      return Make(WriteAction::Kind::ask_holder);
    }
    state_.id.clear();
    if (order_.only_look) return End(OutcomeKind::unchanged);
    if (state_.free.empty()) return Create();
    const auto equal = std::ranges::find_if(state_.free, &WriteState::Found::holds_all);
    if (std::ranges::count_if(state_.free, &WriteState::Found::holds_all) != 1) return Unclaimed();
    state_.id = equal->id;
    return End(OutcomeKind::created);
  }

  /// Neither may one be claimed nor another made: what differs may be ours, shown in another form than it was sent.
  WriteAction Unclaimed() const {
    std::string ids;
    for (const WriteState::Found& found : state_.free) ids += (ids.empty() ? "" : ", ") + found.id;
    return End(OutcomeKind::unresolved, Why().Undecided("what stands there may be this row's or not (id " + ids + ")"));
  }

  WriteAction OnHolders() {
    if (!event_.held_by_other) state_.free.push_back(state_.found.back());
    state_.found.pop_back();
    return AskNextHolder();
  }

  WriteAction OnUpserted() {
    if (event_.verdict->meaning != Meaning::yes) return Refused();
    state_.id = event_.verdict->id;
    if (!order_.primary) state_.existing = std::string(event_.body);
    state_.made = state_.made || !state_.existed;
    return End(state_.existed ? OutcomeKind::updated : OutcomeKind::created);
  }

  WriteAction OnUpsertedInDoubt() {
    if (event_.verdict->meaning != Meaning::yes) return Refused();
    state_.id = event_.verdict->id;
    state_.existing = std::string(event_.body);
    state_.made = IsSince(object_.created_at);
    if (!order_.primary || !state_.made) return End(OutcomeKind::updated);
    state_.phase = Phase::asking_holder;
    return Make(WriteAction::Kind::ask_holder);
  }

  // What an answer holds

  struct Records {
    bool readable = true;
    bool refused = false;
    std::size_t count = 0;
  };

  /// Keeps the one record that was found, with its id.
  Records Found() {
    if (event_.verdict->meaning == Meaning::missing) return {};
    if (event_.verdict->meaning != Meaning::yes) return {.refused = true};
    const CallTemplate& call = *LastFind();
    const auto records = connector::RecordsIn(call, event_.body);
    if (!records) return {.readable = false};
    if (records->size() == 1) {
      state_.existing = std::string(records->front());
      const auto id = connector::TextAt(state_.existing, call.id.empty() ? "id" : call.id);
      if (!id) return {.readable = false};
      state_.id = *id;
    }
    return {.count = records->size()};
  }

  const CallTemplate* LastFind() const {
    if (state_.phase == Phase::looking_up) return &object_.lookup->find.call;
    if (state_.phase == Phase::finding_for_upsert) return &object_.FindBy(object_.keys.front().field)->call;
    return &object_.FindBy(MatchFieldOf(order_))->call;
  }

  bool KeepRecord() {
    if (event_.verdict->meaning != Meaning::yes) return false;
    state_.existing = std::string(event_.body);
    return true;
  }

  bool HoldsAll() const { return connector::HoldsAll(object_, state_.existing, record_); }
  bool NothingToWrite() const { return HoldsAll() && connector::ShowsAll(object_, record_); }

  bool IsSince(const std::string& path) const {
    if (path.empty() || order_.vendor_time == 0) return false;
    if (order_.existed_before && path == object_.created_at) return false;
    return connector::IntAt(state_.existing, path).value_or(0) >= order_.vendor_time;
  }

  /// The record moved (follow it) or vanished (create once more).
  std::optional<WriteAction> NotThere() {
    const Meaning meaning = event_.verdict->meaning;
    if (meaning != Meaning::moved && meaning != Meaning::missing) return std::nullopt;
    if (++state_.detours > kMostDetours) return Refused();
    state_.existing.clear();
    state_.kept = false;
    if (meaning == Meaning::moved) {
      state_.id = event_.verdict->id;
      return Read();
    }
    if (order_.action == Action::update || !object_.create) return End(OutcomeKind::failed, Why().NotFound());
    state_.id.clear();
    return Create();
  }

  // Actions

  WriteAction Make(WriteAction::Kind kind) const {
    WriteAction action;
    action.kind = kind;
    action.id = state_.id;
    return action;
  }

  WriteAction Call(Phase phase, const CallTemplate& call) {
    state_.phase = phase;
    WriteAction action = Make(WriteAction::Kind::call);
    action.call = &call;
    return action;
  }

  WriteAction Reading(Phase phase, const CallTemplate& call) {
    WriteAction action = Call(phase, call);
    action.reads = true;
    return action;
  }

  WriteAction End(OutcomeKind outcome, Boxed<model::Reason> reason = {}) const {
    WriteAction action = Make(WriteAction::Kind::end);
    action.outcome = outcome;
    action.reason = std::move(reason);
    action.made = state_.made;
    return action;
  }

  WriteAction WithReason(WriteAction::Kind kind) const {
    WriteAction action = Make(kind);
    action.reason = event_.verdict->reason;
    return action;
  }

  WriteAction Refused() const { return End(OutcomeKind::failed, event_.verdict->reason); }

  WriteReasons Why() const { return {order_, state_}; }

  void CopyService(model::Reason& reason) const {
    if (event_.verdict == nullptr) return;
    const model::Reason& service = *event_.verdict->reason;
    reason.service_code = service.service_code;
    reason.service_message = service.service_message;
    reason.service_request_id = service.service_request_id;
    reason.service_status = service.service_status;
  }

  const WriteOrder& order_;
  const connector::ObjectSpec& object_;
  const model::Record& record_;
  WriteState& state_;
  const WriteEvent& event_;
};

}  // namespace

WriteAction NextAction(const WriteOrder& order, WriteState& state, const WriteEvent& event) {
  return Decision(order, state, event).Take();
}

}  // namespace rowcall::dispatch
