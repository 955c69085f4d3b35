#include "async/short_turns.h"

#include <linux/sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>

namespace rowcall::async {

namespace {

/// The system's sched_attr, whose header cannot be included beside <sched.h>.
struct SchedulingAttributes {
  std::uint32_t size;
  std::uint32_t policy;
  std::uint64_t flags;
  std::int32_t nice;
  std::uint32_t priority;
  std::uint64_t runtime;  ///< Of an ordinary thread: how long a turn is, ns.
  std::uint64_t deadline;
  std::uint64_t period;
};

constexpr std::uint64_t kShortestTurn = 100'000;  // what Linux makes of anything shorter

}  // namespace

void AskForShortTurns() {
  SchedulingAttributes attributes{};
  if (syscall(SYS_sched_getattr, 0, &attributes, sizeof(attributes), 0) != 0) return;
  if (attributes.policy != SCHED_NORMAL) return;  // somebody started the program in a way of their own
  attributes.runtime = kShortestTurn;
  syscall(SYS_sched_setattr, 0, &attributes, 0);
}

}  // namespace rowcall::async
