#include "callback/verdict.h"

#include <algorithm>
#include <charconv>

#include "callback/schedule.h"

namespace rowcall::callback {

namespace {

constexpr std::size_t kMaxNote = 256;
constexpr int kGone = 410;

WallTime After(WallTime now, Duration pause) {
  return now + std::chrono::duration_cast<std::chrono::milliseconds>(pause);
}

/// The receiver's own wish; 0 if it has none that can be read.
std::chrono::seconds RetryAfter(const net::Headers& headers) {
  const auto value = headers.Find("Retry-After");
  if (!value.has_value()) return {};
  int seconds = 0;
  const auto [end, error] = std::from_chars(value->data(), value->data() + value->size(), seconds);
  if (error != std::errc() || end != value->data() + value->size() || seconds < 0) return {};
  return std::min(std::chrono::seconds(seconds), std::chrono::seconds(std::chrono::hours(24)));
}

std::string ErrorNote(const net::Exchange& exchange) {
  const bool unsent = exchange.delivery == net::Delivery::not_sent;
  return (unsent ? "not sent: " : "no whole answer: ") + exchange.error.message;
}

}  // namespace

Verdict GiveUp(std::string note) {
  note.resize(std::min(note.size(), kMaxNote));
  return {.result = ledger::CallbackResult::given_up, .next_attempt_at = {}, .note = std::move(note)};
}

Verdict TryLater(std::string note, int attempt, WallTime now, double luck) {
  const std::optional<Duration> pause = PauseBefore(attempt + 1, luck);
  if (!pause.has_value()) return GiveUp("given up after " + std::to_string(attempt) + " attempts; the last: " + note);
  note.resize(std::min(note.size(), kMaxNote));
  return {.result = ledger::CallbackResult::retry, .next_attempt_at = After(now, *pause), .note = std::move(note)};
}

Verdict Judge(const net::Exchange& exchange, int attempt, WallTime now, double luck) {
  if (exchange.delivery != net::Delivery::answered) return TryLater(ErrorNote(exchange), attempt, now, luck);
  const int status = exchange.answer.status;
  std::string note = "answered " + std::to_string(status);
  if (status >= 200 && status < 300) {
    return {.result = ledger::CallbackResult::delivered, .next_attempt_at = {}, .note = std::move(note)};
  }
  if (status == kGone) return GiveUp("answered 410: the receiver wants no more");
  Verdict verdict = TryLater(std::move(note), attempt, now, luck);
  if (verdict.result == ledger::CallbackResult::retry) {
    verdict.next_attempt_at = std::max(verdict.next_attempt_at, After(now, RetryAfter(exchange.answer.headers)));
  }
  return verdict;
}

}  // namespace rowcall::callback
