#include "job/simulated_line.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace rowcall::job {

namespace {

using Call = SimulatedService::Call;

constexpr std::array<std::string_view, kFates> kFateNames = {
    "carried out", "refused", "lost", "cut", "late", "500 before", "500 behind it", "garbage", "too many", "401"};

bool IsAmbiguous(Fate fate) {
  switch (fate) {
    case Fate::lost:
    case Fate::cut:
    case Fate::late:
    case Fate::broken_before:
    case Fate::broken_after:
    case Fate::garbage: return true;
    case Fate::carried_out:
    case Fate::refused:
    case Fate::too_many:
    case Fate::signed_out: break;
  }
  return false;
}

}  // namespace

SimulatedLine::SimulatedLine(Dice& dice, const Scenario& scenario, SimulatedService& service, async::Timers& timers,
                             Trace& trace)
    : dice_(dice),
      scenario_(scenario),
      service_(service),
      timers_(timers),
      trace_(trace),
      began_(timers.clock().MonotonicNow()) {}

bool SimulatedLine::IsAway() const {
  const Duration passed = timers_.clock().MonotonicNow() - began_;
  return scenario_.outage && passed >= scenario_.outage->first && passed < scenario_.outage->second;
}

Fate SimulatedLine::Draw(const Call& call) {
  const std::string subject = service_.SubjectOf(call);
  if (IsAway()) return scenario_.outage_fate;
  if (subject == scenario_.poisoned && call.method != "GET") return Fate::broken_before;
  if (is_calm_) return Fate::carried_out;
  for (std::size_t index = 1; index < kFates; ++index) {
    const auto fate = static_cast<Fate>(index);
    if (!dice_.Chance(scenario_.shares[index])) continue;
    if (!IsAmbiguous(fate)) return fate;
    int& lost = lost_by_chance_[subject];
    if (lost >= scenario_.most_losses) return Fate::carried_out;
    ++lost;
    return fate;
  }
  return Fate::carried_out;
}

int SimulatedLine::AmbiguousAbout(const std::string& subject) const {
  const auto found = ambiguous_.find(subject);
  return found == ambiguous_.end() ? 0 : found->second;
}

async::Task<net::Exchange> SimulatedLine::Send(async::Timers& sender, const net::HttpRequest& request) {
  const MonoTime now = timers_.clock().MonotonicNow();
  const Call call{request.method, request.url.target, std::string(request.body), now, now + request.deadline};
  if (sent) sent(call);
  const bool was_away = IsAway();
  const Fate fate = Draw(call);
  trace_.Say("{} {} {} ({})", call.method, call.target, call.body, kFateNames[static_cast<std::size_t>(fate)]);
  const auto exchange = std::make_shared<net::Exchange>();  // owners: this frame, the call on its way
  co_await sender.SleepUntil(Dispatch(call, fate, exchange));
  // One that was frozen may find both the answer and that its time is over.
  const bool over = timers_.clock().MonotonicNow() > call.deadline;
  if (over && exchange->delivery == net::Delivery::answered && dice_.Chance(0.5)) {
    *exchange = {net::Delivery::maybe_sent, {}, {ErrorKind::unavailable, "the deadline passed", ""}};
  }
  const bool answered = exchange->delivery == net::Delivery::answered;
  const bool ambiguous = exchange->delivery == net::Delivery::maybe_sent || (answered && IsAmbiguous(fate));
  if (ambiguous && !was_away) ++ambiguous_[service_.SubjectOf(call)];
  trace_.Say("  answer to {} {}: {}", call.method, call.target, answered ? exchange->answer.status : 0);
  co_return std::move(*exchange);
}

MonoTime SimulatedLine::Dispatch(const Call& call, Fate fate, const std::shared_ptr<net::Exchange>& exchange) {
  const MonoTime arrives = call.sent_at + std::min(OnTheWay(), call.deadline - call.sent_at - Duration(1));
  const MonoTime answered = arrives + OnTheWay();
  exchange->delivery = net::Delivery::maybe_sent;
  exchange->error = {ErrorKind::unavailable, "no answer", ""};
  switch (fate) {
    case Fate::refused:
      exchange->delivery = net::Delivery::not_sent;
      exchange->error.message = "connection refused";
      return arrives;
    case Fate::lost: return dice_.Chance(0.5) ? arrives : call.deadline;
    case Fate::late: {
      const MonoTime latest = call.deadline + dice_.UpTo(std::chrono::seconds(scenario_.late_seconds));
      Plan(latest, call, fate, nullptr);
      return call.deadline;
    }
    case Fate::cut: Plan(arrives, call, fate, nullptr); return dice_.Chance(0.5) ? answered : call.deadline;
    case Fate::carried_out:
    case Fate::broken_before:
    case Fate::broken_after:
    case Fate::garbage:
    case Fate::too_many:
    case Fate::signed_out: break;
  }
  Plan(arrives, call, fate, answered <= call.deadline ? exchange : nullptr);
  return std::min(answered, call.deadline);
}

void SimulatedLine::Plan(MonoTime at, const Call& call, Fate fate, std::shared_ptr<net::Exchange> exchange) {
  timers_.Schedule(at, [this, call, fate, exchange = std::move(exchange)] {
    net::HttpAnswer answer = Answer(call, fate);
    trace_.Say("  at the service: {} {}: {}", call.method, call.target, answer.status);
    if (exchange != nullptr) {
      exchange->delivery = net::Delivery::answered;
      exchange->answer = std::move(answer);
    }
    if (carried_out) carried_out();
  });
}

net::HttpAnswer SimulatedLine::Answer(const Call& call, Fate fate) {
  if (fate == Fate::broken_before) return service_.Refuse(500, "internal", "Something went wrong");
  if (fate == Fate::signed_out) return service_.Refuse(401, "unauthorized", "Token invalid");
  if (fate == Fate::too_many) {
    net::HttpAnswer answer = service_.Refuse(429, "rate_limit", "Busy");
    if (dice_.Chance(0.5)) answer.headers.Add("Retry-After", std::to_string(1 + dice_.Roll(3)));
    return answer;
  }
  net::HttpAnswer answer = service_.Carry(call);
  if (fate == Fate::broken_after) return service_.Refuse(502, "bad_gateway", "Something went wrong");
  if (fate == Fate::garbage) answer = net::HttpAnswer{200, answer.headers, "<html>Sorry</html>"};
  return answer;
}

Duration SimulatedLine::OnTheWay() {
  Duration way = dice_.UpTo(scenario_.latency);
  if (scenario_.hangs && !is_calm_ && dice_.Chance(0.02)) way += dice_.UpTo(std::chrono::milliseconds(1'500));
  return way;
}

}  // namespace rowcall::job
