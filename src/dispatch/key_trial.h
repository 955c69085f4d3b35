#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "async/task.h"
#include "base/result.h"
#include "connector/connector.h"
#include "connector/request.h"
#include "dispatch/lane.h"
#include "model/instance.h"

namespace rowcall::dispatch {

/// What is known of a key of class k2_once_shown at one instance. It stands in the instance's settings, "yes" or "no",
/// so that a restart need not ask again and the user can see it, or say it.
enum class Shown { nothing, enforced, not_enforced };
Shown ShownBy(const model::Instance& instance, const connector::KeySpec& key);

/// The lock that stands for this key value, of whatever row.
KeyLocks::Key LockOf(const connector::ObjectSpec& object, const connector::KeyValue& value);

/// Whether the record, as JSON, is one that a trial made and that will be archived: no row made it.
bool IsOnTrial(const connector::ObjectSpec& object, std::string_view record_json);

/// Finds out whether the service enforces a key of class k2_once_shown, once for an instance: a record that it made is
/// posted again, with its key and a mark alone. Refused, for it exists: the key is enforced. Made once more: it is not,
/// and the second one, known by its mark, is archived. That a trial was begun is durable before its call, so that no
/// second record is forgotten: one whose answer is lost, by a crash or otherwise, is searched for. One loop's thread.
class KeyTrial {
 public:
  struct Keeper {
    /// Ids of records of this object that the instance made and that are durable, newest first; some, at most.
    std::function<async::Task<Result<std::vector<std::string>>>(const std::string& object)> records_made;
    /// Puts a value into the instance's settings, durably, and replaces the lane's.
    std::function<Result<void>(const std::string& setting, const std::string& value)> keep;
  };

  /// The lane outlives the trial.
  KeyTrial(Lane& lane, Keeper keeper);

  /// One trial, if there is a record to make it with; else, or while another is under way, nothing. Then PathOf() tells
  /// more, or the caller asks again later. Ends early by `stop` only where no second record can be left behind unknown.
  async::Task<Result<void>> Run(const connector::ObjectSpec& object, const connector::KeySpec& key,
                                const StopToken& stop, RateShare& share);

 private:
  struct Subject;
  enum class Left { unknown, none, archived };
  async::Task<Result<void>> FindAndTry(Subject& subject);
  async::Task<bool> Read(Subject& subject, const std::string& id);
  bool TakeLock(Subject& subject);
  async::Task<Result<void>> Try(Subject& subject, bool may_be_left);
  Result<void> Keep(const Subject& subject, Shown shown);
  async::Task<bool> WaitUntilItShows(const Subject& subject);
  async::Task<Left> ArchiveWhatIsLeft(const Subject& subject);
  async::Task<bool> Archive(const Subject& subject, const std::string& id);
  async::Task<Called> Call(const Subject& subject, const connector::CallTemplate& call, const std::string& id,
                           std::string_view body, const StopToken& stop);

  Lane& lane_;
  Keeper keeper_;
  bool is_running_ = false;
  MonoTime look_again_at_{};  ///< For a record to make the trial with.
  Duration look_pause_;  ///< Grows while those that are there tell nothing.
  MonoTime last_deadline_;  ///< Of a call that may have made a second record: of an earlier process, at first.
};

}  // namespace rowcall::dispatch
