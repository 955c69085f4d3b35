#include "api/answer.h"
#include "api/find_job.h"
#include "api/resources.h"
#include "base/failpoint.h"
#include "job/plan.h"
#include "results/causes.h"
#include "results/page.h"
#include "results/row_search.h"
#include "wire/status.h"

namespace rowcall::api {

namespace {

net::ServerAnswer StatusAnswer(const Call& call, const model::Job& job, const wire::Retries* retries = nullptr) {
  const WallTime now = call.parts.clock.Now();
  return JsonAnswer(wire::StatusJson(job, now, CompletedWord(call.caller.instance), call.request.id, retries));
}

Result<results::PageOrder> PageOrderOf(const Call& call) {
  return results::ReadPageOrder(call.request.QueryValue("pageSize"), call.request.QueryValue("nextPage"));
}

}  // namespace

Handled GetJobStatus(Call& call) {
  ASSIGN_OR_CO_RETURN(const model::Job job, co_await FindJob(call));
  ASSIGN_OR_CO_RETURN(const auto retries, co_await RetriesOf(call.parts.ledger, job));
  co_return StatusAnswer(call, job, retries ? &*retries : nullptr);
}

Handled CancelJob(Call& call) {
  ASSIGN_OR_CO_RETURN(const model::Job job, co_await FindJob(call));
  ASSIGN_OR_CO_RETURN(const model::Job cancelled, co_await call.parts.ledger.RequestCancel(call.caller.tenant, job.id));
  Failpoint("cancel.asked");
  call.parts.cancel_was_requested(job.id);
  co_return StatusAnswer(call, cancelled);
}

Handled PauseJob(Call& call) {
  ASSIGN_OR_CO_RETURN(const model::Job job, co_await FindJob(call));
  ASSIGN_OR_CO_RETURN(const model::Job paused, co_await call.parts.ledger.RequestPause(call.caller.tenant, job.id));
  call.parts.pause_was_changed(job.id);
  co_return StatusAnswer(call, paused);
}

Handled ResumeJob(Call& call) {
  ASSIGN_OR_CO_RETURN(const model::Job job, co_await FindJob(call));
  ASSIGN_OR_CO_RETURN(const model::Job resumed, co_await call.parts.ledger.RequestResume(call.caller.tenant, job.id));
  call.parts.pause_was_changed(job.id);
  co_return StatusAnswer(call, resumed);
}

Handled ListJobErrors(Call& call) {
  ASSIGN_OR_CO_RETURN(const model::Job job, co_await FindJobWithRows(call));
  ASSIGN_OR_CO_RETURN(results::PageOrder order, PageOrderOf(call));
  ASSIGN_OR_CO_RETURN(results::Page page,
                      co_await results::ErrorsPage(call.parts.ledger, call.caller.tenant, job.id, std::move(order)));
  co_return PageAnswer(std::move(page));
}

Handled ListJobRows(Call& call) {
  ASSIGN_OR_CO_RETURN(const model::Job job, co_await FindJobWithRows(call));
  ASSIGN_OR_CO_RETURN(results::PageOrder order, PageOrderOf(call));
  ledger::RowFilter filter;
  filter.code = call.request.QueryValue("code");
  ASSIGN_OR_CO_RETURN(filter.kinds, results::ReadOutcomeList(call.request.QueryValue("outcome")));
  std::string text = call.request.QueryValue("search");
  if (!text.empty() && !job.plan_json.empty()) {
    ASSIGN_OR_CO_RETURN(const job::Plan plan, job::PlanFromJson(job.plan_json));
    ASSIGN_OR_CO_RETURN(results::Page found,
                        co_await results::SearchPage(call.parts.ledger, call.parts.files, job, plan.dialect,
                                                     std::move(filter), std::move(text), std::move(order)));
    co_return PageAnswer(std::move(found));
  }
  ASSIGN_OR_CO_RETURN(results::Page page, co_await results::RowsPage(call.parts.ledger, call.caller.tenant, job.id,
                                                                     std::move(filter), std::move(order)));
  co_return PageAnswer(std::move(page));
}

Handled ListJobCauses(Call& call) {
  ASSIGN_OR_CO_RETURN(const model::Job job, co_await FindJobWithRows(call));
  ASSIGN_OR_CO_RETURN(const auto causes, co_await results::CausesOf(call.parts.ledger, call.caller.tenant, job.id));
  net::ServerAnswer answer = JsonAnswer("");
  results::WriteCauses(answer.body, causes);
  co_return answer;
}

Handled PurgeJobRows(Call& call) {
  ASSIGN_OR_CO_RETURN(const model::Job job, co_await FindJob(call));
  ASSIGN_OR_CO_RETURN(const model::Job purged, co_await call.parts.ledger.BeginPurge(call.caller.tenant, job.id));
  Failpoint("purge.asked");
  call.parts.purge_was_requested();
  net::ServerAnswer answer = StatusAnswer(call, purged);
  if (purged.rows_purged_at == WallTime{}) answer.status = 202;
  co_return answer;
}

}  // namespace rowcall::api
