#pragma once

// The templates of async/loop.h.

#include <optional>

namespace rowcall::async {

template <typename T>
Task<void> Deliver(std::move_only_function<Task<T>()> make, OneShot<T>& done) {
  Task<T> task = make();
  done.Set(co_await std::move(task));
}

template <typename T>
Task<T> RunOn(Loop& loop, std::move_only_function<Task<T>()> make) {
  OneShot<T> done;
  loop.Spawn(Deliver<T>(std::move(make), done));
  co_return co_await done.Wait();
}

template <typename T>
Task<void> KeepResult(Task<T> task, std::optional<T>& result, Loop& loop) {
  result.emplace(co_await std::move(task));
  loop.Stop();
}

template <typename T>
T RunToEnd(Loop& loop, Task<T> task) {
  std::optional<T> result;
  loop.Spawn(KeepResult<T>(std::move(task), result, loop));
  loop.Run();
  return *std::move(result);
}

}  // namespace rowcall::async
