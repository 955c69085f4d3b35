#include "callback/deliverer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <set>

#include "async/semaphore.h"
#include "base/assert.h"
#include "callback/schedule.h"
#include "callback/signature.h"
#include "ledger/sqlite_ledger.h"

namespace rowcall::callback {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

/// Receivers by host name: each answers what its script says, then 200, or hangs until it is let go.
class FakeReceivers final : public net::HttpClient {
 public:
  struct Seen {
    std::string host;
    net::Headers headers;
    std::string body;
    WallTime at;
  };

  explicit FakeReceivers(const Clock& clock) : clock_(clock) {}

  async::Task<net::Exchange> Send(const net::HttpRequest& request) override {
    const std::string host = request.url.host;
    seen.push_back({host, request.headers, std::string(request.body), clock_.Now()});
    while (hanging.contains(host)) co_await let_go.Wait();
    net::Exchange exchange;
    exchange.delivery = net::Delivery::answered;
    exchange.answer.status = 200;
    if (!script[host].empty()) {
      exchange.answer.status = script[host].front();
      script[host].pop_front();
    }
    co_return exchange;
  }

  std::size_t SeenBy(std::string_view host) const {
    return static_cast<std::size_t>(std::ranges::count(seen, host, &Seen::host));
  }

  std::vector<Seen> seen;
  std::map<std::string, std::deque<int>> script;
  std::set<std::string> hanging;
  async::Signal let_go;

 private:
  const Clock& clock_;
};

std::string TemporaryFolder() {
  std::string path = (std::filesystem::temp_directory_path() / "rowcall-callback-XXXXXX").string();
  ROWCALL_ASSERT(mkdtemp(path.data()) != nullptr);
  return path;
}

/// Lets the loop turn once.
async::Task<void> Yield() {
  auto resume_at_once = [](auto resume) { resume(); };
  co_await async::Suspend(std::move(resume_at_once));
}

class DelivererTest : public testing::Test {
 protected:
  DelivererTest() {
    keyring_ = *ledger::Keyring::OpenOrCreate(folder_ + "/keys");
    catalogue_ = *ledger::OpenSqliteCatalogue(folder_ + "/catalogue.db", clock_, *keyring_);
    ledger_ = *ledger::OpenSqliteLedger(":memory:", clock_);
    Secret user;
    const auto keep = [&user](const ledger::FirstCredentials& made) -> Result<void> {
      user = made.user;
      return {};
    };
    EXPECT_TRUE(*catalogue_->FirstStart(keep));
    instance_.tenant = *catalogue_->SignIn(user.Reveal(), std::nullopt);
    instance_.connector = "any";
    ledger::NewInstance made = *catalogue_->CreateInstance(instance_);
    instance_ = made.instance;
    webhook_secret_ = made.webhook_secret;
    deliverer_.emplace(loop_, timers_, receivers_, *ledger_, *catalogue_);
  }
  ~DelivererTest() override { std::filesystem::remove_all(folder_); }

  /// Runs `scenario` on the loop, the deliverer with it.
  void Run(async::Task<bool> scenario) { EXPECT_TRUE(async::RunToEnd(loop_, Guarded(std::move(scenario)))); }

  async::Task<bool> Guarded(async::Task<bool> scenario) {
    const bool ended_well = co_await std::move(scenario);
    co_await deliverer_->Stop();
    co_return ended_well;
  }

  /// A job that ended owes a notice.
  async::Task<void> Owe(std::string url, std::string id) {
    model::JobOrder order;
    order.tenant = instance_.tenant;
    order.instance = instance_.id;
    order.object = "contact";
    order.callback_url = url;
    const JobId job = (co_await ledger_->CreateJob(order, {}))->id;
    const ledger::Lease lease = *co_await ledger_->TakeLease(instance_.tenant, instance_.id);
    const ledger::JobStart start{"{}", "", {}, {}};
    EXPECT_TRUE((co_await ledger_->StartJob(lease, job, start)).has_value());
    EXPECT_TRUE((co_await ledger_->FinishReading(lease, job, 0)).has_value());
    ledger::FinishOrder finish;
    finish.callback.emplace();
    finish.callback->tenant = instance_.tenant;
    finish.callback->instance = instance_.id;
    finish.callback->job = job;
    finish.callback->webhook_id = id;
    finish.callback->url = url;
    finish.callback->body = R"({"id":"1"})";
    finish.callback->next_attempt_at = clock_.Now();
    EXPECT_TRUE((co_await ledger_->FinishJob(lease, job, finish)).has_value());
  }

  async::Task<void> UntilSeen(std::size_t count) {
    while (receivers_.seen.size() < count) co_await Yield();
  }

  async::Task<bool> IsOwed() { co_return (*co_await ledger_->NextCallbackDue()).has_value(); }
  async::Task<bool> IsDue() {
    const auto next = *co_await ledger_->NextCallbackDue();
    co_return next.has_value() && *next <= clock_.Now();
  }

  /// Until nothing is owed any more, or so many attempts were made; time goes on by `step` whenever nothing is due and
  /// the deliverer sleeps.
  async::Task<void> UntilNothingIsOwed(Duration step, std::size_t attempts = SIZE_MAX) {
    while (receivers_.seen.size() < attempts && co_await IsOwed()) {
      while (co_await IsDue()) co_await Yield();
      while (timers_.empty() && co_await IsOwed()) co_await Yield();
      timers_.Advance(step);
    }
  }

  /// Ten attempts were seen, all of msg_a, each when its pause was over.
  void ExpectTheSchedule() {
    EXPECT_EQ(receivers_.seen.size(), static_cast<std::size_t>(kMaxAttempts));
    for (std::size_t i = 1; i < receivers_.seen.size(); ++i) {
      const Duration pause = receivers_.seen[i].at - receivers_.seen[i - 1].at;
      const int attempt = static_cast<int>(i) + 1;
      EXPECT_GE(pause, *PauseBefore(attempt, 0) - std::chrono::milliseconds(1)) << attempt;
      EXPECT_LE(pause, *PauseBefore(attempt, 1) + minutes(2)) << attempt;
      EXPECT_EQ(receivers_.seen[i].headers.Find("webhook-id"), "msg_a");
      EXPECT_NE(receivers_.seen[i].headers.Find("webhook-timestamp"),
                receivers_.seen[i - 1].headers.Find("webhook-timestamp"));
    }
  }

  const std::string folder_ = TemporaryFolder();
  FakeClock clock_;
  async::FakeTimers timers_{clock_};
  async::Loop loop_;
  FakeReceivers receivers_{clock_};
  std::unique_ptr<ledger::Keyring> keyring_;
  std::unique_ptr<ledger::Catalogue> catalogue_;
  std::unique_ptr<ledger::Ledger> ledger_;
  model::Instance instance_;
  Secret webhook_secret_;
  std::optional<Deliverer> deliverer_;

  async::Task<bool> WhatWasLeftIsSent();
  async::Task<bool> WakeEndsTheSleep();
  async::Task<bool> ScheduleIsKept();
  async::Task<bool> DownForThreeDays();
  async::Task<bool> GoneIsNotTriedAgain();
  async::Task<bool> HangingReceiverHoldsUpOnlyItself();
  async::Task<bool> StopWaits();
  async::Task<bool> DeletedInstance();
  async::Task<bool> BadAddress();
  async::Task<bool> UsersKeySigns();
  async::Task<bool> UsersKeyCannotBeRead();
};

async::Task<bool> DelivererTest::WhatWasLeftIsSent() {
  co_await Owe("https://a.example/notice?x=1", "msg_a");
  deliverer_->Start();
  co_await UntilNothingIsOwed(seconds(1));
  const auto& seen = receivers_.seen.at(0);
  model::Callback notice;
  notice.webhook_id = "msg_a";
  notice.body = R"({"id":"1"})";
  const net::Headers expected = SignedHeaders(notice, seen.at, webhook_secret_, std::nullopt);
  EXPECT_EQ(seen.headers.all(), expected.all());
  EXPECT_EQ(seen.body, R"({"id":"1"})");
  co_return receivers_.seen.size() == 1;
}

TEST_F(DelivererTest, WhatAnEarlierProcessLeftIsSentOnceAndSigned) { Run(WhatWasLeftIsSent()); }

async::Task<bool> DelivererTest::WakeEndsTheSleep() {
  deliverer_->Start();
  while (timers_.empty()) co_await Yield();
  co_await Owe("https://a.example/", "msg_a");
  deliverer_->Wake();  // no time passes
  co_await UntilSeen(1);
  co_return true;
}

TEST_F(DelivererTest, AWakeEndsTheSleep) { Run(WakeEndsTheSleep()); }

async::Task<bool> DelivererTest::ScheduleIsKept() {
  receivers_.script["a.example"] = std::deque<int>(kMaxAttempts + 5, 503);
  co_await Owe("https://a.example/", "msg_a");
  deliverer_->Start();
  co_await UntilNothingIsOwed(seconds(30));
  ExpectTheSchedule();
  co_return true;
}

TEST_F(DelivererTest, AFailingReceiverIsTriedTenTimesBySchedule) { Run(ScheduleIsKept()); }

async::Task<bool> DelivererTest::DownForThreeDays() {
  receivers_.script["a.example"] = std::deque<int>(kMaxAttempts - 1, 503);
  co_await Owe("https://a.example/", "msg_a");
  deliverer_->Start();
  co_await UntilNothingIsOwed(seconds(30), 5);
  co_await deliverer_->Stop();
  deliverer_.emplace(loop_, timers_, receivers_, *ledger_, *catalogue_);
  deliverer_->Start();
  co_await UntilNothingIsOwed(seconds(30));
  ExpectTheSchedule();
  model::Callback notice;
  notice.webhook_id = "msg_a";
  notice.body = R"({"id":"1"})";
  for (const FakeReceivers::Seen& seen : receivers_.seen) {
    EXPECT_EQ(seen.headers.all(), SignedHeaders(notice, seen.at, webhook_secret_, std::nullopt).all());
    EXPECT_EQ(seen.body, notice.body);
  }
  const Duration in_all = receivers_.seen.back().at - receivers_.seen.front().at;
  EXPECT_GE(in_all, minutes(75 * 60 + 35) * 8 / 10);
  timers_.Advance(std::chrono::days(3));
  for (int turn = 0; turn < 100; ++turn) co_await Yield();
  co_return receivers_.seen.size() == static_cast<std::size_t>(kMaxAttempts);  // the last was accepted: that was all
}

TEST_F(DelivererTest, AReceiverThatIsDownForThreeDaysGetsTheSameNoticeAtTheLastAttemptAlsoOverARestart) {
  Run(DownForThreeDays());
}

async::Task<bool> DelivererTest::GoneIsNotTriedAgain() {
  receivers_.script["a.example"] = {410};
  co_await Owe("https://a.example/", "msg_a");
  deliverer_->Start();
  co_await UntilNothingIsOwed(seconds(30));
  co_return receivers_.seen.size() == 1;
}

TEST_F(DelivererTest, AReceiverThatIsGoneIsNotTriedAgain) { Run(GoneIsNotTriedAgain()); }

async::Task<bool> DelivererTest::HangingReceiverHoldsUpOnlyItself() {
  receivers_.hanging.insert("slow.example");
  for (int i = 0; i < 40; ++i) co_await Owe("https://slow.example/", "msg_slow" + std::to_string(i));
  co_await Owe("https://good.example/", "msg_good");
  deliverer_->Start();
  while (receivers_.SeenBy("good.example") == 0) co_await Yield();
  EXPECT_LE(receivers_.SeenBy("slow.example"), 2u);
  receivers_.hanging.clear();
  receivers_.let_go.NotifyAll();
  co_await UntilNothingIsOwed(seconds(1));
  co_return receivers_.SeenBy("slow.example") == 40;
}

TEST_F(DelivererTest, AReceiverThatHangsHoldsUpOnlyItself) { Run(HangingReceiverHoldsUpOnlyItself()); }

async::Task<bool> DelivererTest::StopWaits() {
  receivers_.hanging.insert("slow.example");
  co_await Owe("https://slow.example/", "msg_slow");
  deliverer_->Start();
  co_await UntilSeen(1);
  bool stopped = false;
  auto stop = [](Deliverer& deliverer, bool& done) -> async::Task<void> {
    co_await deliverer.Stop();
    done = true;
  };
  loop_.Spawn(stop(*deliverer_, stopped));
  for (int turn = 0; turn < 100; ++turn) co_await Yield();
  EXPECT_FALSE(stopped);
  receivers_.hanging.clear();
  receivers_.let_go.NotifyAll();
  while (!stopped) co_await Yield();
  co_return !(*co_await ledger_->NextCallbackDue()).has_value();  // its delivery was recorded
}

TEST_F(DelivererTest, StopWaitsForTheNoticeInFlightAndRecordsIt) { Run(StopWaits()); }

async::Task<bool> DelivererTest::DeletedInstance() {
  co_await Owe("https://a.example/", "msg_a");
  EXPECT_TRUE(catalogue_->DeleteInstance(instance_.tenant, instance_.id).has_value());
  deliverer_->Start();
  co_await UntilNothingIsOwed(seconds(1));
  co_return receivers_.seen.empty();
}

TEST_F(DelivererTest, TheNoticeOfADeletedInstanceIsGivenUpUnsent) { Run(DeletedInstance()); }

async::Task<bool> DelivererTest::BadAddress() {
  co_await Owe("/formulas/instances/1/executions", "msg_a");
  deliverer_->Start();
  co_await UntilNothingIsOwed(seconds(1));
  co_return receivers_.seen.empty();
}

TEST_F(DelivererTest, AnAddressThatCannotBeUsedIsGivenUp) { Run(BadAddress()); }

async::Task<bool> DelivererTest::UsersKeySigns() {
  instance_.secrets["event.notification.signature.key"] = Secret("MySecretEventSignatureKey");
  const auto set_key = [&](model::Instance& now) { now.secrets = instance_.secrets; };
  EXPECT_TRUE(catalogue_->ChangeInstance(instance_.tenant, instance_.id, set_key).has_value());
  co_await Owe("https://a.example/", "msg_a");
  deliverer_->Start();
  co_await UntilNothingIsOwed(seconds(1));
  const Secret key("MySecretEventSignatureKey");
  EXPECT_EQ(receivers_.seen.at(0).headers.Find("Elements-Webhook-Signature"),
            ElementsSignature(key, receivers_.seen.at(0).body));
  co_return true;
}

TEST_F(DelivererTest, TheUsersOwnKeySignsTheExactBody) { Run(UsersKeySigns()); }

async::Task<bool> DelivererTest::UsersKeyCannotBeRead() {
  const auto keyring = *ledger::Keyring::OpenOrCreate(folder_ + "/other");
  const auto catalogue = *ledger::OpenSqliteCatalogue(folder_ + "/catalogue.db", clock_, *keyring);
  const auto set_key = [](model::Instance& now) { now.secrets["event.notification.signature.key"] = Secret("key"); };
  EXPECT_TRUE(catalogue->ChangeInstance(instance_.tenant, instance_.id, set_key).has_value());
  co_await Owe("https://a.example/", "msg_a");
  deliverer_->Start();
  co_await UntilNothingIsOwed(minutes(10));
  co_return receivers_.seen.empty();
}

TEST_F(DelivererTest, ANoticeIsNotSentWithoutTheUsersSignatureBecauseItsKeyCannotBeRead) {
  Run(UsersKeyCannotBeRead());
}

}  // namespace
}  // namespace rowcall::callback
