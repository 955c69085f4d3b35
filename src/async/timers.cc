#include "async/timers.h"

#include <boost/asio/basic_waitable_timer.hpp>

#include <algorithm>
#include <vector>

namespace rowcall::async {

Task<void> Timers::SleepUntil(MonoTime at) {
  auto suspended = [this, at](auto resume) { Schedule(at, std::move(resume)); };
  co_await Suspend(std::move(suspended));
}

Task<void> Timers::SleepFor(Duration duration) { return SleepUntil(clock().MonotonicNow() + duration); }

struct LoopTimers::Timer {
  explicit Timer(boost::asio::io_context& context) : timer(context) {}
  boost::asio::basic_waitable_timer<std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>,
                                    Executor>
      timer;
};

LoopTimers::LoopTimers(Loop& loop, const Clock& clock)
    : clock_(clock), timer_(std::make_unique<Timer>(loop.context())) {}

LoopTimers::~LoopTimers() = default;

Timers::AlarmId LoopTimers::Schedule(MonoTime at, std::move_only_function<void()> ring) {
  const AlarmId id = next_id_++;
  alarms_.emplace(std::pair(at, id), std::move(ring));
  when_.emplace(id, at);
  if (at < armed_for_) Arm();
  return id;
}

void LoopTimers::Cancel(AlarmId alarm) {
  const auto found = when_.find(alarm);
  if (found == when_.end()) return;
  alarms_.erase({found->second, alarm});
  when_.erase(found);
}

void LoopTimers::Arm() {
  if (alarms_.empty()) {
    armed_for_ = MonoTime::max();
    return;
  }
  armed_for_ = alarms_.begin()->first.first;
  timer_->timer.expires_after(armed_for_ - clock_.MonotonicNow());
  timer_->timer.async_wait([this](const boost::system::error_code& error) {
    if (!error) RingDue();  // an error means: armed anew, or this object is gone
  });
}

void LoopTimers::RingDue() {
  const MonoTime now = clock_.MonotonicNow();
  while (!alarms_.empty() && alarms_.begin()->first.first <= now) {
    auto due = alarms_.extract(alarms_.begin());
    when_.erase(due.key().second);
    due.mapped()();
  }
  Arm();
}

Timers::AlarmId FakeTimers::Schedule(MonoTime at, std::move_only_function<void()> ring) {
  const AlarmId id = next_id_++;
  alarms_.emplace(std::pair(at, id), std::move(ring));
  return id;
}

void FakeTimers::Cancel(AlarmId alarm) {
  std::erase_if(alarms_, [alarm](const auto& scheduled) { return scheduled.first.second == alarm; });
}

void FakeTimers::Advance(Duration by) {
  const MonoTime end = clock_.MonotonicNow() + by;
  while (!alarms_.empty() && alarms_.begin()->first.first <= end) {
    auto due = alarms_.extract(alarms_.begin());
    clock_.Advance(std::max(Duration(0), due.key().first - clock_.MonotonicNow()));
    due.mapped()();
  }
  clock_.Advance(end - clock_.MonotonicNow());
}

}  // namespace rowcall::async
