// A retry: rows of a job that are not in their place are tried again, by a job of its own.

#include <memory>
#include <utility>

#include "api/answer.h"
#include "api/find_job.h"
#include "api/find_object.h"
#include "api/following_job.h"
#include "api/incoming_file.h"
#include "api/resources.h"
#include "base/failpoint.h"
#include "base/json_writer.h"
#include "base/text.h"
#include "dispatch/row_sender.h"
#include "job/plan.h"
#include "mapping/mapper.h"
#include "results/mended_file.h"
#include "results/open_rows.h"
#include "results/result_file.h"

namespace rowcall::api {

namespace {

/// What a retry stands on.
struct Ground {
  model::Job job;  ///< Whose rows are tried again.
  job::Plan plan;
  std::vector<model::Job> retries;  ///< Under the same root.
  results::RowSet open;
  results::MaySendAgain may_send_again;
};

/// nullopt: a retry may begin.
std::optional<net::ServerAnswer> RefuseNow(const Call& call, const model::Job& job,
                                           const std::vector<model::Job>& followers) {
  if (job.order.undoes) {
    const std::string of = std::to_string(job.order.retry_of.value);
    return RefusalAnswer(
        call, 409, "undo_is_not_retried", "This job is the undo of job " + of + ".",
        "If it ended before its time, undo job " + of + " again: that goes on with the rows that are left.");
  }
  if (auto refusal = RefuseToFollow(call, job, followers)) return refusal;
  for (const model::Job& undo : followers) {
    if (!undo.order.undoes || undo.order.retry_of != job.id) continue;
    return RefusalAnswer(call, 409, "undone", "This job was taken back by job " + std::to_string(undo.id.value) + ".",
                         "Upload the file again to load it once more.");
  }
  return std::nullopt;
}

/// Whether a row of the job can be sent once more although nobody knows what became of it: only where a key keeps the
/// service from making it twice.
results::MaySendAgain RuleFor(const connector::ObjectSpec& object, const model::JobOrder& order, const job::Plan& plan,
                              const model::Instance& instance) {
  const auto mapper =
      std::make_shared<mapping::Mapper>(plan.schema, plan.mapping, plan.dialect.header);  // owner: the rule
  return [mapper, &object, action = order.action, &instance](const model::Row& row) {
    const model::MappedRow mapped = mapper->Map(row, model::Personal::hidden);
    return dispatch::PathOf(object, mapped.record, action, instance) == dispatch::DoubtPath::send_again;
  };
}

/// What was never sent, for it could not be read or mapped, would only be rejected again.
bool CanHelpUnchanged(const Ground& ground, const results::ResultRow& row) {
  if (!ground.open.at(static_cast<std::size_t>(row.outcome.row))) return false;
  if (row.outcome.kind == model::OutcomeKind::rejected) return false;
  return row.outcome.kind != model::OutcomeKind::unresolved || ground.may_send_again(row.row);
}

/// Writes the open rows as a file like the one that was sent; nullopt if none of them could be helped by it.
async::Task<Result<std::optional<results::Mended>>> WriteOpenRows(const Call& call, const Ground& ground,
                                                                  files::FileWriter& writer) {
  results::Mended written;
  const auto takes = [&](const results::ResultRow& row) {
    const bool is_taken = CanHelpUnchanged(ground, row);
    if (is_taken) ++written.rows;
    return is_taken;
  };
  results::ResultRows rows(call.parts.ledger, call.parts.files, ground.job, ground.plan.dialect,
                           results::RowsNotInPlace(), takes);
  const bool is_json = ground.job.order.file.format == model::FileFormat::json;
  const auto file = results::NewTextFile(std::move(rows), ground.plan.dialect,
                                         is_json ? results::ResultFormat::jsonl : results::ResultFormat::csv);
  for (;;) {
    ASSIGN_OR_CO_RETURN(const std::string piece, co_await file->Next());
    if (piece.empty()) break;
    CO_RETURN_IF_ERROR(co_await writer.Write(piece));
  }
  if (written.rows == 0) co_return std::nullopt;
  co_return written;
}

/// The retry's file, stored, and what it holds.
struct Source {
  model::FileRef file;
  results::Mended holds;
};

/// Of a form with a mended file.
async::Task<Result<Source>> TakeMended(Call& call, const Ground& ground) {
  std::string type(call.request.headers.Find("Content-Type").value_or(""));
  ASSIGN_OR_CO_RETURN(const UploadForm form,
                      co_await ReadUploadForm(*call.request.body, std::move(type), call.parts.files, NewFileKey()));
  if (!form.file) {
    co_return Fail(ErrorKind::invalid, "The form has no part \"file\".", "With curl: -F file=@failed.csv");
  }
  Source source;
  source.file.name = ShownName("", form.file_name);
  source.file.format = FormatByName(form);
  ASSIGN_OR_CO_RETURN(const files::StoredFile stored, co_await form.file->Commit());
  Refer(stored, source.file);
  Result<results::Mended> holds = co_await results::CheckMended(
      call.parts.ledger, call.parts.files, ground.job, ground.plan, ground.open, ground.may_send_again, source.file);
  if (!holds) {
    CO_RETURN_IF_ERROR(co_await call.parts.files.Remove(stored.key));
    co_return std::unexpected(std::move(holds).error());
  }
  source.holds = *holds;
  co_return source;
}

/// Of the job's own rows; nullopt if there is nothing to be tried again as it is.
async::Task<Result<std::optional<Source>>> TakeOpenRows(const Call& call, const Ground& ground) {
  ASSIGN_OR_CO_RETURN(const auto writer, co_await call.parts.files.Create(NewFileKey()));
  ASSIGN_OR_CO_RETURN(const auto written, co_await WriteOpenRows(call, ground, *writer));
  if (!written) co_return std::nullopt;
  Source source{ground.job.order.file, *written};
  ASSIGN_OR_CO_RETURN(const files::StoredFile stored, co_await writer->Commit());
  Refer(stored, source.file);
  co_return source;
}

async::Task<Result<ledger::CreatedJob>> Enter(const Call& call, const Ground& ground, const Source& source,
                                              const std::string& callback_url) {
  model::JobOrder order = OrderBehind(ground.job, callback_url);
  order.file = source.file;
  Failpoint("retry.stored");
  Result<ledger::CreatedJob> job = co_await EnterBehind(call, order, ground.retries.size());
  Failpoint("retry.entered");
  co_return job;
}

std::string Receipt(JobId job, const Call& call, const Ground& ground, const results::Mended& holds) {
  std::string out;
  JsonWriter json(out);
  json.BeginObject().Key("id").String(std::to_string(job.value));
  json.Key("instanceId").Int(call.caller.instance.id.value).Key("status").String("CREATED");
  json.Key("retryOf").String(std::to_string(ground.job.id.value));
  json.Key("rows").Int(holds.rows).Key("changed").Int(holds.changed).EndObject();
  return out;
}

}  // namespace

Handled RetryJob(Call& call) {
  Ground ground;
  ASSIGN_OR_CO_RETURN(ground.job, co_await FindJobWithRows(call));
  ASSIGN_OR_CO_RETURN(const std::string callback_url, CallbackUrl(call));
  ledger::Ledger& ledger = call.parts.ledger;
  ASSIGN_OR_CO_RETURN(ground.retries, co_await ledger.RetriesUnder(call.caller.tenant, RootOf(ground.job)));
  if (auto refusal = RefuseNow(call, ground.job, ground.retries)) co_return *std::move(refusal);
  if (auto refusal = RefuseIfEncoded(call)) co_return *std::move(refusal);
  ASSIGN_OR_CO_RETURN(ground.plan, job::PlanFromJson(ground.job.plan_json));
  ASSIGN_OR_CO_RETURN(const connector::ObjectSpec* object, FindObjectToLoad(call.connector(), ground.job.order.object));
  ground.may_send_again = RuleFor(*object, ground.job.order, ground.plan, call.caller.instance);
  ASSIGN_OR_CO_RETURN(ground.open, co_await results::OpenRows(ledger, call.parts.files, ground.job, ground.retries));

  const std::string_view type = call.request.headers.Find("Content-Type").value_or("");
  std::optional<Source> source;
  if (AsciiLower(type).starts_with("multipart/form-data")) {
    ASSIGN_OR_CO_RETURN(source, co_await TakeMended(call, ground));
  } else if (!type.empty()) {
    co_return UnsupportedAnswer(call, "A mended file comes as a form (multipart/form-data) with a part \"file\".",
                                "With curl: -F file=@failed.csv; or send no body, to try the open rows as they were.");
  } else {
    ASSIGN_OR_CO_RETURN(source, co_await TakeOpenRows(call, ground));
  }
  if (!source) {
    co_return RefusalAnswer(
        call, 409, "nothing_to_retry", "No row of this job can be helped by trying it again as it was.",
        "Rows that were rejected must be mended first: GET /bulk/{id}/results/failed.csv, mend, and "
        "send the file here.");
  }
  ASSIGN_OR_CO_RETURN(const ledger::CreatedJob job, co_await Enter(call, ground, *source, callback_url));
  if (job.is_another_retry) {
    ASSIGN_OR_CO_RETURN(const model::Job other, co_await ledger.GetJob(call.caller.tenant, job.id));
    co_return UnderWayAnswer(call, other);
  }
  co_return JsonAnswer(Receipt(job.id, call, ground, source->holds));
}

}  // namespace rowcall::api
