#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>

#include "async/loop.h"
#include "base/clock.h"

namespace rowcall::async {

/// All waiting for time goes through here, so that a test or a simulation can own it. Used on one loop's thread only.
class Timers {
 public:
  /// 0 = no alarm.
  using AlarmId = std::uint64_t;

  virtual ~Timers() = default;
  virtual const Clock& clock() const = 0;
  /// Calls `ring` once, at or soon after `at`, on the loop.
  virtual AlarmId Schedule(MonoTime at, std::move_only_function<void()> ring) = 0;
  /// After this, `ring` will not be called. An alarm that rang already, and 0, are fine.
  virtual void Cancel(AlarmId alarm) = 0;

  Task<void> SleepUntil(MonoTime at);
  Task<void> SleepFor(Duration duration);
};

/// Real time, on one loop.
class LoopTimers final : public Timers {
 public:
  /// `clock` must keep the pace of real time; both outlive this object.
  LoopTimers(Loop& loop, const Clock& clock);
  ~LoopTimers() override;
  const Clock& clock() const override { return clock_; }
  AlarmId Schedule(MonoTime at, std::move_only_function<void()> ring) override;
  void Cancel(AlarmId alarm) override;

 private:
  struct Timer;
  void Arm();
  void RingDue();

  const Clock& clock_;
  std::unique_ptr<Timer> timer_;
  std::map<std::pair<MonoTime, AlarmId>, std::move_only_function<void()>> alarms_;
  std::map<AlarmId, MonoTime> when_;
  MonoTime armed_for_ = MonoTime::max();
  AlarmId next_id_ = 1;
};

/// Time that moves only when told to. Alarms ring inside Advance, in order of time.
class FakeTimers final : public Timers {
 public:
  explicit FakeTimers(FakeClock& clock) : clock_(clock) {}
  const Clock& clock() const override { return clock_; }
  AlarmId Schedule(MonoTime at, std::move_only_function<void()> ring) override;
  void Cancel(AlarmId alarm) override;
  void Advance(Duration by);
  bool empty() const { return alarms_.empty(); }
  /// When the next alarm is due; nullopt if there is none.
  std::optional<MonoTime> next_at() const {
    return alarms_.empty() ? std::nullopt : std::optional(alarms_.begin()->first.first);
  }

 private:
  FakeClock& clock_;
  std::map<std::pair<MonoTime, AlarmId>, std::move_only_function<void()>> alarms_;
  AlarmId next_id_ = 1;
};

}  // namespace rowcall::async
