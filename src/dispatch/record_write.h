#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/boxed.h"
#include "connector/answer.h"
#include "connector/connector.h"
#include "model/job.h"
#include "model/loaded_row.h"
#include "model/outcome.h"
#include "model/record.h"

namespace rowcall::dispatch {

/// What is to be written, and what is known beforehand. Constant while it is written.
struct WriteOrder {
  const connector::ObjectSpec* object = nullptr;
  const model::Record* record = nullptr;
  model::Action action = model::Action::upsert;
  std::string match_field;  ///< For `update`: find by this field; "" = by the strongest key that the record has.
  bool restore_archived = false;
  bool keep_pre_image = false;  ///< Before a record is written over, it is read, and what it held is kept.
  bool primary = true;  ///< false: a related record; whether it was made or only found does not matter.
  bool in_doubt = false;  ///< An earlier attempt may have been carried out.
  /// In doubt, and no key of the service holds the record: it is searched for, and sent again only if it is not there.
  /// Set it only when the index shows whatever an earlier attempt may have made.
  bool by_search = false;
  /// Nothing is sent: the write ends `unchanged` where the search could be made, and `WriteState::free` names the
  /// records that may be of this order and that no row holds.
  bool only_look = false;
  bool existed_before = false;  ///< An earlier attempt was told, without doubt, that the record was there already.
  std::int64_t vendor_time = 0;  ///< The service's clock before the first attempt, epoch seconds.
};

/// Where a write stands. Begins as WriteState{}.
struct WriteState {
  enum class Phase {
    begin,
    finding,  // keyed read before an update
    finding_for_upsert,  // keyed read that tells created from updated
    looking_up,  // by another field, for a record without a key
    searching,  // for what an earlier attempt may have made
    asking_holders,  // are the records that were found other rows'?
    upserting,
    upserting_in_doubt,
    creating,
    reading,  // after "exists"
    asking_holder,  // is the record another row's?
    asking_archiver,  // did our own undo archive it?
    keeping,  // what the record held
    ending,  // nothing is to be written any more
    updating,
    restoring,
    reading_restored,
    archiving_again,
  };
  Phase phase = Phase::begin;
  std::string id;  ///< The record's id at the service, once known.
  std::string key;  ///< The key value to upsert by, where the record has none of its own.
  std::string existing;  ///< The record as it was read, as JSON.
  struct Found {
    std::string id;
    bool holds_all = false;  ///< All that was sent.
  };
  std::vector<Found> found;  ///< Records that an earlier attempt may have made: the last is asked about.
  std::vector<Found> free;  ///< Of these, those that no other row holds.
  bool existed = false;  ///< It was there before this row wrote anything, for certain.
  bool made = false;  ///< By this write or, as it seems, by an attempt before it. Told of related records alone.
  bool kept = false;  ///< What the record held is durable.
  Phase after_keeping = Phase::updating;
  bool restored = false;
  int detours = 0;  ///< How often the record moved or vanished under us; bounded.
};

/// What happened: an answer to the last call, or to a question.
struct WriteEvent {
  const connector::Verdict* verdict = nullptr;
  std::string_view body;
  bool held_by_other = false;
  bool archived_by_undo = false;
};

/// What to do next.
struct WriteAction {
  enum class Kind {
    call,  ///< Make `call`: fill it from the record and `id`; send the record if `sends_record`.
    ask_holder,  ///< Find out whether another row of ours ended with record `id`.
    ask_archiver,  ///< Find out whether an undo of ours archived record `id`.
    keep,  ///< Make `image` durable, unless one of this record is; then go on.
    end,  ///< The write has ended: `kind`, `id`, `reason`.
    doubt,  ///< No definite answer: begin again later with in_doubt set.
    stop,  ///< The service refuses the whole instance.
  };
  Kind kind = Kind::end;
  const connector::CallTemplate* call = nullptr;
  bool sends_record = false;
  bool reads = false;  ///< Changes nothing at the service, so it may be repeated at once.
  std::vector<std::string> leave_out;  ///< Fields not to send.
  std::string key_field, key;  ///< A field to add to the record that is sent; "" = none.
  std::string id;
  model::PreImage image;
  model::OutcomeKind outcome = model::OutcomeKind::failed;
  Boxed<model::Reason> reason;
  bool made = false;  ///< As WriteState says.
};

/// The next action of a write: a pure function of order, state and event (row-by-row rules: docs/life-of-a-bulk-job.md).
/// The first call's event is ignored. Create first and read the id out of a refusal, never search first: an index lags.
WriteAction NextAction(const WriteOrder& order, WriteState& state, const WriteEvent& event);

}  // namespace rowcall::dispatch
