#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <list>

#include "async/one_shot.h"
#include "async/task.h"
#include "async/timers.h"

namespace rowcall::async {

/// Permits for tasks of one loop; who waits first is served first. Not thread-safe.
class Semaphore {
 public:
  explicit Semaphore(std::size_t permits) : free_(permits) {}
  Semaphore(const Semaphore&) = delete;
  Semaphore& operator=(const Semaphore&) = delete;

  /// Takes a permit, waiting for one if there is none.
  Task<void> Acquire();
  /// Takes a permit if there is one: cheaper than a task that need not wait.
  bool TryAcquire() {
    if (free_ == 0) return false;
    --free_;
    return true;
  }
  /// Gives one back.
  void Release();
  std::size_t free() const { return free_; }
  std::size_t waiting() const { return waiters_.size(); }

 private:
  std::size_t free_;
  std::deque<std::move_only_function<void()>> waiters_;
};

/// Wakes every task of one loop that waits, each time it is notified. Not thread-safe. A waiter checks its condition
/// again when it wakes.
class Signal {
 public:
  Task<void> Wait();
  /// Waits until notified (then true) or until `at` (then false).
  Task<bool> WaitUntil(Timers& timers, MonoTime at);
  void NotifyAll();

 private:
  struct Waiter {
    std::move_only_function<void()> resume;
    bool* notified = nullptr;  ///< In the waiting frame; null for Wait().
    Timers* timers = nullptr;
    Timers::AlarmId alarm = 0;
  };
  std::list<Waiter> waiters_;
};

}  // namespace rowcall::async
