#pragma once

#include <boost/asio/execution_context.hpp>

#include <memory>
#include <mutex>
#include <shared_mutex>

#include "async/task.h"

namespace rowcall::async {

/// Keeps a loop alive while another thread is inside the call that wakes it. Asio signals a loop after it has handed
/// the work over, so the loop may have done that work, and be about to end, while the signal is still on its way.
/// Thread-safe.
class LoopDoor {
 public:
  /// Runs `wake`, which hands work to the loop of `executor`: from another thread with the door held open.
  template <typename Wake>
  void Through(const Executor& executor, Wake wake) {
    if (executor.running_in_this_thread()) return wake();
    const std::shared_lock lock(mutex_);
    wake();
  }
  /// Waits until nobody is inside. No call may begin after it.
  void Close() { const std::unique_lock lock(mutex_); }

 private:
  std::shared_mutex mutex_;
};

/// Finds the door of the loop that an executor belongs to.
class LoopDoorService final : public boost::asio::execution_context::service {
 public:
  using key_type = LoopDoorService;
  static inline boost::asio::execution_context::id id;

  explicit LoopDoorService(boost::asio::execution_context& context) : service(context) {}
  const std::shared_ptr<LoopDoor>& door() const { return door_; }

 private:
  void shutdown() override {}
  // owners: this service, the loop, and each call that may wake it
  const std::shared_ptr<LoopDoor> door_ = std::make_shared<LoopDoor>();
};

}  // namespace rowcall::async
