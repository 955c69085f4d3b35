#include "dispatch/turns.h"

#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <utility>

#include "model/job.h"

namespace rowcall::dispatch {

std::string ClockTime(WallTime time) {
  const std::time_t seconds = std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  return fmt::format("{:02}:{:02}:{:02} UTC", parts.tm_hour, parts.tm_min, parts.tm_sec);
}

bool Turns::TryTake(RateShare& of) {
  if (!lines_.empty() || !HasRoom()) return false;
  const MonoTime now = Now();
  if (RateWait(of, now) > Duration(0)) return false;
  TakeFor(of, now);
  if (!wait_reason_.empty()) wait_reason_.clear();
  if (!of.wait_reason().empty()) of.SayWaiting("");
  return true;
}

async::Task<bool> Turns::Take(RateShare& of) {
  bool has_turn = false;
  auto suspended = [&](auto resume) {
    if (of.place() == 0) of.TakePlace(++places_);
    Line& line = lines_[of.place()];
    line.of = &of;
    line.waiters.push_back({std::move(resume), &has_turn});
    GiveTurns();
  };
  co_await async::Suspend(std::move(suspended));
  co_return has_turn;
}

void Turns::GiveBack() {
  --in_flight_;
  GiveTurns();
}

void Turns::LookAgain() {
  for (auto& [place, line] : std::exchange(lines_, {})) {
    for (Waiter& waiter : line.waiters) waiter.resume();
  }
}

std::int64_t Turns::WorkOfWaiting(MonoTime now) const {
  std::int64_t work = 0;
  for (const auto& [place, line] : lines_) work += line.of->WorkNow(now, budget_, clock_);
  return work;
}

Duration Turns::RateWait(RateShare& of) { return RateWait(of, Now()); }

Duration Turns::RateWait(RateShare& of, MonoTime now) {
  const std::int64_t own = lines_.contains(of.place()) ? 0 : of.WorkNow(now, budget_, clock_);
  return std::max(budget_.WaitFor(now, clock_, WorkOfWaiting(now) + own), of.WaitFor(now, budget_, clock_));
}

void Turns::TakeFor(RateShare& share, MonoTime now) {
  budget_.Spend(now, clock_);
  share.Spend(now, budget_, clock_);
  last_ = share.place();
  ++in_flight_;
}

void Turns::GiveTurns() {
  if (alarm_ != 0) timers_.Cancel(std::exchange(alarm_, 0));
  while (!lines_.empty() && HasRoom()) {
    const MonoTime now = Now();
    const Duration wait = GiveOne(now);
    if (wait > Duration(0)) {
      alarm_ = timers_.Schedule(now + wait, [this] { GiveTurns(); });
      return;
    }
  }
}

/// To the job behind the last one of those that the rate lets. If it lets none: how long it will not.
Duration Turns::GiveOne(MonoTime now) {
  if (const Duration wait = WaitForBudget(now); wait > Duration(0)) return wait;
  auto line = lines_.upper_bound(last_);
  Duration least = Duration::max();
  for (std::size_t looked_at = 0; looked_at < lines_.size(); ++looked_at, ++line) {
    if (line == lines_.end()) line = lines_.begin();
    RateShare& share = *line->second.of;
    const Duration wait = WaitForShare(share, now);
    least = std::min(least, wait);
    if (wait > Duration(0)) continue;
    TakeFor(share, now);
    std::deque<Waiter>& waiters = line->second.waiters;
    Waiter waiter = std::move(waiters.front());
    waiters.pop_front();
    if (waiters.empty()) {
      share.SayWaiting("");
      lines_.erase(line);
    }
    if (lines_.empty()) wait_reason_.clear();
    *waiter.has_turn = true;
    waiter.resume();
    break;
  }
  return least;
}

Duration Turns::WaitForBudget(MonoTime now) {
  const Duration wait = budget_.WaitFor(now, clock_, WorkOfWaiting(now));
  if (wait > Duration(0)) {
    const bool has_share = budget_.permille() < model::kWholeRate;
    wait_reason_ = RateReason(has_share ? "the instance's share of the rate limit" : "rate limit of the service",
                              budget_.permille(), wait);
  }
  return wait;
}

Duration Turns::WaitForShare(RateShare& share, MonoTime now) {
  const Duration wait = share.WaitFor(now, budget_, clock_);
  if (wait > Duration(0)) share.SayWaiting(RateReason("this job's share of the rate limit", share.permille(), wait));
  return wait;
}

std::string Turns::RateReason(std::string_view what, int permille, Duration wait) const {
  const WallTime until = timers_.clock().Now() + std::chrono::duration_cast<std::chrono::milliseconds>(wait);
  if (budget_.limit() == 0)
    return fmt::format("{}: next call at {}", what, ClockTime(until));  // refused, no more known
  const std::int64_t part = PartOf(budget_.limit(), permille);
  const std::string of_part = part == budget_.limit() ? "" : fmt::format("{} of ", part);
  const std::string when = wait >= kLongWait ? "next call at " + ClockTime(until) : "calls are spread over this time";
  return fmt::format("{} ({}{} calls per {} s): {}", what, of_part, budget_.limit(),
                     std::chrono::duration_cast<std::chrono::seconds>(budget_.window()).count(), when);
}

}  // namespace rowcall::dispatch
