// A deterministic simulation of jobs: the engine, its lane and a real ledger in one thread, with a service, a line, a
// disk and a clock that are not real. Worlds are of two kinds: in most, trouble goes on for ten minutes; in the others it
// ends early, and then the jobs must end soon. simulated_world.h is the world, simulated_scenario.h what may happen in it,
// simulated_judge.h what must hold in the end.
//
//   SEED=17 build/test/src/job/job_test --gtest_filter=SimulationTest.*      that world, told event by event
//   SEEDS=2001-4000 build/test/src/job/job_test --gtest_filter=SimulationTest.*   these worlds

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "base/log.h"
#include "job/simulated_judge.h"
#include "job/simulated_world.h"
#include "job/test_engine.h"

namespace rowcall::job {
namespace {

// A sanitizer makes a world ten times as slow.
#if defined(__has_feature) && (__has_feature(address_sanitizer) || __has_feature(thread_sanitizer))
constexpr std::uint64_t kSeeds = 200;
#else
constexpr std::uint64_t kSeeds = 2'000;
#endif
constexpr std::uint64_t kSeedsATest = 100;  ///< A world that dies leaves memory behind; see AbandonedTasks.

/// Runs the world of that seed and returns the digest of its trace.
std::uint64_t RunWorld(std::uint64_t seed, bool printed) {
  SimulatedWorld world(seed, printed);
  world.Run();
  std::string breaches;
  for (const std::string& breach : BreachesIn(world)) breaches += "\n  " + breach;
  EXPECT_EQ(breaches, "") << "in the world of seed " << seed << "; again, event by event: SEED=" << seed
                          << " job_test --gtest_filter='SimulationTest.*'";
  return world.trace().digest();
}

class Quiet {
 public:
  Quiet() { SetLogLevel(LogLevel::error); }
  ~Quiet() { SetLogLevel(LogLevel::info); }
};

class SimulationTest : public testing::Test {
 protected:
  const Quiet quiet_;
  [[maybe_unused]] const AbandonedTasks abandoned_;
};

TEST_F(SimulationTest, TheSameSeedGivesTheSameTrace) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) EXPECT_EQ(RunWorld(seed, false), RunWorld(seed, false)) << seed;
}

TEST_F(SimulationTest, TheSeedsThatWereAskedForBreakNoPromise) {
  const char* const seed = std::getenv("SEED");
  const char* const seeds = std::getenv("SEEDS");
  if (seed != nullptr) RunWorld(std::strtoull(seed, nullptr, 10), true);
  if (seeds == nullptr) return;
  unsigned long long first = 0, last = 0;
  ASSERT_EQ(std::sscanf(seeds, "%llu-%llu", &first, &last), 2) << "SEEDS is FIRST-LAST";
  for (std::uint64_t each = first; each <= last; ++each) RunWorld(each, false);
}

class SimulatedSeedsTest : public SimulationTest, public testing::WithParamInterface<std::uint64_t> {};

TEST_P(SimulatedSeedsTest, NoPromiseIsBroken) {
  for (std::uint64_t seed = GetParam(); seed < GetParam() + kSeedsATest; ++seed) RunWorld(seed, false);
}

INSTANTIATE_TEST_SUITE_P(From, SimulatedSeedsTest, testing::Range<std::uint64_t>(1, kSeeds, kSeedsATest));

}  // namespace
}  // namespace rowcall::job
