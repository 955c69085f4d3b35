#include "net/resolver.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <mutex>
#include <optional>

#include "async/task_group.h"

namespace rowcall::net {
namespace {

using namespace std::chrono_literals;

using Addresses = Result<std::vector<IpBytes>>;

const IpBytes kAddress = *ParseIp("192.0.2.7");

/// Stands for the system: "silent…" hangs until Speak(), "missing…" is unknown, any other name has one address.
class NameServer {
 public:
  Addresses LookUp(const std::string& host) {
    {
      const std::lock_guard lock(mutex_);
      asked_.push_back(host);
    }
    if (host.starts_with("silent")) {
      if (!began_told_.test_and_set()) began_.set_value();
      spoken_.wait();
    }
    if (host.starts_with("missing")) return Fail(ErrorKind::unavailable, "no such name");
    return std::vector<IpBytes>{kAddress};
  }
  void WaitUntilAskedForASilentName() { began_.get_future().wait(); }
  void Speak() { speak_.set_value(); }
  std::vector<std::string> asked() {
    const std::lock_guard lock(mutex_);
    return asked_;
  }

 private:
  std::mutex mutex_;
  std::vector<std::string> asked_;
  std::atomic_flag began_told_;
  std::promise<void> began_, speak_;
  std::shared_future<void> spoken_{speak_.get_future()};
};

class ResolverTest : public testing::Test {
 protected:
  void Make(ResolverOptions options) {
    options.look_up = [this](const std::string& host) { return names_.LookUp(host); };
    resolver_.emplace(loop_, timers_, std::move(options));
  }

  MonoTime In(Duration duration) const { return clock_.MonotonicNow() + duration; }
  Addresses Resolve(std::string host) { return async::RunToEnd(loop_, resolver_->Resolve(std::move(host), In(10s))); }

  async::Task<void> Ask(std::string host, Duration patience, std::optional<Addresses>& answer) {
    answer = co_await resolver_->Resolve(std::move(host), In(patience));
  }

  struct Question {
    std::string host;
    Duration patience = 10s;
    std::optional<Addresses> answer = {};
  };
  /// Asks all at once and then does `meanwhile` on the loop.
  async::Task<bool> AskAll(std::vector<Question>& questions, std::function<void()> meanwhile) {
    async::TaskGroup group(loop_, questions.size());
    for (Question& question : questions) co_await group.Add(Ask(question.host, question.patience, question.answer));
    loop_.Post(std::move(meanwhile));
    co_await group.Join();
    co_return true;
  }
  void Run(std::vector<Question>& questions, std::function<void()> meanwhile) {
    async::RunToEnd(loop_, AskAll(questions, std::move(meanwhile)));
  }

  void SpeakOnceAnswered(const Question& question) {
    if (!question.answer) return loop_.Post([this, &question] { SpeakOnceAnswered(question); });
    names_.Speak();
  }

  async::Loop loop_;
  FakeClock clock_;
  async::FakeTimers timers_{clock_};
  NameServer names_;
  std::optional<Resolver> resolver_;
};

TEST_F(ResolverTest, APlainAddressIsItselfAndAsksNobody) {
  Make({});
  EXPECT_EQ(Resolve("192.0.2.7").value(), std::vector{kAddress});
  EXPECT_EQ(Resolve("2001:db8::1").value(), std::vector{*ParseIp("2001:db8::1")});
  EXPECT_TRUE(names_.asked().empty());
}

TEST_F(ResolverTest, AllWhoAskForOneNameShareOneLookUp) {
  Make({});
  std::vector<Question> questions = {{"silent.test"}, {"silent.test"}, {"silent.test"}};
  Run(questions, [this] { names_.Speak(); });
  for (const Question& question : questions) EXPECT_EQ(question.answer->value(), std::vector{kAddress});
  EXPECT_EQ(names_.asked().size(), 1u);
}

TEST_F(ResolverTest, ASilentNameServerHoldsUpNoOtherName) {
  Make({.threads = 2});
  std::vector<Question> questions = {{"silent.test", 1s}};
  Run(questions, [this] {
    names_.WaitUntilAskedForASilentName();
    timers_.Advance(1s);
  });
  EXPECT_EQ(questions[0].answer->error().kind, ErrorKind::timeout);
  EXPECT_TRUE(Resolve("other.test"));
  names_.Speak();
}

TEST_F(ResolverTest, ALookUpThatNobodyAwaitsAnyMoreIsNotBegun) {
  Make({.threads = 1});
  std::vector<Question> questions = {{"silent.test", 1s}, {"late.test", 1s}};
  Run(questions, [this] {
    names_.WaitUntilAskedForASilentName();
    timers_.Advance(1s);
  });
  for (const Question& question : questions) EXPECT_EQ(question.answer->error().kind, ErrorKind::timeout);
  names_.Speak();
  EXPECT_TRUE(Resolve("next.test"));
  EXPECT_EQ(names_.asked(), (std::vector<std::string>{"silent.test", "next.test"}));
}

TEST_F(ResolverTest, WhoeverStillWaitsGetsTheAnswerThatAnotherDidNotWaitFor) {
  Make({.threads = 1});
  std::vector<Question> questions = {{"silent.test", 1s}, {"silent.test", 2s}};
  Run(questions, [&] {
    names_.WaitUntilAskedForASilentName();
    timers_.Advance(1s);
    SpeakOnceAnswered(questions[0]);
  });
  EXPECT_EQ(questions[0].answer->error().kind, ErrorKind::timeout);
  EXPECT_TRUE(questions[1].answer->has_value());
  EXPECT_EQ(names_.asked().size(), 1u);
}

TEST_F(ResolverTest, ALookUpThatRunsIsJoinedByWhoeverAsksAgain) {
  Make({.threads = 2});
  std::vector<Question> first = {{"silent.test", 1s}}, second = {{"silent.test", 1s}};
  Run(first, [this] {
    names_.WaitUntilAskedForASilentName();
    timers_.Advance(1s);
  });
  Run(second, [this] { names_.Speak(); });
  EXPECT_FALSE(*first[0].answer);
  EXPECT_TRUE(*second[0].answer);
  EXPECT_EQ(names_.asked().size(), 1u);
}

TEST_F(ResolverTest, AGoodAnswerIsKeptAShortWhile) {
  Make({.keep = 5s});
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Resolve("a.test").value(), std::vector{kAddress});
  EXPECT_EQ(names_.asked().size(), 1u);
  timers_.Advance(5s);
  EXPECT_TRUE(Resolve("a.test"));
  EXPECT_EQ(names_.asked().size(), 2u);
}

TEST_F(ResolverTest, AFailureIsNotKept) {
  Make({});
  for (int i = 0; i < 2; ++i) EXPECT_EQ(Resolve("missing.test").error().message, "no such name");
  EXPECT_EQ(names_.asked().size(), 2u);
}

TEST_F(ResolverTest, NoMoreAnswersAreKeptThanMayBe) {
  Make({.keep = 5s, .max_kept = 1});
  for (const char* host : {"a.test", "b.test", "a.test", "b.test"}) EXPECT_TRUE(Resolve(host));
  EXPECT_EQ(names_.asked(), (std::vector<std::string>{"a.test", "b.test", "b.test"}));
  timers_.Advance(5s);
  for (const char* host : {"b.test", "b.test"}) EXPECT_TRUE(Resolve(host));
  EXPECT_EQ(names_.asked().size(), 4u);
}

TEST_F(ResolverTest, WhoeverWaitsWhenItEndsIsTold) {
  Make({.threads = 1});
  std::vector<Question> questions = {{"silent.test"}, {"late.test"}};
  Run(questions, [this] {
    names_.WaitUntilAskedForASilentName();
    names_.Speak();
    resolver_.reset();
  });
  for (const Question& question : questions) EXPECT_EQ(question.answer->error().kind, ErrorKind::unavailable);
}

}  // namespace
}  // namespace rowcall::net
