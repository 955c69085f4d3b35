#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "async/blocking_pool.h"
#include "async/loop.h"
#include "async/semaphore.h"
#include "async/task_group.h"
#include "async/timers.h"

namespace rowcall::async {
namespace {

struct Names {
  std::string text;
  int number;
};

Task<std::string> Take(Names names) { co_return names.text + std::to_string(names.number); }

Task<std::string> TakeAggregateTemporary() {
  std::string text(64, 'x');
  co_return co_await Take(Names{text, 3});
}

// Fails (double free) where the compiler destroys the temporaries of an awaited expression twice, as g++ 12 does.
TEST(CompilerTest, DestroysTheTemporariesOfAnAwaitedExpressionOnce) {
  Loop loop;
  EXPECT_EQ(RunToEnd(loop, TakeAggregateTemporary()), std::string(64, 'x') + "3");
}

Task<int> SetAcrossThreads(Loop& other) {
  auto make = []() -> Task<int> { co_return 41; };
  const int value = co_await RunOn<int>(other, std::move(make));
  co_return value + 1;
}

TEST(LoopTest, RunOnBringsTheResultBackToTheCallersLoop) {
  for (int i = 0; i < 200; ++i) {
    Loop other;
    other.StartThread("other");
    Loop loop;  // ends first, and the other's thread may still be inside the call that woke it
    EXPECT_EQ(RunToEnd(loop, SetAcrossThreads(other)), 42);
  }
}

Task<std::thread::id> BlockingThread(BlockingPool& pool) {
  auto call = [] { return std::this_thread::get_id(); };
  co_return co_await pool.Run<std::thread::id>(std::move(call));
}

TEST(BlockingPoolTest, CallsRunOffTheLoop) {
  Loop loop;
  BlockingPool pool(1);
  EXPECT_NE(RunToEnd(loop, BlockingThread(pool)), std::this_thread::get_id());
}

/// How long a turn of the calling thread is, ns; 0 before Linux 6.12, where it has none of its own.
std::uint64_t TurnHere() {
  std::array<std::uint64_t, 6> attributes{};
  EXPECT_EQ(syscall(SYS_sched_getattr, 0, attributes.data(), sizeof(attributes), 0), 0);
  return attributes[3];  // sched_attr::sched_runtime
}

Task<std::uint64_t> TurnOn(Loop& other) {
  auto read = []() -> Task<std::uint64_t> { co_return TurnHere(); };
  co_return co_await RunOn<std::uint64_t>(other, std::move(read));
}

Task<std::uint64_t> TurnIn(BlockingPool& pool) { co_return co_await pool.Run<std::uint64_t>(TurnHere); }

TEST(ShortTurnsTest, ThreadsOfWhichSomebodyAwaitsAnAnswerHaveThem) {
  const std::uint64_t ordinary = TurnHere();
  if (ordinary == 0) GTEST_SKIP() << "This Linux is older than 6.12.";
  Loop brief, other;
  brief.StartThread("brief", Turns::brief);
  other.StartThread("other");
  Loop loop;
  BlockingPool pool(1);
  EXPECT_EQ(RunToEnd(loop, TurnOn(brief)), 100'000u);
  EXPECT_EQ(RunToEnd(loop, TurnIn(pool)), 100'000u);
  EXPECT_EQ(RunToEnd(loop, TurnOn(other)), ordinary);
}

Task<void> HoldPermit(Semaphore& permits, int id, std::vector<int>& order, Signal& go) {
  co_await permits.Acquire();
  order.push_back(id);
  co_await go.Wait();
  permits.Release();
}

Task<std::vector<int>> TakeInTurn(Loop& loop) {
  Semaphore permits(1);
  Signal go;
  std::vector<int> order;
  TaskGroup group(loop, 10);
  for (int id = 0; id < 3; ++id) co_await group.Add(HoldPermit(permits, id, order, go));
  while (order.size() < 3) {
    auto yield = [](auto resume) { resume(); };
    co_await Suspend(std::move(yield));
    go.NotifyAll();
  }
  go.NotifyAll();
  co_await group.Join();
  co_return order;
}

TEST(SemaphoreTest, WaitersAreServedInOrder) {
  Loop loop;
  EXPECT_EQ(RunToEnd(loop, TakeInTurn(loop)), (std::vector<int>{0, 1, 2}));
}

TEST(FakeTimersTest, AlarmsRingInOrderOfTimeAndCancelledOnesNever) {
  FakeClock clock;
  FakeTimers timers(clock);
  std::string rang;
  const MonoTime now = clock.MonotonicNow();
  timers.Schedule(now + std::chrono::seconds(2), [&] { rang += "b"; });
  timers.Schedule(now + std::chrono::seconds(1), [&] { rang += "a"; });
  const auto cancelled = timers.Schedule(now + std::chrono::seconds(1), [&] { rang += "x"; });
  timers.Cancel(cancelled);
  timers.Advance(std::chrono::seconds(3));
  EXPECT_EQ(rang, "ab");
  EXPECT_EQ(clock.MonotonicNow(), now + std::chrono::seconds(3));
}

Task<Duration> SleepOnce(Timers& timers) {
  const MonoTime from = timers.clock().MonotonicNow();
  co_await timers.SleepFor(std::chrono::milliseconds(20));
  co_return timers.clock().MonotonicNow() - from;
}

TEST(LoopTimersTest, SleepIsNotShorterThanAsked) {
  Loop loop;
  SystemClock clock;
  LoopTimers timers(loop, clock);
  EXPECT_GE(RunToEnd(loop, SleepOnce(timers)), std::chrono::milliseconds(20));
}

}  // namespace
}  // namespace rowcall::async
