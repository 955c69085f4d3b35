#include "dispatch/key_trial.h"

#include <gtest/gtest.h>
#include <re2/re2.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <map>

#include "dispatch/row_sender.h"
#include "dispatch/test_object.h"

namespace rowcall::dispatch {
namespace {

namespace json = boost::json;
using Ids = std::vector<std::string>;

constexpr char kSetting[] = "mail.unique";

/// People, whose mails are unique or not. Answers can be lost; the search shows everything.
class PeopleService final : public net::HttpClient {
 public:
  async::Task<net::Exchange> Send(const net::HttpRequest& request) override {
    calls.push_back(request.method + " " + request.url.target);
    net::Exchange exchange;
    exchange.delivery = net::Delivery::maybe_sent;
    net::HttpAnswer answer = Carry(request);
    const bool is_lost = request.method == "POST" && request.url.target == "/people" && lost_creates-- > 0;
    if (is_lost) co_return exchange;
    exchange.delivery = net::Delivery::answered;
    exchange.answer = std::move(answer);
    co_return exchange;
  }

  std::string Add(const json::object& person) {
    std::string id = "p" + std::to_string(people.size() + 1);
    people[id] = person;
    people[id]["id"] = id;
    return id;
  }
  Ids Live() const {
    Ids live;
    for (const auto& [id, person] : people) {
      if (!archived.contains(id)) live.push_back(id);
    }
    return live;
  }

  std::map<std::string, json::object> people, archived;
  std::vector<std::string> calls;
  bool unique = true;
  int lost_creates = 0;

 private:
  net::HttpAnswer Carry(const net::HttpRequest& request) {
    const std::string& target = request.url.target;
    if (target == "/people") return Create(json::parse(request.body).as_object());
    if (target.starts_with("/people?mail=")) return List(net::PercentDecode(target.substr(13), true).value());
    const std::string id = target.substr(8, target.find('/', 8) - 8);
    if (!people.contains(id) || archived.contains(id)) return {404, {}, "{}"};
    if (target.ends_with("/archive")) archived[id] = people[id];
    return {200, {}, json::serialize(people[id])};
  }

  net::HttpAnswer Create(const json::object& person) {
    for (const auto& [id, other] : people) {
      if (unique && other.contains("mail") && other.at("mail") == person.at("mail")) {
        return {409, {}, R"({"code":"conflict","message":"exists with id=)" + id + "\"}"};
      }
    }
    return {200, {}, json::serialize(people[Add(person)])};
  }

  net::HttpAnswer List(const std::string& mail) const {
    json::array found;
    for (const std::string& id : Live()) {
      if (people.at(id).contains("mail") && people.at(id).at("mail").as_string() == mail)
        found.push_back(people.at(id));
    }
    return {200, {}, json::serialize(json::object{{"data", found}})};
  }
};

class KeyTrialTest : public testing::Test {
 protected:
  KeyTrialTest() {
    connector_->base_url = "https://api.demo.test";
    connector_->test.method = "GET";
    connector_->test.path = "/me";
    connector_->error_code = "code";
    connector_->error_message = "message";
    connector_->deadline = std::chrono::seconds(30);
    connector_->late = std::chrono::minutes(1);
    connector_->search_lag = std::chrono::minutes(10);
    connector::AnswerRule exists;
    exists.statuses = {409};
    exists.message = {"id=(?P<id>[0-9a-z]+)", std::make_shared<const re2::RE2>("id=(?P<id>[0-9a-z]+)")};
    exists.means = connector::Meaning::exists;
    connector_->answers.push_back(exists);
    person_.keys.back().key_class = connector::KeyClass::k2_once_shown;
    person_.keys.back().setting = kSetting;
    person_.keys.back().mark = "name";
    person_.keyless = connector::KeylessSpec{"kind", "lead", {}};
    lane_ = std::make_unique<Lane>(timers_, service_, connector_, model::Instance{});
    Restart();
  }

  /// What was in memory of the trial is gone; what was kept is not.
  void Restart() {
    KeyTrial::Keeper keeper;
    keeper.records_made = [this](const std::string&) -> async::Task<Result<Ids>> { co_return made_; };
    keeper.keep = [this](const std::string& setting, const std::string& value) -> Result<void> {
      model::Instance instance = *lane_->instance();
      instance.configuration[setting] = value;
      lane_->Replace(std::move(instance));
      return {};
    };
    trial_ = std::make_unique<KeyTrial>(*lane_, std::move(keeper));
  }

  /// Runs a trial to its end; says how long that took.
  Duration Run() {
    bool done = false;
    loop_.Spawn(RunTo(done));
    return async::RunToEnd(loop_, Wait(done));
  }
  async::Task<void> RunTo(bool& done) {
    RateShare share;
    const Result<void> ran = co_await trial_->Run(person_, person_.keys.back(), stop_, share);
    EXPECT_TRUE(ran);
    done = true;
  }
  async::Task<Duration> Wait(bool& done) {
    Duration waited{};
    while (!done) {
      if (!timers_.empty()) {
        timers_.Advance(std::chrono::seconds(1));
        waited += std::chrono::seconds(1);
      }
      co_await async::Suspend([](auto resume) { resume(); });
    }
    co_return waited;
  }

  std::string Kept() const {
    const auto& configuration = lane_->instance()->configuration;
    const auto found = configuration.find(kSetting);
    return found == configuration.end() ? "" : found->second;
  }
  DoubtPath Path(model::Record record, model::Action action = model::Action::upsert) const {
    return PathOf(person_, record, action, *lane_->instance());
  }

  static model::Record RecordOf(std::vector<std::string> fields) {
    model::Record record;
    for (const std::string& field : fields) record.Add(field, std::string(field == "kind" ? "lead" : "x"));
    return record;
  }

  async::Loop loop_;
  FakeClock clock_;
  async::FakeTimers timers_{clock_};
  PeopleService service_;
  std::shared_ptr<connector::Connector> connector_ = std::make_shared<connector::Connector>();
  connector::ObjectSpec person_ = PersonObject();
  std::unique_ptr<Lane> lane_;
  std::unique_ptr<KeyTrial> trial_;
  StopToken stop_;
  Ids made_;
};

TEST_F(KeyTrialTest, ARefusalShowsThatTheKeyIsEnforced) {
  made_ = {service_.Add({{"mail", "a@b.c"}})};
  Run();
  EXPECT_EQ(Kept(), "yes");
  EXPECT_EQ(Path(RecordOf({"mail"})), DoubtPath::send_again);
  EXPECT_EQ(service_.calls, (Ids{"GET /people/p1", "POST /people"}));
}

TEST_F(KeyTrialTest, ASecondRecordShowsThatItIsNotAndIsArchived) {
  service_.unique = false;
  made_ = {service_.Add({{"mail", "a@b.c"}})};
  Run();
  EXPECT_EQ(Kept(), "no");
  EXPECT_EQ(Path(RecordOf({"mail"})), DoubtPath::search);
  EXPECT_EQ(service_.people.size(), 2u);
  EXPECT_EQ(service_.Live(), Ids{"p1"});
}

TEST_F(KeyTrialTest, WhatWasShownIsNotAskedAgain) {
  made_ = {service_.Add({{"mail", "a@b.c"}})};
  Run();
  clock_.Advance(std::chrono::minutes(1));
  Restart();
  Run();
  EXPECT_EQ(service_.calls.size(), 2u);
}

TEST_F(KeyTrialTest, OnlyARecordThatIsHeldByTheKeyAloneIsTriedWith) {
  made_ = {"gone", service_.Add({{"mail", "a@b.c"}, {"number", "7"}}),
           service_.Add({{"mail", "a@b.c"}, {"kind", "lead"}}), service_.Add({{"number", "8"}})};
  Run();
  EXPECT_EQ(Kept(), "");
  EXPECT_EQ(service_.calls.size(), 4u);
  EXPECT_EQ(Path(RecordOf({"mail"})), DoubtPath::ask_trial);
}

TEST_F(KeyTrialTest, RecordsThatTellNothingAreReadEverMoreSeldom) {
  made_ = {service_.Add({{"number", "8"}})};
  for (int second = 0; second < 600; ++second) {
    Run();
    clock_.Advance(std::chrono::seconds(1));
  }
  EXPECT_LE(service_.calls.size(), 30u);
  made_.push_back(service_.Add({{"mail", "a@b.c"}}));
  clock_.Advance(std::chrono::seconds(30));
  Run();
  EXPECT_EQ(Kept(), "yes");
}

TEST_F(KeyTrialTest, ARecordWhoseKeyARowHoldsIsLeftToIt) {
  const std::string busy = service_.Add({{"mail", "Busy@b.c"}});
  made_ = {busy, service_.Add({{"mail", "free@b.c"}})};
  const KeyLocks::Ticket ticket = lane_->key_locks().Ask({LockOf(person_, {"mail", "busy@b.c"})}, [] {});
  Run();
  EXPECT_EQ(Kept(), "yes");
  EXPECT_EQ(service_.calls, (Ids{"GET /people/p1", "GET /people/p2", "POST /people"}));
  lane_->key_locks().Release(ticket);
  EXPECT_EQ(lane_->key_locks().tickets(), 0u);
}

TEST_F(KeyTrialTest, WithALostAnswerNothingIsSentAgainBeforeTheSearchShowsWhatItMade) {
  service_.unique = false;
  service_.lost_creates = 1;
  made_ = {service_.Add({{"mail", "a@b.c"}})};
  EXPECT_GE(Run(), std::chrono::seconds(11 * 60 + 30));
  EXPECT_EQ(Kept(), "no");
  EXPECT_EQ(service_.Live(), Ids{"p1"});
  EXPECT_EQ(std::ranges::count(service_.calls, "POST /people"), 1);
}

TEST_F(KeyTrialTest, WithALostRefusalItIsTriedOnceMore) {
  service_.lost_creates = 1;
  made_ = {service_.Add({{"mail", "a@b.c"}})};
  EXPECT_GE(Run(), std::chrono::seconds(11 * 60 + 30));
  EXPECT_EQ(Kept(), "yes");
  EXPECT_EQ(std::ranges::count(service_.calls, "POST /people"), 2);
}

TEST_F(KeyTrialTest, ATrialThatAnEarlierProcessBeganIsEndedAndItsRecordArchived) {
  service_.unique = false;
  service_.Add({{"mail", "a@b.c"}});
  stop_.stopped = true;
  model::Instance instance;
  instance.configuration[kSetting] = "trial with p1";
  lane_->Replace(std::move(instance));
  service_.Add({{"mail", "a@b.c"}, {"name", "Rowcall key trial (to be archived)"}});
  Run();
  EXPECT_EQ(Kept(), "trial with p1") << "stopped, it waits for another time";
  stop_.stopped = false;
  clock_.Advance(std::chrono::seconds(1));
  EXPECT_GE(Run(), std::chrono::seconds(11 * 60));
  EXPECT_EQ(Kept(), "no");
  EXPECT_EQ(service_.Live(), Ids{"p1"});
}

TEST_F(KeyTrialTest, ARowInDoubtIsResolvedByTheStrongestKeyThatHoldsIt) {
  EXPECT_EQ(Path(RecordOf({"mail", "number"})), DoubtPath::send_again);
  EXPECT_EQ(Path(RecordOf({"mail"})), DoubtPath::ask_trial);
  EXPECT_EQ(Path(RecordOf({"mail", "kind"})), DoubtPath::search);
  EXPECT_EQ(Path(RecordOf({"name"})), DoubtPath::search);
  EXPECT_EQ(Path(RecordOf({"mail", "kind"}), model::Action::update), DoubtPath::send_again);
}

}  // namespace
}  // namespace rowcall::dispatch
