#include "dispatch/circuit.h"

#include <gtest/gtest.h>

namespace rowcall::dispatch {
namespace {

using std::chrono::seconds;

constexpr MonoTime kStart{std::chrono::hours(1)};

Circuit Open() {
  Circuit circuit;
  for (int call = 0; call < Circuit::kOpensAfter; ++call) circuit.Ambiguous(kStart);
  return circuit;
}

TEST(CircuitTest, TwentyAmbiguousAnswersInARowOpenIt) {
  Circuit circuit;
  for (int call = 0; call < 19; ++call) circuit.Ambiguous(kStart);
  EXPECT_FALSE(circuit.is_open());
  circuit.Ambiguous(kStart);
  EXPECT_TRUE(circuit.is_open());
}

TEST(CircuitTest, ADefiniteAnswerBeginsTheCountAnew) {
  Circuit circuit;
  for (int call = 0; call < 100; ++call) {
    if (call % 19 == 0) circuit.Definite();
    circuit.Ambiguous(kStart);
    EXPECT_FALSE(circuit.is_open()) << call;
  }
}

TEST(CircuitTest, ADefiniteAnswerClosesIt) {
  Circuit circuit = Open();
  circuit.Definite();
  EXPECT_FALSE(circuit.is_open());
  circuit.Ambiguous(kStart);
  EXPECT_FALSE(circuit.is_open());
}

TEST(CircuitTest, ProbesComeOneAtATimeAtGrowingIntervals) {
  Circuit circuit = Open();
  EXPECT_EQ(circuit.probe_at(), kStart + seconds(1));
  MonoTime now = kStart;
  for (const int pause : {2, 4, 8, 16, 30, 30}) {
    circuit.BeginProbe();
    EXPECT_EQ(circuit.probe_at(), MonoTime::max());
    now += seconds(100);
    circuit.Ambiguous(now);
    circuit.EndProbe(now);
    EXPECT_EQ(circuit.probe_at(), now + seconds(pause));
  }
}

}  // namespace
}  // namespace rowcall::dispatch
