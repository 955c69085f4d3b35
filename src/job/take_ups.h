#pragma once

#include <set>

#include "async/semaphore.h"
#include "async/task.h"
#include "base/ids.h"
#include "dispatch/lane.h"

namespace rowcall::job {

/// The jobs of one instance that go on from an earlier run, and have not asked yet for the keys of their rows in doubt.
/// Until all have, no job of the instance begins a row: it might write a key before a row that was sent first. One loop's
/// thread.
class TakeUps {
 public:
  void Expect(JobId job) { left_.insert(job); }
  /// It has asked for them, or cannot. Saying so again is fine.
  void Done(JobId job) {
    if (left_.erase(job) > 0) changed_.NotifyAll();
  }
  /// Whoever stops a job that waits here calls Wake() next.
  void Wake() { changed_.NotifyAll(); }
  async::Task<void> WaitForAll(const dispatch::StopToken& stop) {
    while (!left_.empty() && !stop.stopped) co_await changed_.Wait();
  }

 private:
  std::set<JobId> left_;
  async::Signal changed_;
};

}  // namespace rowcall::job
