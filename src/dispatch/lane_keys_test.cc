#include <gtest/gtest.h>

#include <memory>

#include "dispatch/lane.h"

namespace rowcall::dispatch {
namespace {

class ServiceThatIsNotCalled final : public net::HttpClient {
 public:
  async::Task<net::Exchange> Send(const net::HttpRequest&) override {
    ADD_FAILURE();
    co_return net::Exchange();
  }
};

TEST(LaneKeysTest, ACallThatWasNotMadeTakesNoEffectHoweverShortAgoTheMachineBegan) {
  FakeClock clock;
  async::FakeTimers timers(clock);
  ServiceThatIsNotCalled service;
  const auto connector = std::make_shared<connector::Connector>();  // owners: the lane, this test
  connector->late = std::chrono::hours(24 * 365 * 50);
  const Lane lane(timers, service, connector, {});
  EXPECT_FALSE(lane.MayTakeEffect(MonoTime{}));
  EXPECT_TRUE(lane.MayTakeEffect(MonoTime{} + std::chrono::seconds(1)));
}

TEST(LaneKeysTest, WhileACallMayStillTakeEffectARowThatComesLaterWaitsToo) {
  FakeClock clock;
  async::FakeTimers timers(clock);
  ServiceThatIsNotCalled service;
  const auto connector = std::make_shared<connector::Connector>();  // owners: the lane, this test
  connector->late = std::chrono::seconds(60);
  Lane lane(timers, service, connector, {});
  KeyLocks& locks = lane.key_locks();
  const auto row = locks.Ask({{"a@x.y"}}, [] {});
  const MonoTime deadline = clock.MonotonicNow() + std::chrono::seconds(30);
  bool released = false, granted = false;
  lane.ReleaseKeysBehind(deadline, row, [&] { released = true; });
  EXPECT_FALSE(locks.IsHeld(locks.Ask({{"a@x.y"}}, [&] { granted = true; })));
  timers.Advance(std::chrono::seconds(89));
  EXPECT_TRUE(lane.MayTakeEffect(deadline));
  EXPECT_FALSE(granted || released);
  timers.Advance(std::chrono::seconds(1));
  EXPECT_FALSE(lane.MayTakeEffect(deadline));
  EXPECT_TRUE(granted && released);
}

}  // namespace
}  // namespace rowcall::dispatch
