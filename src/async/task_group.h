#pragma once

#include <cstddef>

#include "async/loop.h"
#include "async/semaphore.h"

namespace rowcall::async {

/// Owns the count of tasks started together on one loop. Whoever makes a group must Join() it before it ends: no task
/// outlives the frame whose references it holds.
class TaskGroup {
 public:
  /// At most `limit` tasks at a time.
  TaskGroup(Loop& loop, std::size_t limit) : loop_(loop), slots_(limit) {}
  ~TaskGroup();  ///< Asserts that it was joined.
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;

  /// Starts `task`, first waiting until fewer than `limit` run.
  Task<void> Add(Task<void> task);
  /// Starts `task` at once. Not if full().
  void Start(Task<void> task);
  bool full() const { return slots_.free() == 0; }
  /// Waits until none runs. May be called again after further Add()s.
  Task<void> Join();
  std::size_t running() const { return running_; }

 private:
  void Launch(Task<void> task);
  Task<void> Hold(Task<void> task);

  Loop& loop_;
  Semaphore slots_;
  Signal ended_;
  std::size_t running_ = 0;
};

}  // namespace rowcall::async
