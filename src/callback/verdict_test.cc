#include "callback/verdict.h"

#include <gtest/gtest.h>

#include "callback/schedule.h"

namespace rowcall::callback {
namespace {

using ledger::CallbackResult;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr WallTime kNow{std::chrono::milliseconds(1'000'000)};
constexpr double kMiddle = 0.5;  // no spread

net::Exchange Answered(int status) {
  net::Exchange exchange;
  exchange.delivery = net::Delivery::answered;
  exchange.answer.status = status;
  return exchange;
}

TEST(ScheduleTest, PausesAreThoseOfStandardWebhooks) {
  const std::vector<Duration> expected = {seconds(0), seconds(5), minutes(5), minutes(30), hours(2),
                                          hours(5),   hours(10),  hours(14),  hours(20),   hours(24)};
  std::vector<Duration> pauses;
  for (int attempt = 1; PauseBefore(attempt, kMiddle).has_value(); ++attempt) {
    pauses.push_back(*PauseBefore(attempt, kMiddle));
  }
  EXPECT_EQ(pauses, expected);
}

TEST(ScheduleTest, TheSpreadIsATwentyPercentEitherWay) {
  EXPECT_EQ(PauseBefore(3, 0.0), minutes(4));
  EXPECT_LT(PauseBefore(3, 0.999), minutes(6));
  EXPECT_GT(PauseBefore(3, 0.999), minutes(6) - seconds(1));
}

TEST(VerdictTest, Every2xxAccepts) {
  for (const int status : {200, 201, 202, 204, 299}) {
    EXPECT_EQ(Judge(Answered(status), 1, kNow, kMiddle).result, CallbackResult::delivered) << status;
  }
}

TEST(VerdictTest, GoneIsGivenUpAtOnce) {
  EXPECT_EQ(Judge(Answered(410), 1, kNow, kMiddle).result, CallbackResult::given_up);
}

TEST(VerdictTest, RedirectsAndRefusalsAreTriedAgain) {
  for (const int status : {301, 302, 307, 308, 400, 401, 404, 429, 500, 502, 503, 504}) {
    const Verdict verdict = Judge(Answered(status), 1, kNow, kMiddle);
    EXPECT_EQ(verdict.result, CallbackResult::retry) << status;
    EXPECT_EQ(verdict.next_attempt_at, kNow + seconds(5)) << status;
    EXPECT_EQ(verdict.note, "answered " + std::to_string(status));
  }
}

TEST(VerdictTest, NoAnswerIsTriedAgain) {
  for (const auto delivery : {net::Delivery::not_sent, net::Delivery::maybe_sent}) {
    net::Exchange exchange;
    exchange.delivery = delivery;
    exchange.error = {ErrorKind::timeout, "it took too long", ""};
    const Verdict verdict = Judge(exchange, 2, kNow, kMiddle);
    EXPECT_EQ(verdict.result, CallbackResult::retry);
    EXPECT_EQ(verdict.next_attempt_at, kNow + minutes(5));
    EXPECT_NE(verdict.note.find("it took too long"), std::string::npos);
  }
}

TEST(VerdictTest, TheTenthFailureIsTheLast) {
  EXPECT_EQ(Judge(Answered(500), 9, kNow, kMiddle).result, CallbackResult::retry);
  const Verdict last = Judge(Answered(500), 10, kNow, kMiddle);
  EXPECT_EQ(last.result, CallbackResult::given_up);
  EXPECT_EQ(last.note, "given up after 10 attempts; the last: answered 500");
}

TEST(VerdictTest, AReceiverMayAskForALongerPauseButNotForAShorterOne) {
  net::Exchange exchange = Answered(429);
  exchange.answer.headers.Set("Retry-After", "3600");
  EXPECT_EQ(Judge(exchange, 1, kNow, kMiddle).next_attempt_at, kNow + hours(1));
  exchange.answer.headers.Set("Retry-After", "1");
  EXPECT_EQ(Judge(exchange, 1, kNow, kMiddle).next_attempt_at, kNow + seconds(5));
  exchange.answer.headers.Set("Retry-After", "99999999");
  EXPECT_EQ(Judge(exchange, 1, kNow, kMiddle).next_attempt_at, kNow + hours(24));
  exchange.answer.headers.Set("Retry-After", "Wed, 21 Oct 2026 07:28:00 GMT");
  EXPECT_EQ(Judge(exchange, 1, kNow, kMiddle).next_attempt_at, kNow + seconds(5));
}

TEST(VerdictTest, ANoteIsNeverLong) {
  net::Exchange exchange;
  exchange.error.message = std::string(10'000, 'x');
  EXPECT_LE(Judge(exchange, 1, kNow, kMiddle).note.size(), 256u);
  EXPECT_LE(Judge(exchange, 10, kNow, kMiddle).note.size(), 256u);
}

}  // namespace
}  // namespace rowcall::callback
