#include "async/task_group.h"

#include "base/assert.h"

namespace rowcall::async {

TaskGroup::~TaskGroup() {
  // A loop that was stopped destroys waiting frames; then their groups end unjoined, and nothing runs any more.
  ROWCALL_ASSERT(running_ == 0 || loop_.context().stopped());
}

Task<void> TaskGroup::Add(Task<void> task) {
  if (!slots_.TryAcquire()) co_await slots_.Acquire();
  Launch(std::move(task));
}

void TaskGroup::Start(Task<void> task) {
  const bool has_slot = slots_.TryAcquire();
  ROWCALL_ASSERT(has_slot);
  Launch(std::move(task));
}

void TaskGroup::Launch(Task<void> task) {
  ++running_;
  loop_.Spawn(Hold(std::move(task)));
}

Task<void> TaskGroup::Hold(Task<void> task) {
  co_await std::move(task);
  --running_;
  slots_.Release();
  ended_.NotifyAll();
}

Task<void> TaskGroup::Join() {
  while (running_ > 0) co_await ended_.Wait();
}

}  // namespace rowcall::async
