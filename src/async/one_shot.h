#pragma once

#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "async/loop_door.h"
#include "async/task.h"

namespace rowcall::async {

/// Suspends the calling task; `suspended(resume)` gets the function that resumes it, to be called exactly once, from
/// any thread. The task goes on through its loop's queue, never inside that call.
template <typename Suspended>
Task<void> Suspend(Suspended suspended) {
  const Executor executor = co_await boost::asio::this_coro::executor;
  auto start = [&](auto handler) {
    std::shared_ptr<LoopDoor> door = boost::asio::use_service<LoopDoorService>(executor.context()).door();
    suspended([executor, door = std::move(door), handler = std::move(handler)]() mutable {
      door->Through(executor, [&] { boost::asio::post(executor, std::move(handler)); });
    });
  };
  co_await boost::asio::async_initiate<const UseTask, void()>(start, use_task);
}

/// A value that one thread sets once and one task waits for. The setter may run before or after the wait, on any
/// thread. Both sides share the state, so either may end first.
template <typename T>
class OneShot {
 public:
  OneShot() : state_(std::make_shared<State>()) {}

  /// Thread-safe; once.
  void Set(T value) {
    std::unique_lock lock(state_->mutex);
    state_->value.emplace(std::move(value));
    auto resume = std::exchange(state_->resume, nullptr);
    lock.unlock();
    if (resume) resume();
  }

  /// By one task, once.
  Task<T> Wait() {
    const std::shared_ptr<State> state = state_;  // owners: this OneShot's copies, this frame
    auto suspended = [&state](auto resume) {
      std::unique_lock lock(state->mutex);
      if (state->value.has_value()) {
        lock.unlock();
        resume();
      } else {
        state->resume = std::move(resume);
      }
    };
    co_await Suspend(std::move(suspended));
    co_return *std::move(state->value);
  }

 private:
  struct State {
    std::mutex mutex;
    std::optional<T> value;
    std::move_only_function<void()> resume;
  };
  std::shared_ptr<State> state_;
};

}  // namespace rowcall::async
