#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "base/boxed.h"
#include "dispatch/lane.h"
#include "dispatch/once_cache.h"
#include "dispatch/record_undo.h"
#include "dispatch/record_write.h"
#include "model/job.h"
#include "model/loaded_row.h"
#include "model/outcome.h"
#include "model/record.h"

namespace rowcall::dispatch {

/// What is known of a row's steps while the process lives; kept by the caller across attempts, so that a step that has
/// ended is not done twice. After a crash it is empty: every step can be repeated.
struct RowProgress {
  std::map<std::string, std::string> step_ids;  ///< Step → the id it ended with.
  std::optional<model::Outcome> primary;        ///< Once the primary step has ended.
  bool existed_before = false;                  ///< As WriteOrder says, of the primary step.
  std::vector<model::IncompleteStep> incomplete;
  std::string joined_before;  ///< As PreImage says, of the primary step's record; "" = not known.
  std::vector<model::MadeRecord> made;  ///< By steps beside the primary one.
};

struct RowOrder {
  const model::MappedRow* row = nullptr;
  model::Action action = model::Action::upsert;
  std::string match_field;
  bool restore_archived = false;
  bool keep_pre_image = false;
  const model::LoadedRow* to_undo =
      nullptr;  ///< Not null: the row is taken back; what became of it when it was loaded.
  bool in_doubt = false;          ///< An earlier attempt may have been carried out.
  bool by_search = false;         ///< As WriteOrder says, of the primary step.
  std::int64_t vendor_time = 0;   ///< Of the window of the first attempt.
};

struct Sent {
  enum class Kind {
    ended,      ///< `outcome` is the row's.
    in_doubt,   ///< Step `step` had no definite answer.
    refused,    ///< The service refuses the whole instance. Wait for its sign-in, then try again.
    withdrawn,  ///< Given up by the StopToken before anything ambiguous was sent in this attempt.
  };
  Kind kind = Kind::ended;
  model::Outcome outcome;
  std::string step;
  Boxed<model::Reason> reason;  ///< in_doubt: why.
  bool again = false;  ///< It was searched for, not found, and sent once more: if the search was wrong, there are two.
  /// in_doubt: of the last call that may have changed something; +Lane::late() it can have no late effect. The epoch: this
  /// attempt made none.
  MonoTime last_deadline{};
};

/// How a row in doubt finds out what became of it.
enum class DoubtPath {
  send_again,  ///< At once: by its key the service tells what is there.
  search,  ///< No key holds it: it is searched for, once the index shows whatever the lost call may have made.
  ask_trial,  ///< Which of the two, a trial of its key must show (key_trial.h). To search is right in any case.
};
/// As far as the instance's settings tell now.
DoubtPath PathOf(const connector::ObjectSpec& object, const model::Record& record, model::Action action,
                 const model::Instance& instance);

/// What is asked of the ledger, and told it, while a row is sent.
struct LedgerCalls {
  /// Whether another row of ours ended with this record.
  std::function<async::Task<Result<bool>>(RowNumber row, const std::string& vendor_id)> is_held_by_other;
  /// Whether an undo of ours archived this record.
  std::function<async::Task<Result<bool>>(const std::string& vendor_id)> was_archived_by_undo;
  /// Whether a row of another job than the one that is taken back was loaded into this record.
  std::function<async::Task<Result<bool>>(const std::string& vendor_id)> is_used_by_other_job;
  /// Gives back what is kept.
  std::function<async::Task<Result<model::PreImage>>(RowNumber row, const model::PreImage& image)> keep_pre_image;
};

/// Takes a row through its steps, in the order of the connector's file: the object that was asked for, related records,
/// what joins them. Decides nothing durable and writes no ledger. One loop's thread.
class RowSender {
 public:
  /// References outlive the sender.
  RowSender(Lane& lane, const connector::Connector& connector, const connector::ObjectSpec& object, LedgerCalls ledger,
            const StopToken& stop, RateShare& share);

  /// One attempt at all steps that have not ended. Fails only if the ledger cannot be read or written.
  async::Task<Result<Sent>> Send(const RowOrder& order, RowProgress& progress);

  /// No further attempt at `step` will be made: the row is `unresolved` if it is the primary one, else incomplete. Then
  /// Send() goes on with the steps behind it.
  void GiveUp(const std::string& step, const model::Reason& last, RowProgress& progress) const;
  /// The outcome of a row that is given up on the user's word: what was done stays, what was not is said.
  model::Outcome Cancelled(const RowOrder& order, RowProgress& progress) const;

  /// Takes back a related record that a step of `row` had made; behind all rows, for others of them may use it. It goes
  /// if nothing uses it and if it is as the row had written it. One attempt, which may be made again; the outcome is as
  /// NextUndo says. `before_change` is called before each call that may change something; if it fails, nothing is sent.
  /// Fails as that does, or if the ledger cannot be read.
  using BeforeChange = std::function<async::Task<Result<void>>()>;
  async::Task<Result<Sent>> TakeBackMade(const model::MappedRow& row, const model::MadeRecord& made,
                                         const BeforeChange& before_change);

  /// The records that a search finds now, that may have been made of this row since `vendor_time`, and that no row holds,
  /// this one included. nullopt: it gave no answer from which that could be told.
  async::Task<Result<std::optional<std::vector<std::string>>>> FindUnheld(const model::Record& record,
                                                                          std::int64_t vendor_time);

  /// The keys that the row must hold while it is sent, with the object's name in front: its own alone, those of related
  /// records together with rows that write the same there. So a related record too ends with the last row's values.
  /// `to_undo`: as RowOrder says. Then the record itself is held too.
  std::vector<KeyLocks::Key> LocksOf(const model::MappedRow& row, const model::LoadedRow* to_undo) const;
  /// The key that must be held for TakeBackMade(): from before the first attempt until no call of one can take effect;
  /// durably, before the first call that may change something.
  std::vector<KeyLocks::Key> LocksOfMade(const model::MappedRow& row, const model::MadeRecord& made) const;

 private:
  struct StepEnd;
  async::Task<Result<StepEnd>> RunStep(const connector::StepSpec& step, const RowOrder& order, RowProgress& progress);
  async::Task<Result<StepEnd>> RunPrimary(const RowOrder& order, RowProgress& progress);
  async::Task<Result<StepEnd>> RunRelated(const connector::StepSpec& step, const model::Record& record,
                                          const RowOrder& order);
  async::Task<Result<StepEnd>> Write(const WriteOrder& write, RowNumber row);
  async::Task<Result<StepEnd>> RunCall(const connector::StepSpec& step, const RowProgress& progress);
  async::Task<Called> Perform(const WriteOrder& write, const WriteAction& action);
  static bool GoesOn(const std::string& step, StepEnd& end, Sent& sent);
  bool Settle(const connector::StepSpec& step, const RowOrder& order, StepEnd end, RowProgress& progress,
              Sent& sent) const;
  bool IsOpen(const connector::StepSpec& step, const RowOrder& order, const RowProgress& progress) const;
  model::Outcome Finish(const RowOrder& order, RowProgress progress) const;

  // Taking back (row_undo.cc)
  async::Task<Result<Sent>> TakeBack(const RowOrder& order, RowProgress& progress);
  static bool IsToGo(const model::MadeRecord& made, const RowProgress& progress);
  UndoOrder OrderToUndo(const model::MappedRow& row, const model::MadeRecord& made) const;
  const connector::StepSpec* JoinBy(const model::MadeRecord& made) const;
  void LeaveMade(const RowOrder& order, const model::Reason& reason, RowProgress& progress) const;
  async::Task<Result<StepEnd>> TakeBackPrimary(const RowOrder& order);
  async::Task<StepEnd> Part(const connector::StepSpec& step, const RowOrder& order, const model::MadeRecord& made);
  async::Task<Result<StepEnd>> Undo(const UndoOrder& undo, const BeforeChange& before_change);

  Lane& lane_;
  const connector::Connector& connector_;
  const connector::ObjectSpec& object_;
  LedgerCalls ledger_;
  const StopToken& stop_;
  RateShare& share_;
  OnceCache once_{65'536};  ///< Of this job: what another load knew may be gone at the service.
};

}  // namespace rowcall::dispatch
