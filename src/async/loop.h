#pragma once

#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "async/one_shot.h"
#include "async/task.h"

namespace rowcall::async {

/// How a thread shares the processors with others when they are all busy.
enum class Turns {
  ordinary,  ///< For much work.
  brief,     ///< For answers that somebody waits for: see short_turns.h.
};

/// One thread's event loop. Everything spawned on it runs on that thread, so what lives on one loop needs no lock.
/// A loop outlives what still has a result to bring to it (other loops, blocking pools, a ledger): declare it before
/// them, or wait for the results.
class Loop {
 public:
  Loop();
  /// Stops and joins, and waits for threads that are inside a call that wakes it. Tasks that still wait are destroyed,
  /// not resumed.
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  /// Runs the loop on a new thread until Stop(). `name` is shown by the system's tools (15 characters at most).
  void StartThread(std::string name, Turns turns = Turns::ordinary);
  /// Runs the loop on the calling thread until Stop(), or until there is nothing left to do. For tests and for the
  /// command line.
  void Run();
  /// Ends Run() or the thread soon; thread-safe.
  void Stop();

  /// Starts a task that nobody waits for; thread-safe. An exception out of it ends the program: it is a bug.
  void Spawn(Task<void> task);
  /// Calls `call` on the loop's thread, never from inside Post; thread-safe.
  void Post(std::move_only_function<void()> call);

  boost::asio::io_context& context() { return context_; }

 private:
  void Drive();

  boost::asio::io_context context_{1};
  const std::shared_ptr<LoopDoor> door_ = boost::asio::use_service<LoopDoorService>(context_).door();
  boost::asio::executor_work_guard<Executor> work_;
  std::thread thread_;
};

/// Runs the task that `make` returns on `loop` and brings its result back to the caller's loop. `make` is called on
/// `loop`; the caller's frame waits, so references into it stay valid.
template <typename T>
Task<T> RunOn(Loop& loop, std::move_only_function<Task<T>()> make);

/// Runs `task` on a loop of its own on the calling thread and returns its result. For tests and the command line.
template <typename T>
T RunToEnd(Loop& loop, Task<T> task);

}  // namespace rowcall::async

#include "async/loop_inl.h"
