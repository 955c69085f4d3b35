#include "dispatch/key_trial.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/failpoint.h"
#include "base/log.h"
#include "connector/answer.h"

namespace rowcall::dispatch {

namespace {

using connector::KeySpec;
using connector::Meaning;
using connector::ObjectSpec;

constexpr char kMark[] = "Rowcall key trial (to be archived)";
constexpr std::string_view kBegun = "trial with ";  // and the id of the record
constexpr int kMostAttempts = 5;
constexpr Duration kLookAgain = std::chrono::milliseconds(200);
constexpr Duration kLongestLookPause = std::chrono::seconds(30);

std::string SettingOf(const model::Instance& instance, const std::string& key) {
  const auto set = instance.configuration.find(key);
  return set == instance.configuration.end() ? "" : set->second;
}

const KeySpec* KeyOnTrial(const ObjectSpec& object) {
  const auto found = std::ranges::find_if(
      object.keys, [](const KeySpec& key) { return key.key_class == connector::KeyClass::k2_once_shown; });
  return found == object.keys.end() ? nullptr : &*found;
}

bool IsBlankAt(std::string_view record_json, const std::string& field) {
  return connector::TextAt(record_json, field).value_or("").empty();
}

/// Only a record that is held by this key alone tells something about it.
bool IsHeldByAlone(const ObjectSpec& object, const KeySpec& key, std::string_view record_json) {
  return !connector::IsKeyless(object, record_json) && !IsOnTrial(object, record_json) &&
         std::ranges::all_of(object.keys, [&](const KeySpec& other) {
           return IsBlankAt(record_json, other.field) == (other.field != key.field);
         });
}

}  // namespace

Shown ShownBy(const model::Instance& instance, const KeySpec& key) {
  const std::string value = SettingOf(instance, key.setting);
  if (value == "yes") return Shown::enforced;
  return value == "no" ? Shown::not_enforced : Shown::nothing;
}

KeyLocks::Key LockOf(const ObjectSpec& object, const connector::KeyValue& value) {
  return {object.schema.name + "\x1f" + value.field + "\x1f" + value.folded};
}

bool IsOnTrial(const ObjectSpec& object, std::string_view record_json) {
  const KeySpec* key = KeyOnTrial(object);
  return key != nullptr && connector::TextAt(record_json, key->mark) == kMark;
}

/// What a trial is about, and who asks for it.
struct KeyTrial::Subject {
  const ObjectSpec& object;
  const KeySpec& key;
  const StopToken& stop;
  RateShare& share;
  std::string id;  ///< Of the record that is posted again.
  model::Record record;  ///< What is posted: its key, and the mark.
  KeyLocks::Ticket lock = 0;  ///< No row shall meet the second record.
};

KeyTrial::KeyTrial(Lane& lane, Keeper keeper)
    : lane_(lane),
      keeper_(std::move(keeper)),
      look_pause_(kLookAgain),
      last_deadline_(lane.timers().clock().MonotonicNow() + lane.connector().deadline) {}

async::Task<Result<void>> KeyTrial::Run(const ObjectSpec& object, const KeySpec& key, const StopToken& stop,
                                        RateShare& share) {
  const MonoTime now = lane_.timers().clock().MonotonicNow();
  const bool is_known = ShownBy(*lane_.instance(), key) != Shown::nothing;
  if (is_running_ || is_known || now < look_again_at_) co_return Result<void>();
  is_running_ = true;
  look_again_at_ = now + look_pause_;
  Subject subject{object, key, stop, share, {}, {}};
  Result<void> done = co_await FindAndTry(subject);
  lane_.key_locks().Release(subject.lock);
  is_running_ = false;
  lane_.Wake();
  co_return done;
}

async::Task<Result<void>> KeyTrial::FindAndTry(Subject& subject) {
  const std::string begun = SettingOf(*lane_.instance(), subject.key.setting);
  if (begun.starts_with(kBegun)) {
    // An earlier one, of which nothing more is known.
    const std::string id = begun.substr(kBegun.size());
    const bool is_there = co_await Read(subject, id);
    if (is_there) co_return co_await Try(subject, true);
    Log(LogLevel::warning, "key_trial_lost", {{"field", subject.key.field}, {"record", id}});
  }
  ASSIGN_OR_CO_RETURN(const std::vector<std::string> made, co_await keeper_.records_made(subject.object.schema.name));
  for (const std::string& id : made) {
    if (subject.stop.stopped) break;
    const bool is_there = co_await Read(subject, id);
    if (is_there && TakeLock(subject)) co_return co_await Try(subject, false);
  }
  if (!made.empty()) look_pause_ = std::min(look_pause_ * 2, kLongestLookPause);  // each look was that many calls
  co_return Result<void>();
}

/// Whether that record can tell something.
async::Task<bool> KeyTrial::Read(Subject& subject, const std::string& id) {
  const Called called = co_await Call(subject, *subject.object.read, id, "", subject.stop);
  if (called.withdrawn || called.verdict.meaning != Meaning::yes) co_return false;
  if (!IsHeldByAlone(subject.object, subject.key, called.body)) co_return false;
  subject.id = id;
  subject.record = {{subject.key.field, *connector::TextAt(called.body, subject.key.field)}, {subject.key.mark, kMark}};
  co_return true;
}

/// False: a row is at it.
bool KeyTrial::TakeLock(Subject& subject) {
  const connector::KeyValue value = connector::KeysOf(subject.object, subject.record).front();
  const KeyLocks::Ticket ticket = lane_.key_locks().Ask({LockOf(subject.object, value)}, [] {});
  if (lane_.key_locks().IsHeld(ticket)) {
    subject.lock = ticket;
  } else {
    lane_.key_locks().Release(ticket);
  }
  return subject.lock != 0;
}

/// `may_be_left`: a second record may stand there by a call whose answer is not known.
async::Task<Result<void>> KeyTrial::Try(Subject& subject, bool may_be_left) {
  if (!may_be_left) {
    CO_RETURN_IF_ERROR(keeper_.keep(subject.key.setting, std::string(kBegun) + subject.id));
    Failpoint("trial.begun");
  }
  const std::string body = connector::RecordBody(subject.record);
  for (int attempt = 0; attempt < kMostAttempts; ++attempt) {
    if (may_be_left) {
      const bool shows = co_await WaitUntilItShows(subject);
      const Left left = shows ? co_await ArchiveWhatIsLeft(subject) : Left::unknown;
      if (left == Left::unknown) co_return Result<void>();
      if (left == Left::archived) co_return Keep(subject, Shown::not_enforced);
    }
    const Called called = co_await Call(subject, *subject.object.create, "", body, subject.stop);
    if (called.withdrawn) co_return Result<void>();
    last_deadline_ = called.deadline;
    Failpoint("trial.posted");
    switch (called.verdict.meaning) {
      case Meaning::stop: co_return Result<void>();
      case Meaning::ambiguous: may_be_left = true; continue;
      case Meaning::exists:
      case Meaning::exists_archived: co_return Keep(subject, Shown::enforced);
      case Meaning::yes:
        if (called.verdict.id != subject.id) {
          const bool archived = co_await Archive(subject, called.verdict.id);
          if (!archived) co_return Result<void>();
        }
        break;
      default: break;  // refused for another cause: this key alone settles nothing
    }
    co_return Keep(subject, Shown::not_enforced);
  }
  co_return Result<void>();
}

Result<void> KeyTrial::Keep(const Subject& subject, Shown shown) {
  const char* const value = shown == Shown::enforced ? "yes" : "no";
  Log(LogLevel::info, "key_trial", {{"field", subject.key.field}, {"enforced", value}});
  return keeper_.keep(subject.key.setting, value);
}

/// False: stopped before.
async::Task<bool> KeyTrial::WaitUntilItShows(const Subject& subject) {
  const MonoTime shows_at = last_deadline_ + lane_.late() + lane_.search_lag();
  const MonoTime now = lane_.timers().clock().MonotonicNow();
  if (now < shows_at) co_await lane_.Pause(shows_at - now, subject.stop);
  co_return !subject.stop.stopped;
}

async::Task<KeyTrial::Left> KeyTrial::ArchiveWhatIsLeft(const Subject& subject) {
  const connector::FindSpec& find = *subject.object.FindBy(subject.key.field);
  const Called called = co_await Call(subject, find.call, "", "", subject.stop);
  if (called.withdrawn) co_return Left::unknown;
  if (called.verdict.meaning == Meaning::missing) co_return Left::none;
  if (called.verdict.meaning != Meaning::yes) co_return Left::unknown;
  const auto records = connector::RecordsIn(find.call, called.body);
  if (!records || (find.at_most > 0 && records->size() >= find.at_most)) co_return Left::unknown;
  std::vector<std::string> left;
  for (const std::string_view record : *records) {
    if (IsOnTrial(subject.object, record)) left.push_back(connector::TextAt(record, find.call.id).value_or(""));
  }
  for (const std::string& id : left) {
    const bool archived = co_await Archive(subject, id);
    if (!archived) co_return Left::unknown;
  }
  co_return left.empty() ? Left::none : Left::archived;
}

/// Of one's own making, so it is done though the job that asked is stopped.
async::Task<bool> KeyTrial::Archive(const Subject& subject, const std::string& id) {
  const StopToken never;
  for (int attempt = 0; attempt < kMostAttempts; ++attempt) {
    const Called called = co_await Call(subject, *subject.object.archive, id, "", never);
    const Meaning meaning = called.verdict.meaning;
    if (meaning == Meaning::yes || meaning == Meaning::missing) co_return true;
    if (meaning != Meaning::ambiguous) break;
  }
  co_return false;
}

async::Task<Called> KeyTrial::Call(const Subject& subject, const connector::CallTemplate& call, const std::string& id,
                                   std::string_view body, const StopToken& stop) {
  const auto value_of = [&](std::string_view name) -> std::optional<std::string> {
    if (name == "id") return id;
    for (const connector::KeyValue& key : connector::KeysOf(subject.object, subject.record)) {
      if (key.field == name) return key.folded;
    }
    return std::nullopt;
  };
  const auto filled = connector::Fill(call, value_of);
  Called called;
  called.verdict.meaning = Meaning::no;
  if (filled) called = co_await lane_.Call(call, *filled, body.empty() ? filled->body : body, stop, subject.share);
  co_return called;
}

}  // namespace rowcall::dispatch
