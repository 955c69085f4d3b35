#include "dispatch/lane.h"

#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/failpoint.h"
#include "dispatch/redact.h"
#include "model/job.h"

namespace rowcall::dispatch {

namespace {

constexpr Duration kFirstPause = std::chrono::milliseconds(200);
constexpr Duration kLongestPause = std::chrono::seconds(30);
constexpr char kSetAnew[] = "Set this secret anew, by PATCH /instances/{id}.";
/// No header of the service makes us wait longer; then we ask again.
constexpr std::chrono::seconds kLongestWait = std::chrono::hours(1);

std::optional<std::int64_t> Number(std::optional<std::string_view> text) {
  std::int64_t number = 0;
  if (!text) return std::nullopt;
  const auto parsed = std::from_chars(text->data(), text->data() + text->size(), number);
  return parsed.ec == std::errc() ? std::optional(number) : std::nullopt;
}

/// A time in seconds since 1970, if it lies in this century: no other is believed, and none that a header may hold
/// overflows what is counted in nanoseconds.
std::optional<std::int64_t> Believable(std::optional<std::int64_t> seconds) {
  constexpr std::int64_t kYear2000 = 946'684'800;
  constexpr std::int64_t kYear2100 = 4'102'444'800;
  return seconds && *seconds >= kYear2000 && *seconds < kYear2100 ? seconds : std::nullopt;
}

/// An HTTP date (RFC 9110 §5.6.7, the preferred form) in seconds since 1970.
std::optional<std::int64_t> HttpDate(std::string_view text) {
  std::tm parts{};
  const std::string owned(text);
  if (strptime(owned.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts) == nullptr) return std::nullopt;
  return Believable(timegm(&parts));
}

Duration RetryAfter(const net::HttpAnswer& answer) {
  const std::int64_t said = Number(answer.headers.Find("Retry-After")).value_or(0);
  return std::chrono::seconds(std::clamp<std::int64_t>(said, 0, kLongestWait.count()));
}

/// The setting, in seconds, or else what the connector says.
Duration DurationOf(const model::Instance& instance, const char* setting, Duration of_connector) {
  const auto set = instance.configuration.find(setting);
  if (set == instance.configuration.end()) return of_connector;
  const auto seconds = Number(set->second);
  return seconds ? std::chrono::seconds(*seconds) : of_connector;
}

model::Personal PersonalIn(const model::Instance& instance) {
  const auto set = instance.configuration.find("reasons.personal");
  const bool shown = set != instance.configuration.end() && set->second == "show";
  return shown ? model::Personal::shown : model::Personal::hidden;
}

/// Of the service's limit, what the instance may use, in thousandths.
int ShareOf(const model::Instance& instance) {
  const auto set = instance.configuration.find("rate.share");
  return set == instance.configuration.end() ? model::kWholeRate
                                             : model::RatePermille(set->second).value_or(model::kWholeRate);
}

}  // namespace

Result<net::Url> AddressOf(const connector::Connector& connector, const model::Instance& instance,
                           std::string_view target) {
  const auto set = instance.configuration.find(connector.base_url_setting);
  const bool own = set != instance.configuration.end() && !set->second.empty();
  std::string base = own ? set->second : connector.base_url;
  while (base.ends_with('/')) base.pop_back();
  return net::ParseUrl(base.append(target));
}

bool IsOwnHost(const connector::Connector& connector, const net::Url& url) {
  const bool own = std::ranges::find(connector.hosts, url.host) != connector.hosts.end();
  return own && url.scheme == "https" && url.port == 443;
}

Result<net::Headers> SignedInHeaders(const connector::Connector& connector, const model::Instance& instance) {
  if (const auto why = instance.unreadable.find(connector.bearer_setting); why != instance.unreadable.end()) {
    return Fail(ErrorKind::unavailable, why->second, kSetAnew);
  }
  net::Headers headers;
  headers.Reserve(connector.headers.size() + 1);
  for (const auto& [name, value] : connector.headers) headers.Add(name, value);
  const auto token = instance.secrets.find(connector.bearer_setting);
  if (token != instance.secrets.end()) {
    headers.Add("Authorization", fmt::format("Bearer {}", token->second.Reveal()));
  }
  return headers;
}

Lane::Settings::Settings(const connector::Connector& connector, model::Instance of)
    : instance(std::move(of)),
      base(AddressOf(connector, instance, "")),
      headers(SignedInHeaders(connector, instance)),
      is_own_host(base && IsOwnHost(connector, *base)),
      personal(PersonalIn(instance)) {
  if (base && base->target == "/") base->target.clear();
  if (!headers) return;
  headers_with_body = *headers;
  headers_with_body.Add("Content-Type", "application/json");
}

Lane::Lane(async::Timers& timers, net::HttpClient& http, std::shared_ptr<const connector::Connector> connector,
           model::Instance instance)
    : timers_(timers),
      http_(http),
      connector_(std::move(connector)),
      settings_(std::make_shared<const Settings>(*connector_, std::move(instance))),
      late_(DurationOf(settings_->instance, "late.seconds", connector_->late)),
      search_lag_(DurationOf(settings_->instance, "search.lag.seconds", connector_->search_lag)),
      budget_(connector_->rate.window),
      concurrency_(connector_->first_in_flight, connector_->max_in_flight),
      turns_(timers_, budget_, vendor_clock_, concurrency_) {
  budget_.SetShare(ShareOf(settings_->instance));
}

void Lane::Replace(model::Instance instance) {
  settings_ = std::make_shared<const Settings>(*connector_, std::move(instance));
  late_ = DurationOf(settings_->instance, "late.seconds", connector_->late);
  search_lag_ = DurationOf(settings_->instance, "search.lag.seconds", connector_->search_lag);
  budget_.SetShare(ShareOf(settings_->instance));
  refused_ = false;
  refused_since_.reset();
  circuit_ = Circuit();
  wait_reason_.clear();
  Wake();
}

std::int64_t Lane::VendorSeconds() const {
  const auto now = vendor_clock_.Now(timers_.clock().MonotonicNow());
  return now ? std::chrono::duration_cast<std::chrono::seconds>(now->time_since_epoch()).count() : 0;
}

async::Task<void> Lane::Pause(Duration duration, const StopToken& stop) {
  const MonoTime until = timers_.clock().MonotonicNow() + duration;
  while (!stop.stopped && timers_.clock().MonotonicNow() < until) {
    co_await changed_.WaitUntil(timers_, until);
  }
}

async::Task<void> Lane::WaitForSignIn(const StopToken& stop) {
  while (!stop.stopped && refused_) co_await changed_.Wait();
}

void Lane::Wake() {
  changed_.NotifyAll();
  turns_.LookAgain();
}

/// Until the service gives definite answers again. False if the caller must give up.
async::Task<bool> Lane::WaitForService(const StopToken& stop) {
  while (circuit_.is_open() && !RefusedHere()) {
    if (stop.stopped) co_return false;
    const MonoTime at = circuit_.probe_at();
    if (at == MonoTime::max()) {
      co_await changed_.Wait();
    } else if (timers_.clock().MonotonicNow() < at) {
      co_await changed_.WaitUntil(timers_, at);
    } else {
      circuit_.BeginProbe();
      const connector::FilledCall filled{connector_->test.method, connector_->test.path, ""};
      turns_.TakeUnasked();
      static_cast<void>(co_await CallOnce(connector_->test, filled, ""));  // its answer was noted
      turns_.GiveBack();
      circuit_.EndProbe(timers_.clock().MonotonicNow());
      if (circuit_.is_open()) SayUnavailable();
      Wake();
    }
  }
  co_return true;
}

void Lane::SayUnavailable() {
  const MonoTime now = timers_.clock().MonotonicNow();
  const Duration wait = circuit_.probe_at() == MonoTime::max() ? Duration(0) : circuit_.probe_at() - now;
  const WallTime at = timers_.clock().Now() + std::chrono::duration_cast<std::chrono::milliseconds>(wait);
  wait_reason_ = fmt::format(
      "paused: vendor unavailable: {} gave no definite answer to {} calls in a row. It goes on by itself; next try at "
      "{}",
      connector_->title, Circuit::kOpensAfter, ClockTime(at));
}

void Lane::NoteAmbiguous() {
  circuit_.Ambiguous(timers_.clock().MonotonicNow());
  if (circuit_.is_open()) {
    SayUnavailable();
  } else if (!refused_) {
    wait_reason_.clear();
  }
}

void Lane::NoteDefinite() {
  if (circuit_.is_open()) Wake();
  circuit_.Definite();
}

/// Why nothing may be sent for the instance, whatever the service says.
std::optional<model::Reason> Lane::RefusedHere() const {
  const model::Instance& instance = settings_->instance;
  if (instance.disabled) return model::Because("disabled", "the instance is disabled", "Enable it to go on.");
  const auto unreadable = instance.unreadable.find(connector_->bearer_setting);
  if (unreadable == instance.unreadable.end()) return std::nullopt;
  return model::Because("unreadable_secret", unreadable->second, kSetAnew);
}

Result<void> Lane::Prepare(net::HttpRequest& request, const Settings& settings, const connector::FilledCall& filled,
                           std::string_view body) const {
  if (!settings.base) return std::unexpected(settings.base.error());
  if (!settings.headers) return std::unexpected(settings.headers.error());
  request.method = filled.method;
  request.url = *settings.base;
  request.url.target += filled.target;
  request.headers = body.empty() ? *settings.headers : settings.headers_with_body;
  request.only_allowed_by_hand = !settings.is_own_host;
  request.body = body;
  request.deadline = connector_->deadline;
  return {};
}

/// Whether a window may end then: nobody is made to wait for years by a mistaken header.
bool Lane::IsNear(std::int64_t epoch_seconds) const {
  const WallTime now = vendor_clock_.Now(timers_.clock().MonotonicNow()).value_or(timers_.clock().Now());
  return WallTime(std::chrono::seconds(epoch_seconds)) - now <= kLongestWait;
}

std::optional<RateReading> Lane::Observe(const net::HttpAnswer& answer, MonoTime now) {
  const std::string_view date = answer.headers.Find("Date").value_or("");
  if (date != last_date_) {  // reading a date costs as much as a tenth of all else in a call
    last_date_ = date;
    last_date_seconds_ = HttpDate(date);
  }
  if (last_date_seconds_) vendor_clock_.Observe(now, *last_date_seconds_);
  const connector::RateSpec& rate = connector_->rate;
  if (rate.limit_header.empty()) return std::nullopt;
  const auto limit = Number(answer.headers.Find(rate.limit_header));
  const auto remaining = Number(answer.headers.Find(rate.remaining_header));
  const auto reset = Believable(Number(answer.headers.Find(rate.reset_header)));
  const bool is_whole = limit && *limit > 0 && remaining && reset;
  if (!is_whole || !IsNear(*reset)) return std::nullopt;
  const RateReading reading{*limit, *remaining, *reset};
  budget_.Observe(reading);
  return reading;
}

/// A refusal of a row's call may repeat what is in the row.
std::string Lane::SignInRefused(const connector::CallTemplate& call, const model::Reason& reason) const {
  const bool may_quote_a_row = &call != &connector_->test && reason.service_status != 0;
  if (personal() == model::Personal::shown || !may_quote_a_row) return "sign-in refused: " + reason.message;
  const std::string hint = reason.hint.empty() ? "" : " " + reason.hint;
  return fmt::format("sign-in refused: {} answered {}.{}", connector_->title, reason.service_status, hint);
}

void Lane::NoteVerdict(const connector::CallTemplate& call, const connector::Verdict& verdict) {
  using connector::Meaning;
  if (verdict.meaning == Meaning::stop) {
    refused_ = true;
    if (!refused_since_) refused_since_ = timers_.clock().MonotonicNow();
    wait_reason_ = SignInRefused(call, *verdict.reason);
    return;
  }
  ++definite_answers_;
  if (verdict.meaning == Meaning::yes) {
    // A good test lets the others try again; only their success says that the refusal is over.
    if (&call != &connector_->test) refused_since_.reset();
    if (std::exchange(refused_, false)) Wake();
  }
  if (verdict.meaning != Meaning::not_processed && !refused_) wait_reason_.clear();
}

void Lane::HoldUntil(MonoTime moment) {
  held_until_ = moment;
  Wake();
}

bool Lane::HoldOutlastsACall(MonoTime from) const { return from + connector_->deadline < held_until_; }

/// How the service bears so many calls at once.
void Lane::NoteLoad(const Begun& begun, const net::Exchange& exchange, connector::Meaning meaning,
                    const std::optional<RateReading>& rate, MonoTime now) {
  using connector::Meaning;
  const bool rate_is_spent = rate && rate->remaining <= 0;
  if (meaning == Meaning::ambiguous) {
    concurrency_.Ambiguous(begun.at, now);
  } else if (meaning == Meaning::not_processed && !rate_is_spent) {
    concurrency_.Refused(begun.at, now);
  } else {
    concurrency_.Answered(begun.at, begun.in_flight, now - std::max(begun.at, exchange.connected_at), now);
  }
}

async::Task<std::expected<Called, Lane::Again>> Lane::CallOnce(const connector::CallTemplate& call,
                                                               const connector::FilledCall& filled,
                                                               std::string_view body) {
  Called called;
  const Begun begun{timers_.clock().MonotonicNow(), turns_.in_flight()};
  if (!HoldOutlastsACall(begun.at)) co_return std::unexpected(Again::in_its_turn);
  called.deadline = begun.at + connector_->deadline;
  const std::shared_ptr<const Settings> settings = settings_;  // what this call is sent with, to its end
  net::Exchange exchange;
  net::HttpRequest request;
  const Result<void> prepared = Prepare(request, *settings, filled, body);
  if (prepared) {
    Failpoint("call.begun");
    concurrency_.Sent(begun.at);
    exchange = co_await http_.Send(request);
    Failpoint("call.ended");
  } else {
    exchange.error = prepared.error();
  }
  const MonoTime now = timers_.clock().MonotonicNow();
  if (exchange.delivery == net::Delivery::maybe_sent) {
    called.verdict.meaning = connector::Meaning::ambiguous;
    called.verdict.reason =
        model::Because("no_answer", "The call was sent, but no complete answer came: " + exchange.error.message);
    NoteLoad(begun, exchange, called.verdict.meaning, std::nullopt, now);
    NoteAmbiguous();
    co_return called;
  }
  if (exchange.delivery == net::Delivery::not_sent) {
    if (prepared) NoteLoad(begun, exchange, connector::Meaning::ambiguous, std::nullopt, now);
    wait_reason_ = "service not reachable: " + exchange.error.message;
    co_return std::unexpected(Again::after_a_pause);
  }
  const std::optional<RateReading> rate = Observe(exchange.answer, now);
  const connector::Answer answer{exchange.answer.status, &exchange.answer.headers.all(), exchange.answer.body};
  called.verdict = connector::Classify(*connector_, call, answer);
  if (called.verdict.reason) Redact(settings->instance, called.verdict.reason.Edit());
  NoteLoad(begun, exchange, called.verdict.meaning, rate, now);
  if (called.verdict.meaning == connector::Meaning::ambiguous) {
    NoteAmbiguous();
  } else {
    NoteDefinite();
    NoteVerdict(call, called.verdict);
  }
  if (called.verdict.meaning == connector::Meaning::not_processed) {
    budget_.Refused(now, RetryAfter(exchange.answer));
    co_return std::unexpected(budget_.limit() == 0 ? Again::after_a_pause : Again::in_its_turn);
  }
  called.body = std::move(exchange.answer.body);
  co_return called;
}

async::Task<Called> Lane::Call(const connector::CallTemplate& call, const connector::FilledCall& filled,
                               std::string_view body, const StopToken& stop, RateShare& share) {
  Called called;
  const bool is_test = &call == &connector_->test;
  for (Duration pause = kFirstPause;;) {
    if (auto refusal = RefusedHere()) {
      called.verdict.meaning = connector::Meaning::stop;
      called.verdict.reason = *std::move(refusal);
      NoteVerdict(call, called.verdict);
      wait_reason_ = called.verdict.reason->message;
      co_return called;
    }
    if (!HoldOutlastsACall(timers_.clock().MonotonicNow())) {
      if (stop.stopped) break;
      co_await changed_.Wait();
      continue;
    }
    if (circuit_.is_open() && !is_test) {
      const bool goes_on = co_await WaitForService(stop);
      if (!goes_on) break;
      continue;
    }
    if (!turns_.TryTake(share)) {
      if (stop.stopped && turns_.RateWait(share) >= kLongWait) break;
      const bool has_turn = co_await turns_.Take(share);
      if (!has_turn) continue;
      if (RefusedHere() || (circuit_.is_open() && !is_test)) {  // meanwhile
        turns_.GiveBack();
        continue;
      }
    }
    std::expected<Called, Again> done = co_await CallOnce(call, filled, body);
    turns_.GiveBack();
    if (done) co_return *std::move(done);
    if (stop.stopped) break;
    if (done.error() == Again::in_its_turn) continue;
    co_await Pause(pause, stop);
    pause = std::min(pause * 2, kLongestPause);
  }
  called.withdrawn = true;
  co_return called;
}

void Lane::ReleaseKeysBehind(MonoTime deadline, KeyLocks::Ticket ticket, std::move_only_function<void()> released) {
  auto release = [locks = std::weak_ptr(key_locks_), ticket, released = std::move(released)]() mutable {
    const auto held = locks.lock();
    if (held == nullptr) return;
    held->Release(ticket);
    released();
  };
  timers_.Schedule(deadline + late_, std::move(release));
}

async::Task<Called> Lane::Test(const StopToken& stop) {
  if (circuit_.is_open() && !RefusedHere()) {
    co_await WaitForService(stop);
    Called none;
    none.withdrawn = true;
    co_return none;
  }
  const connector::FilledCall filled{connector_->test.method, connector_->test.path, ""};
  RateShare whole;  // a test is the instance's, not a job's
  co_return co_await Call(connector_->test, filled, "", stop, whole);
}

}  // namespace rowcall::dispatch
