#include "callback/deliverer.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "async/semaphore.h"
#include "async/task_group.h"
#include "base/assert.h"
#include "base/crypto.h"
#include "base/failpoint.h"
#include "base/log.h"
#include "callback/signature.h"
#include "callback/verdict.h"

namespace rowcall::callback {

namespace {

constexpr std::size_t kAtOnce = 16;
constexpr std::size_t kAtOncePerOrigin = 2;  // a receiver that hangs holds up only itself
constexpr std::size_t kLookAhead = 256;
constexpr Duration kDeadline = std::chrono::seconds(20);
constexpr std::size_t kMaxAnswerBytes = 64 * 1024;
/// The wall clock may jump while we sleep by the monotonic one.
constexpr Duration kLongestSleep = std::chrono::minutes(1);
/// While notices are on their way, or the ledger cannot be read.
constexpr Duration kShortSleep = std::chrono::seconds(1);
constexpr char kSignatureKeySetting[] = "event.notification.signature.key";

double Luck() {
  const std::string bytes = RandomBytes(2);
  const unsigned number = static_cast<unsigned char>(bytes[0]) * 256u + static_cast<unsigned char>(bytes[1]);
  return number / 65536.0;
}

std::string OriginOf(const model::Callback& callback) {
  const Result<net::Url> url = net::ParseUrl(callback.url);
  return url.has_value() ? url->Origin() : std::string();
}

struct Keys {
  Secret webhook;
  std::optional<Secret> user;
};

}  // namespace

struct Deliverer::State {
  State(async::Loop& loop_in, async::Timers& timers_in, net::HttpClient& http_in, ledger::Ledger& ledger_in,
        ledger::Catalogue& catalogue_in)
      : loop(loop_in),
        timers(timers_in),
        http(http_in),
        ledger(ledger_in),
        catalogue(catalogue_in),
        group(loop_in, kAtOnce) {}

  async::Task<void> Run();
  async::Task<Duration> SendWhatIsDue();
  async::Task<void> Sleep(Duration pause);
  async::Task<void> Deliver(model::Callback callback, std::string origin);
  async::Task<Verdict> Attempt(const model::Callback& callback);
  Result<Keys> KeysOf(InstanceId instance);
  void Wake();

  async::Loop& loop;
  async::Timers& timers;
  net::HttpClient& http;
  ledger::Ledger& ledger;
  ledger::Catalogue& catalogue;

  async::TaskGroup group;
  async::Signal changed;
  std::set<CallbackId> in_flight;
  std::set<CallbackId> settled;  ///< Recorded since the last look at the ledger began; that look may not show it.
  std::map<std::string, std::size_t> per_origin;
  bool woken = false;
  bool started = false;
  bool stopping = false;
  bool ended = false;
};

void Deliverer::State::Wake() {
  woken = true;
  changed.NotifyAll();
}

async::Task<void> Deliverer::State::Run() {
  while (!stopping) {
    woken = false;
    const Duration pause = co_await SendWhatIsDue();
    if (!woken && !stopping) co_await Sleep(pause);
  }
  co_await group.Join();
  ended = true;
  changed.NotifyAll();
}

async::Task<void> Deliverer::State::Sleep(Duration pause) {
  const auto alarm = timers.Schedule(timers.clock().MonotonicNow() + pause, [this] { changed.NotifyAll(); });
  co_await changed.Wait();
  timers.Cancel(alarm);
}

/// Starts what may start, and says how long nothing else can fall due.
async::Task<Duration> Deliverer::State::SendWhatIsDue() {
  settled.clear();
  auto due = co_await ledger.DueCallbacks(timers.clock().Now(), kLookAhead);
  if (!due.has_value()) {
    Log(LogLevel::error, "callbacks_unreadable", {{"error", due.error().message}});
    co_return kShortSleep;
  }
  for (model::Callback& callback : *due) {
    std::string origin = OriginOf(callback);
    if (stopping || in_flight.size() >= kAtOnce) break;
    if (in_flight.contains(callback.id) || settled.contains(callback.id)) continue;
    if (per_origin[origin] >= kAtOncePerOrigin) continue;
    in_flight.insert(callback.id);
    ++per_origin[origin];
    co_await group.Add(Deliver(std::move(callback), std::move(origin)));
  }
  if (!in_flight.empty()) co_return kShortSleep;
  const auto next = co_await ledger.NextCallbackDue();
  if (!next.has_value()) co_return kShortSleep;
  if (!next->has_value()) co_return kLongestSleep;
  co_return std::clamp<Duration>(**next - timers.clock().Now(), Duration(0), kLongestSleep);
}

async::Task<void> Deliverer::State::Deliver(model::Callback callback, std::string origin) {
  Failpoint("callback.due");
  const Verdict verdict = co_await Attempt(callback);
  Failpoint("callback.answered");
  if (verdict.result != ledger::CallbackResult::delivered) {
    const bool over = verdict.result == ledger::CallbackResult::given_up;
    Log(LogLevel::warning, over ? "callback_given_up" : "callback_failed",
        {{"job", callback.job.value}, {"attempt", callback.attempts + 1}, {"note", verdict.note}});
  }
  const auto recorded =
      co_await ledger.RecordCallbackAttempt(callback, verdict.result, verdict.next_attempt_at, verdict.note);
  Failpoint("callback.recorded");
  if (!recorded.has_value()) {
    Log(LogLevel::error, "callback_not_recorded",  // so it will be sent again
        {{"job", callback.job.value}, {"error", recorded.error().message}});
    co_await timers.SleepFor(kShortSleep);
  }
  in_flight.erase(callback.id);
  settled.insert(callback.id);
  if (--per_origin[origin] == 0) per_origin.erase(origin);
  Wake();
}

async::Task<Verdict> Deliverer::State::Attempt(const model::Callback& callback) {
  const int attempt = callback.attempts + 1;
  const double luck = Luck();
  Result<net::Url> url = net::ParseUrl(callback.url);
  if (!url.has_value()) co_return GiveUp("the callback's address cannot be used: " + url.error().message);
  const Result<Keys> keys = KeysOf(callback.instance);
  if (!keys.has_value() && keys.error().kind == ErrorKind::not_found) {
    co_return GiveUp("the instance was deleted, and its keys with it: the notice cannot be signed");
  }
  const WallTime now = timers.clock().Now();
  if (!keys.has_value()) co_return TryLater(keys.error().message, attempt, now, luck);
  net::HttpRequest request;
  request.method = "POST";
  request.url = *std::move(url);
  request.headers = SignedHeaders(callback, now, keys->webhook, keys->user);
  request.body = callback.body;
  request.deadline = kDeadline;
  request.max_answer_bytes = kMaxAnswerBytes;
  const net::Exchange exchange = co_await http.Send(request);
  co_return Judge(exchange, attempt, timers.clock().Now(), luck);
}

Result<Keys> Deliverer::State::KeysOf(InstanceId id) {
  ASSIGN_OR_RETURN(model::Instance instance, catalogue.GetInstanceForWork(id));
  if (const auto why = instance.unreadable.find(kSignatureKeySetting); why != instance.unreadable.end()) {
    return Fail(ErrorKind::corrupt, why->second);
  }
  Keys keys;
  ASSIGN_OR_RETURN(keys.webhook, catalogue.WebhookSecret(id));
  const auto found = instance.secrets.find(kSignatureKeySetting);
  if (found != instance.secrets.end()) keys.user = std::move(found->second);
  return keys;
}

Deliverer::Deliverer(async::Loop& loop, async::Timers& timers, net::HttpClient& http, ledger::Ledger& ledger,
                     ledger::Catalogue& catalogue)
    : state_(std::make_shared<State>(loop, timers, http, ledger, catalogue)) {}

Deliverer::~Deliverer() = default;

namespace {

// `state` keeps what the task works on alive as long as the task.
async::Task<void> KeepAlive(std::shared_ptr<void> state, async::Task<void> task) {
  co_await std::move(task);
  state.reset();
}

}  // namespace

void Deliverer::Start() {
  ROWCALL_ASSERT(!state_->started);
  state_->started = true;
  state_->loop.Spawn(KeepAlive(state_, state_->Run()));
}

void Deliverer::Wake() { state_->Wake(); }

async::Task<void> Deliverer::Stop() {
  const std::shared_ptr<State> state = state_;  // owners: Deliverer, its task, this frame
  state->stopping = true;
  state->Wake();
  while (state->started && !state->ended) co_await state->changed.Wait();
}

}  // namespace rowcall::callback
