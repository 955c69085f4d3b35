#include "async/semaphore.h"

#include <iterator>
#include <utility>

namespace rowcall::async {

Task<void> Semaphore::Acquire() {
  if (TryAcquire()) co_return;
  auto suspended = [this](auto resume) { waiters_.emplace_back(std::move(resume)); };
  co_await Suspend(std::move(suspended));  // Release() hands its permit straight over
}

void Semaphore::Release() {
  if (waiters_.empty()) {
    ++free_;
    return;
  }
  auto resume = std::move(waiters_.front());
  waiters_.pop_front();
  resume();
}

Task<void> Signal::Wait() {
  auto suspended = [this](auto resume) { waiters_.push_back({.resume = std::move(resume)}); };
  co_await Suspend(std::move(suspended));
}

Task<bool> Signal::WaitUntil(Timers& timers, MonoTime at) {
  bool notified = false;
  auto suspended = [&](auto resume) {
    waiters_.push_back({.resume = std::move(resume), .notified = &notified, .timers = &timers});
    const auto waiter = std::prev(waiters_.end());
    auto ring = [this, waiter] {
      auto go_on = std::move(waiter->resume);
      waiters_.erase(waiter);
      go_on();
    };
    waiter->alarm = timers.Schedule(at, std::move(ring));
  };
  co_await Suspend(std::move(suspended));
  co_return notified;
}

void Signal::NotifyAll() {
  std::list<Waiter> woken = std::exchange(waiters_, {});
  for (Waiter& waiter : woken) {
    if (waiter.timers != nullptr) waiter.timers->Cancel(waiter.alarm);
    if (waiter.notified != nullptr) *waiter.notified = true;
    waiter.resume();
  }
}

}  // namespace rowcall::async
