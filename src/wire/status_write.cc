#include <boost/json/serialize.hpp>

#include <chrono>
#include <cmath>

#include "base/json_writer.h"
#include "model/estimate.h"
#include "wire/json_object.h"
#include "wire/status.h"
#include "wire/time_text.h"

namespace rowcall::wire {

namespace {

void WriteTexts(JsonWriter& json, std::string_view key, const std::vector<std::string>& texts) {
  json.Key(key).BeginArray();
  for (const std::string& text : texts) json.String(text);
  json.EndArray();
}

std::string_view Word(const model::Job& job, std::string_view completed_word) {
  return job.status == model::JobStatus::completed ? completed_word : model::Name(job.status);
}

bool IsPaused(const model::Job& job) { return job.paused_by != model::PausedBy::nobody; }

std::string Rows(std::int64_t count) { return std::to_string(count) + (count == 1 ? " row" : " rows"); }

std::string PausedSentence(const model::Job& job) {
  const bool by_canary = job.paused_by == model::PausedBy::canary;
  return by_canary ? "Paused after the first " + Rows(job.order.canary_rows) + ", as asked for." : "Paused.";
}

/// Why nothing moves: a pause before all else.
std::string WaitReason(const model::Job& job) {
  switch (job.paused_by) {
    case model::PausedBy::nobody: return job.wait_reason;
    case model::PausedBy::user: return "paused: resume the job to go on";
    case model::PausedBy::canary:
      return "paused: the first " + Rows(job.order.canary_rows) + " are done; resume the job to load the others";
  }
  return {};
}

/// What the swagger calls BulkStatus.
void WriteFirstGeneration(JsonWriter& json, const model::Job& job) {
  json.Key("batchId").Int(job.id.value);
  json.Key("numOfLeadsProcessed").Int(job.counts.Total());
  json.Key("numOfRowsFailed").Int(job.counts.Failed());
  json.Key("numOfRowsWithWarning").Int(job.counts.warnings);
}

/// What most clients read.
void WriteSecondGeneration(JsonWriter& json, const model::Job& job, const std::string& sentence) {
  json.Key("recordsCount").Int(job.rows_in_file);
  json.Key("recordsFailedCount").Int(job.counts.Failed());
  json.Key("object_name").String(job.order.object);
  json.Key("job_direction").String("UPLOAD");
  json.Key("fileFormat").String(model::Name(job.order.file.format));
  json.Key("fileSize").Int(job.order.file.size_bytes);
  json.Key("metadata").Raw(job.order.metadata_json);
  if (job.started_at != WallTime{}) json.Key("bulk_start_time").String(Iso8601(job.started_at));
  if (job.finished_at != WallTime{}) json.Key("bulk_finish_time").String(Iso8601(job.finished_at));
  json.Key("message").String(sentence);
  json.Key("infoMessage").String(sentence);
  if (!job.error.empty()) json.Key("error").String(job.error);
}

void WriteThirdGeneration(JsonWriter& json, const model::Job& job, std::string_view word, const std::string& sentence) {
  json.Key("recordCount").Int(job.rows_in_file);
  json.Key("errorCount").Int(job.counts.Failed());
  json.Key("objectName").String(job.order.object);
  json.Key("jobDirection").String("UPLOAD");
  json.Key("jobStatus").String(word);
  json.Key("statusMessage").String(sentence);
  json.Key("metaData").Raw(job.order.metadata_json);
  json.Key("createdDate").Int(EpochMs(job.created_at));
  if (job.finished_at != WallTime{}) json.Key("completionTime").Int(EpochMs(job.finished_at));
  if (!job.order.callback_url.empty()) json.Key("notificationUrl").String(job.order.callback_url);
  json.Key("native").Bool(false);
}

void WriteEstimate(JsonWriter& json, const model::Estimate& estimate) {
  json.Key("rowsPerSecond").Double(std::round(estimate.rows_per_second * 10) / 10);
  if (estimate.rows_expected > 0) json.Key("recordsExpected").Int(estimate.rows_expected);
  if (!estimate.left) return;
  json.Key("secondsLeft").BeginObject();
  json.Key("least").Int(std::chrono::floor<std::chrono::seconds>(estimate.left->first).count());
  json.Key("most").Int(std::chrono::ceil<std::chrono::seconds>(estimate.left->second).count());
  json.EndObject();
}

void WriteOurs(JsonWriter& json, const model::Job& job, WallTime now) {
  json.Key("outcomes").BeginObject();
  for (const model::OutcomeKind kind : model::kAllOutcomes) json.Key(model::Name(kind)).Int(job.counts[kind]);
  json.EndObject();
  json.Key("recordsOpen").Int(job.rows_in_file - job.counts.Total());
  json.Key("recordsIncomplete").Int(job.counts.incomplete);
  json.Key("allRowsRead").Bool(job.all_rows_read);
  if (const auto estimate = model::EstimateOf(job, now)) WriteEstimate(json, *estimate);
  json.Key("paused").Bool(IsPaused(job));
  if (const std::string why = WaitReason(job); !why.empty()) json.Key("waitReason").String(why);
  if (!job.read_as.empty()) json.Key("readAs").String(job.read_as);
  WriteTexts(json, "columnsNotLoaded", job.columns_not_loaded);
  WriteTexts(json, "ignored", job.order.ignored_keys);
  std::vector<std::string> warnings = job.order.warnings;
  warnings.insert(warnings.end(), job.file_warnings.begin(), job.file_warnings.end());
  WriteTexts(json, "warnings", warnings);
  if (job.order.retry_of) {
    json.Key(job.order.undoes ? "undoOf" : "retryOf").String(std::to_string(job.order.retry_of.value));
  }
  if (job.rows_purged_at != WallTime{}) json.Key("rowsPurgedAt").String(Iso8601(job.rows_purged_at));
  json.Key("fileName").String(job.order.file.name);
  json.Key("sha256").String(job.order.file.sha256);
  json.Key("revision").Int(job.revision);
}

void WriteMembers(JsonWriter& json, const model::Job& job, WallTime now, std::string_view completed_word) {
  const std::string_view word = Word(job, completed_word);
  const std::string sentence = StatusSentence(job);
  json.Key("id").String(std::to_string(job.id.value));
  json.Key("instanceId").Int(job.order.instance.value);
  json.Key("status").String(word);
  WriteSecondGeneration(json, job, sentence);
  WriteThirdGeneration(json, job, word, sentence);
  WriteFirstGeneration(json, job);
  WriteOurs(json, job, now);
}

std::string CountsSentence(const model::Job& job) {
  std::string text;
  for (const model::OutcomeKind kind : model::kAllOutcomes) {
    if (job.counts[kind] == 0) continue;
    const std::string_view word = job.order.undoes ? model::NameInUndo(kind) : model::Name(kind);
    text += (text.empty() ? ": " : ", ") + std::to_string(job.counts[kind]) + " " + std::string(word);
  }
  if (job.counts.incomplete > 0) text += ", " + std::to_string(job.counts.incomplete) + " of them incomplete";
  return text + ".";
}

std::string NoRowsSentence(const model::Job& job) {
  return job.order.file.format == model::FileFormat::csv ? "0 rows: the file has a header, but no row below it."
                                                         : "0 rows: the file has no records.";
}

std::string ProgressSentence(const model::Job& job) {
  const std::string of = job.all_rows_read ? " of " : " of at least ";
  return std::to_string(job.counts.Total()) + of + Rows(job.rows_in_file) + " done.";
}

std::string PurgeSentence(const model::Job& job) {
  if (job.purge_begun_at == WallTime{}) return {};
  return job.rows_purged_at == WallTime{} ? " The rows are being purged." : " The rows were purged.";
}

/// Without what becomes of its rows.
std::string SentenceOf(const model::Job& job) {
  switch (job.status) {
    case model::JobStatus::created: return "Accepted; not started yet.";
    case model::JobStatus::running: {
      if (IsPaused(job)) return ProgressSentence(job) + " " + PausedSentence(job);
      return job.wait_reason.empty() ? ProgressSentence(job) : ProgressSentence(job) + " Waiting: " + job.wait_reason;
    }
    case model::JobStatus::cancellation_pending: return "Cancelling. " + ProgressSentence(job);
    case model::JobStatus::completed:
      return job.rows_in_file == 0 ? NoRowsSentence(job) : Rows(job.rows_in_file) + CountsSentence(job);
    case model::JobStatus::cancelled: return "Cancelled. " + Rows(job.rows_in_file) + CountsSentence(job);
    case model::JobStatus::aborted:
    case model::JobStatus::error: {
      if (!job.error.empty()) return job.error;
      return "Ended before its time. " + Rows(job.rows_in_file) + CountsSentence(job);  // why was purged
    }
  }
  return {};
}

}  // namespace

std::string StatusSentence(const model::Job& job) { return SentenceOf(job) + PurgeSentence(job); }

std::string StatusJson(const model::Job& job, WallTime now, std::string_view completed_word,
                       std::string_view request_id, const Retries* retries) {
  std::string out;
  JsonWriter json(out);
  json.BeginObject();
  WriteMembers(json, job, now, completed_word);
  if (retries != nullptr) {
    json.Key("recordsToRetry").Int(retries->open_rows).Key("retries").BeginArray();
    for (const JobId retry : retries->jobs) json.String(std::to_string(retry.value));
    json.EndArray();
    if (!retries->undos.empty()) json.Key("undoneBy").BeginArray();
    for (const JobId undo : retries->undos) json.String(std::to_string(undo.value));
    if (!retries->undos.empty()) json.EndArray();
  }
  if (!request_id.empty()) json.Key("requestId").String(request_id);
  json.EndObject();
  return out;
}

std::string CallbackJson(const model::Job& job, std::string_view completed_word) {
  std::string out;
  JsonWriter json(out);
  json.BeginObject();
  WriteMembers(json, job, job.finished_at, completed_word);
  if (const auto metadata = ParseObject(job.order.metadata_json, "metaData")) {
    const auto* echo = metadata->if_contains("callback-payload");
    if (echo != nullptr) json.Key("callback-payload").Raw(boost::json::serialize(*echo));
  }
  json.EndObject();
  return out;
}

std::string ReceiptJson(JobId job, InstanceId instance) {
  std::string out;
  JsonWriter json(out);
  json.BeginObject().Key("id").String(std::to_string(job.value)).Key("instanceId").Int(instance.value);
  json.Key("status").String(model::Name(model::JobStatus::created)).EndObject();
  return out;
}

}  // namespace rowcall::wire
