#include "wire/job_list.h"

#include <algorithm>
#include <array>

#include "api/answer.h"
#include "api/find_job.h"
#include "api/resources.h"
#include "base/json_writer.h"
#include "base/text.h"
#include "query/where.h"
#include "wire/time_text.h"

namespace rowcall::api {

namespace {

/// So many jobs are looked at for one page; then the page ends, full or not, and its token leads on.
constexpr std::size_t kMaxLookedAt = 10'000;
constexpr std::size_t kSlice = 500;

struct NamedValue {
  std::string_view name;
  std::string (*of)(const model::Job& job, std::string_view completed_word);
};

std::string StatusOf(const model::Job& job, std::string_view completed_word) {
  return std::string(job.status == model::JobStatus::completed ? completed_word : model::Name(job.status));
}

constexpr std::array kNames = {
    NamedValue{"id", [](const model::Job& job, std::string_view) { return std::to_string(job.id.value); }},
    NamedValue{"object_name", [](const model::Job& job, std::string_view) { return job.order.object; }},
    NamedValue{"job_status", StatusOf},
    NamedValue{"job_state", StatusOf},
    NamedValue{"status", StatusOf},
    NamedValue{"job_direction", [](const model::Job&, std::string_view) { return std::string("UPLOAD"); }},
    NamedValue{"record_count",
               [](const model::Job& job, std::string_view) { return std::to_string(job.rows_in_file); }},
    NamedValue{"error_count",
               [](const model::Job& job, std::string_view) { return std::to_string(job.counts.Failed()); }},
    NamedValue{"createdDate",
               [](const model::Job& job, std::string_view) { return std::to_string(wire::EpochMs(job.created_at)); }},
    NamedValue{"completion_time",
               [](const model::Job& job, std::string_view) { return std::to_string(wire::EpochMs(job.finished_at)); }},
};

const NamedValue* Find(std::string_view name) {
  const auto found = std::find_if(kNames.begin(), kNames.end(), [&](const NamedValue& v) { return v.name == name; });
  return found == kNames.end() ? nullptr : &*found;
}

Result<query::Where> ReadWhere(const Call& call) {
  ASSIGN_OR_RETURN(query::Where where, query::ParseWhere(call.request.QueryValue("where")));
  std::vector<std::string> known;
  for (const NamedValue& value : kNames) known.emplace_back(value.name);
  for (const std::string& name : query::NamesIn(where)) {
    if (Find(name) != nullptr) continue;
    const std::string closest = Closest(name, known);
    return Fail(ErrorKind::invalid, "where asks for " + Quoted(name) + ", which jobs do not have.",
                closest.empty() ? "" : "Did you mean \"" + closest + "\"?");
  }
  return where;
}

bool MatchesWhere(const query::Where& where, const model::Job& job, std::string_view completed_word) {
  return query::Matches(where, [&](std::string_view name) -> std::optional<std::string> {
    if (name == "completion_time" && job.finished_at == WallTime{}) return std::nullopt;
    return Find(name)->of(job, completed_word);
  });
}

/// A page being filled, newest job first.
struct JobPage {
  results::Page page;
  JobId last;         ///< The last job that was looked at, whether it matched or not.
  bool full = false;  ///< There is a further match.
};

/// Puts the matching jobs of a slice into a page of at most `size`.
void AddMatches(const Call& call, const query::Where& where, const std::vector<model::Job>& jobs, std::size_t size,
                JsonWriter& json, JobPage& out) {
  const std::string_view completed_word = CompletedWord(call.caller.instance);
  for (const model::Job& job : jobs) {
    const bool matches = MatchesWhere(where, job, completed_word);
    out.full = matches && out.page.count == size;
    if (out.full) return;
    out.last = job.id;
    if (!matches) continue;
    wire::WriteListedJob(json, job, completed_word);
    ++out.page.count;
  }
}

/// The page of matching jobs below id `before` (0 = from the newest).
async::Task<Result<results::Page>> ReadPage(const Call& call, const query::Where& where, std::size_t size,
                                            JobId before) {
  const InstanceId instance = call.caller.instance.id;
  const bool all_match = query::NamesIn(where).empty();
  const std::size_t slice = all_match ? std::min(kSlice, size + 1) : kSlice;
  JobPage out;
  out.last = before;
  JsonWriter json(out.page.json);
  json.BeginArray();
  bool more = true;
  for (std::size_t looked_at = 0; more && !out.full && looked_at < kMaxLookedAt; looked_at += slice) {
    ASSIGN_OR_CO_RETURN(const std::vector<model::Job> jobs,
                        co_await call.parts.ledger.ListJobs(call.caller.tenant, instance, out.last, slice));
    AddMatches(call, where, jobs, size, json, out);
    more = jobs.size() == slice;
  }
  json.EndArray();
  if (out.full || more) out.page.next_token = results::NextToken(instance.value, out.last.value);
  co_return out.page;
}

}  // namespace

Handled ListJobs(Call& call) {
  ASSIGN_OR_CO_RETURN(const query::Where where, ReadWhere(call));
  ASSIGN_OR_CO_RETURN(const results::PageOrder order,
                      results::ReadPageOrder(call.request.QueryValue("pageSize"), call.request.QueryValue("nextPage")));
  ASSIGN_OR_CO_RETURN(const std::int64_t before, results::BeginsBehind(order, call.caller.instance.id.value));
  ASSIGN_OR_CO_RETURN(results::Page page, co_await ReadPage(call, where, order.size, JobId{before}));
  co_return PageAnswer(std::move(page));
}

}  // namespace rowcall::api
