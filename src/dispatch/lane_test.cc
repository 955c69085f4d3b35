#include "dispatch/lane.h"

#include <gtest/gtest.h>

#include "dispatch/probe.h"

namespace rowcall::dispatch {
namespace {

/// Takes every request and answers none.
class SilentService final : public net::HttpClient {
 public:
  async::Task<net::Exchange> Send(const net::HttpRequest& request) override {
    sent.push_back({request.url.Origin(), request.only_allowed_by_hand});
    net::Exchange exchange;
    exchange.delivery = net::Delivery::maybe_sent;
    co_return exchange;
  }

  std::vector<std::pair<std::string, bool>> sent;
};

class LaneTest : public testing::Test {
 protected:
  LaneTest() {
    connector_->hosts = {"api.demo.test", "api.eu.demo.test"};
    connector_->base_url = "https://api.demo.test";
    connector_->base_url_setting = "base.url";
    connector_->test.method = "GET";
    connector_->test.path = "/me";
  }

  /// Whether what goes to that base address, from jobs and from connection tests, needs an allowance by hand.
  bool NeedsAllowance(const std::string& base) {
    model::Instance instance;
    if (!base.empty()) instance.configuration["base.url"] = base;
    service_.sent.clear();
    Lane lane(timers_, service_, connector_, instance);
    const StopToken stop;
    async::RunToEnd(loop_, lane.Test(stop));
    async::RunToEnd(loop_, TestConnection(service_, *connector_, instance));
    EXPECT_EQ(service_.sent.size(), 2u) << base;
    EXPECT_EQ(service_.sent.front(), service_.sent.back()) << base;
    return service_.sent.front().second;
  }

  async::Loop loop_;
  FakeClock clock_;
  async::FakeTimers timers_{clock_};
  SilentService service_;
  std::shared_ptr<connector::Connector> connector_ = std::make_shared<connector::Connector>();
};

TEST_F(LaneTest, TheConnectorsOwnHostsNeedNoAllowance) {
  for (const char* base : {"", "https://api.demo.test", "https://API.eu.demo.test:443/v2/"}) {
    EXPECT_FALSE(NeedsAllowance(base)) << base;
  }
}

TEST_F(LaneTest, AnyOtherAddressIsSentToOnlyIfAllowedByHand) {
  for (const char* base : {"https://other.test", "http://api.demo.test", "https://api.demo.test:8443",
                           "https://api.demo.test.other.test", "http://127.0.0.1:9090"}) {
    EXPECT_TRUE(NeedsAllowance(base)) << base;
  }
}

}  // namespace
}  // namespace rowcall::dispatch
