// A job's status at each change, as server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html).

#include <algorithm>
#include <charconv>
#include <memory>

#include "api/find_job.h"
#include "api/resources.h"
#include "base/text.h"
#include "wire/status.h"

namespace rowcall::api {

namespace {

constexpr Duration kLooksEvery = std::chrono::milliseconds(250);
/// A client that has gone is noticed when it is sent something; and a server that ends waits no longer than that.
constexpr Duration kLongestSilence = std::chrono::seconds(2);

/// The stream of one client.
class JobEvents {
 public:
  JobEvents(const Call& call, JobId job, std::int64_t seen)
      : parts_(call.parts),
        tenant_(call.caller.tenant),
        job_(job),
        completed_word_(CompletedWord(call.caller.instance)),
        seen_(seen) {}

  /// The next event, or a line that means nothing; "" once the job has ended and the client knows it.
  async::Task<Result<std::string>> Next() {
    const MonoTime silent_until = parts_.clock.MonotonicNow() + kLongestSilence;
    while (!ended_) {
      ASSIGN_OR_CO_RETURN(const model::Job job, co_await parts_.ledger.GetJob(tenant_, job_));
      ended_ = model::IsFinal(job.status);
      if (job.revision > seen_) {
        seen_ = job.revision;
        ASSIGN_OR_CO_RETURN(const auto retries, co_await RetriesOf(parts_.ledger, job));
        co_return EventOf(job, retries ? &*retries : nullptr);
      }
      if (ended_) break;
      if (parts_.clock.MonotonicNow() >= silent_until) co_return std::string(":\n\n");
      co_await parts_.timers.SleepFor(kLooksEvery);
    }
    co_return std::string();
  }

 private:
  std::string EventOf(const model::Job& job, const wire::Retries* retries) const {
    std::string event = "id: " + std::to_string(job.revision) + "\nevent: status\n";
    std::string status = wire::StatusJson(job, parts_.clock.Now(), completed_word_, {}, retries);
    // The sender's metaData stands in it as it came, and may have lines; a CR ends one here too.
    std::ranges::replace(status, '\r', ' ');
    for (const std::string_view line : Split(status, '\n')) event.append("data: ").append(line).append("\n");
    return event + "\n";
  }

  const ApiParts& parts_;
  const TenantId tenant_;
  const JobId job_;
  const std::string completed_word_;
  std::int64_t seen_;
  bool ended_ = false;
};

std::int64_t LastEventId(const net::ServerRequest& request) {
  const std::string_view text = request.headers.Find("Last-Event-ID").value_or("");
  std::int64_t id = 0;
  std::from_chars(text.data(), text.data() + text.size(), id);
  return id;
}

}  // namespace

Handled FollowJob(Call& call) {
  ASSIGN_OR_CO_RETURN(const model::Job job, co_await FindJob(call));
  std::int64_t seen = LastEventId(call.request);
  if (seen > job.revision) seen = 0;  // it was never given
  net::ServerAnswer answer;
  if (model::IsFinal(job.status) && seen >= job.revision) {
    answer.status = 204;  // tells a browser not to connect again
    co_return answer;
  }
  answer.headers.Add("Content-Type", "text/event-stream");
  const auto events = std::make_shared<JobEvents>(call, job.id, seen);  // owner: the answer
  answer.more = [events] { return events->Next(); };
  answer.open_ended = true;
  co_return answer;
}

}  // namespace rowcall::api
