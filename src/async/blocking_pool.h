#pragma once

#include <cstddef>
#include <functional>
#include <memory>

#include "async/one_shot.h"
#include "async/task.h"

namespace rowcall::async {

/// Threads for calls that block: disk, name resolution, key derivation. Keeps loops free. Their turns are short
/// (short_turns.h), for somebody awaits each call.
class BlockingPool {
 public:
  explicit BlockingPool(std::size_t threads);
  ~BlockingPool();  ///< Waits for calls that run; those not begun are dropped.
  BlockingPool(const BlockingPool&) = delete;
  BlockingPool& operator=(const BlockingPool&) = delete;

  /// Runs `call` on a thread of the pool and brings its result back to the caller's loop. The caller's frame waits, so
  /// `call` may hold references into it.
  template <typename T>
  Task<T> Run(std::move_only_function<T()> call) {
    OneShot<T> done;
    Post([call = std::move(call), done]() mutable { done.Set(call()); });
    co_return co_await done.Wait();
  }
  /// Runs `call` on a thread of the pool; nobody waits for it. Thread-safe.
  void Post(std::move_only_function<void()> call);

 private:
  struct Threads;
  std::unique_ptr<Threads> threads_;
};

}  // namespace rowcall::async
