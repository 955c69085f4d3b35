// An undo: what a job has loaded is taken back, by a job of its own.

#include <algorithm>
#include <utility>

#include "api/answer.h"
#include "api/find_job.h"
#include "api/find_object.h"
#include "api/following_job.h"
#include "api/incoming_file.h"
#include "api/resources.h"
#include "base/failpoint.h"
#include "base/json_writer.h"
#include "job/plan.h"
#include "results/open_rows.h"
#include "results/undo_file.h"

namespace rowcall::api {

namespace {

using model::OutcomeKind;

/// What an undo stands on.
struct Scope {
  model::Job job;  ///< Whose rows are taken back.
  std::vector<model::Job> followers;  ///< Under the same root.
  const connector::ObjectSpec* object = nullptr;
  results::RowSet rows;  ///< To be taken in hand.
  std::optional<net::ServerAnswer> refusal;  ///< Why it cannot begin.
};

/// What will be done with the rows, as far as the ledger tells.
struct UndoPlan {
  std::int64_t archive = 0;  ///< The load made their records.
  std::int64_t put_back = 0;  ///< What they wrote over was kept.
  std::int64_t keep = 0;  ///< They wrote over what nobody kept.
  std::int64_t unresolved = 0;  ///< Not taken in hand.
  std::int64_t calls = 0;  ///< At most.
  std::vector<std::string> cannot;

  std::int64_t rows() const { return archive + put_back + keep; }
};

std::string NameOf(JobId job) { return "job " + std::to_string(job.value); }

bool IsUndoOf(const model::Job& follower, const model::Job& job) {
  return follower.order.undoes && follower.order.retry_of == job.id;
}

bool HasAny(const results::RowSet& rows) { return std::ranges::find(rows, true) != rows.end(); }

/// A retry of the job whose rows still stand at the service; nullopt if there is none.
async::Task<Result<std::optional<JobId>>> RetryThatStands(const Call& call, const Scope& scope) {
  for (const model::Job& retry : scope.followers) {
    if (retry.order.undoes || retry.order.retry_of != scope.job.id || retry.purge_begun_at != WallTime{}) continue;
    ASSIGN_OR_CO_RETURN(const results::RowSet rows,
                        co_await results::RowsToUndo(call.parts.ledger, call.parts.files, retry, scope.followers));
    if (HasAny(rows)) co_return retry.id;
  }
  co_return std::nullopt;
}

async::Task<Result<Scope>> FindScope(const Call& call) {
  Scope scope;
  ASSIGN_OR_CO_RETURN(scope.job, co_await FindJobWithRows(call));
  const model::Job& job = scope.job;
  const std::string undone = NameOf(job.order.retry_of);
  if (job.order.undoes) {
    scope.refusal = RefusalAnswer(call, 409, "undo_is_not_undone", "This job is the undo of " + undone + ".",
                                  "Upload the file again to load it once more.");
    co_return scope;
  }
  ASSIGN_OR_CO_RETURN(scope.followers, co_await call.parts.ledger.RetriesUnder(call.caller.tenant, RootOf(job)));
  scope.refusal = RefuseToFollow(call, job, scope.followers);
  if (scope.refusal) co_return scope;
  ASSIGN_OR_CO_RETURN(scope.object, FindObjectToLoad(call.connector(), job.order.object));
  if (!scope.object->undo) {
    scope.refusal =
        RefusalAnswer(call, 409, "no_undo", "The service has no way to take a " + job.order.object + " back.",
                      "Change the records at the service: GET /bulk/{id}/results/successful.csv has their ids.");
    co_return scope;
  }
  ASSIGN_OR_CO_RETURN(scope.rows,
                      co_await results::RowsToUndo(call.parts.ledger, call.parts.files, job, scope.followers));
  if (!HasAny(scope.rows)) {
    const auto undo = std::find_if(scope.followers.rbegin(), scope.followers.rend(),
                                   [&](const model::Job& other) { return IsUndoOf(other, job); });
    if (undo == scope.followers.rend()) {
      scope.refusal = RefusalAnswer(call, 409, "nothing_to_undo", "This job has written nothing at the service.",
                                    "There is nothing to take back.");
    } else if (undo->status == model::JobStatus::completed) {
      scope.refusal = RefusalAnswer(call, 409, "undone", "This job was taken back by " + NameOf(undo->id) + ".",
                                    "Its rows say what became of each.");
    }
    // One that ended before its time may have left what the load had made beside its rows.
    co_return scope;
  }
  ASSIGN_OR_CO_RETURN(const std::optional<JobId> retry, co_await RetryThatStands(call, scope));
  if (retry) {
    scope.refusal = RefusalAnswer(
        call, 409, "retry_not_undone",
        "Rows of this job were loaded again by " + NameOf(*retry) + ", which comes behind it.", "Undo that one first.");
  }
  co_return scope;
}

/// The written rows of a job that are in the scope.
results::ResultRows RowsOf(const Call& call, const Scope& scope, formats::Dialect dialect) {
  ledger::RowFilter written;
  written.kinds = {OutcomeKind::created, OutcomeKind::updated};
  const auto takes = [&scope](const results::ResultRow& row) {
    return scope.rows.at(static_cast<std::size_t>(row.outcome.row));
  };
  return {call.parts.ledger, call.parts.files, scope.job, std::move(dialect), std::move(written), takes};
}

async::Task<Result<UndoPlan>> PlanOf(const Call& call, const Scope& scope) {
  constexpr std::size_t kSliceOfRows = 2'000;
  UndoPlan plan;
  std::int64_t updated = 0;
  ledger::RowFilter written;
  written.kinds = {OutcomeKind::created, OutcomeKind::updated};
  for (RowNumber after = 0;;) {
    ASSIGN_OR_CO_RETURN(const auto page, co_await call.parts.ledger.Rows(call.caller.tenant, scope.job.id, written,
                                                                         after, kSliceOfRows));
    if (page.empty()) break;
    after = page.back().row;
    for (const model::Outcome& outcome : page) {
      if (!scope.rows.at(static_cast<std::size_t>(outcome.row))) continue;
      ++(outcome.kind == OutcomeKind::created ? plan.archive : updated);
    }
  }
  ASSIGN_OR_CO_RETURN(const std::int64_t images,
                      co_await call.parts.ledger.CountPreImages(call.caller.tenant, scope.job.id));
  plan.put_back = std::min(images, updated);
  plan.keep = updated - plan.put_back;
  plan.unresolved = scope.job.counts[OutcomeKind::unresolved];
  plan.calls = 2 * (plan.archive + plan.put_back);
  plan.cannot = scope.object->undo->cannot;
  if (plan.keep > 0) {
    plan.cannot.push_back(std::to_string(plan.keep) +
                          " rows wrote over records whose values from before were not kept (metaData.keepPreImage): "
                          "these stay as they are, unless this load made them.");
  }
  if (plan.unresolved > 0) {
    plan.cannot.push_back("Of " + std::to_string(plan.unresolved) +
                          " unresolved rows nobody can tell whether they were loaded: look at the service.");
  }
  co_return plan;
}

std::string PlanJson(const Scope& scope, const UndoPlan& plan) {
  std::string out;
  JsonWriter json(out);
  json.BeginObject().Key("undoOf").String(std::to_string(scope.job.id.value));
  json.Key("object").String(scope.job.order.object).Key("rows").Int(plan.rows());
  json.Key("archive").Int(plan.archive).Key("putBack").Int(plan.put_back).Key("keep").Int(plan.keep);
  json.Key("unresolved").Int(plan.unresolved).Key("callsAtMost").Int(plan.calls);
  json.Key("cannot").BeginArray();
  for (const std::string& sentence : plan.cannot) json.String(sentence);
  json.EndArray().EndObject();
  return out;
}

/// The rows that are taken in hand, stored as the file of the undo, the last one first.
async::Task<Result<model::FileRef>> StoreRows(const Call& call, const Scope& scope) {
  ASSIGN_OR_CO_RETURN(const job::Plan plan, job::PlanFromJson(scope.job.plan_json));
  const bool is_json = scope.job.order.file.format == model::FileFormat::json;
  ASSIGN_OR_CO_RETURN(const auto writer, co_await call.parts.files.Create(NewFileKey()));
  CO_RETURN_IF_ERROR(co_await results::WriteLastFirst(
      RowsOf(call, scope, plan.dialect), plan.dialect,
      is_json ? results::ResultFormat::jsonl : results::ResultFormat::csv, call.parts.files, NewFileKey(), *writer));
  ASSIGN_OR_CO_RETURN(const files::StoredFile stored, co_await writer->Commit());
  model::FileRef file = scope.job.order.file;
  Refer(stored, file);
  co_return file;
}

std::string Receipt(JobId job, const Call& call, const Scope& scope) {
  std::string out;
  JsonWriter json(out);
  json.BeginObject().Key("id").String(std::to_string(job.value));
  json.Key("instanceId").Int(call.caller.instance.id.value).Key("status").String("CREATED");
  json.Key("undoOf").String(std::to_string(scope.job.id.value));
  json.Key("rows").Int(std::ranges::count(scope.rows, true)).EndObject();
  return out;
}

}  // namespace

Handled PlanUndo(Call& call) {
  ASSIGN_OR_CO_RETURN(Scope scope, co_await FindScope(call));
  if (scope.refusal) co_return *std::move(scope.refusal);
  ASSIGN_OR_CO_RETURN(const UndoPlan plan, co_await PlanOf(call, scope));
  co_return JsonAnswer(PlanJson(scope, plan));
}

Handled UndoJob(Call& call) {
  ASSIGN_OR_CO_RETURN(std::string callback_url, CallbackUrl(call));
  ASSIGN_OR_CO_RETURN(Scope scope, co_await FindScope(call));
  if (scope.refusal) co_return *std::move(scope.refusal);
  model::JobOrder order = OrderBehind(scope.job, std::move(callback_url));
  order.undoes = true;
  order.keep_pre_image = false;
  order.warnings = scope.object->undo->cannot;
  order.connector_digest = call.connector().digest;
  CO_RETURN_IF_ERROR(co_await call.parts.ledger.PutConnector(order.connector_digest, call.caller.connector->packed));
  ASSIGN_OR_CO_RETURN(order.file, co_await StoreRows(call, scope));
  Failpoint("undo.stored");
  ASSIGN_OR_CO_RETURN(const ledger::CreatedJob job, co_await EnterBehind(call, order, scope.followers.size()));
  Failpoint("undo.entered");
  if (job.is_another_retry) {
    ASSIGN_OR_CO_RETURN(const model::Job other, co_await call.parts.ledger.GetJob(call.caller.tenant, job.id));
    co_return UnderWayAnswer(call, other);
  }
  co_return JsonAnswer(Receipt(job.id, call, scope));
}

}  // namespace rowcall::api
