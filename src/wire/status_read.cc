#include <charconv>

#include "wire/json_object.h"
#include "wire/status.h"
#include "wire/time_text.h"

namespace rowcall::wire {

namespace {

Result<JobId> ReadJobId(const boost::json::object& object) {
  const std::string text = TextOf(object, "id");
  JobId id;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id.value);
  if (error != std::errc() || end != text.data() + text.size() || !id) {
    return Fail(ErrorKind::invalid, "The answer names no job.", "Is this the address of a Rowcall server?");
  }
  return id;
}

Result<model::JobStatus> ReadStatusWord(const boost::json::object& object) {
  const std::string word = TextOf(object, "status");
  if (word == "COMPLETE") return model::JobStatus::completed;
  const auto status = model::JobStatusNamed(word);
  if (!status) return Fail(ErrorKind::invalid, "The answer has an unknown status: \"" + word + "\".");
  return *status;
}

model::OutcomeCounts ReadCounts(const boost::json::object& object) {
  model::OutcomeCounts counts;
  if (const boost::json::object* outcomes = ObjectOf(object, "outcomes")) {
    for (const model::OutcomeKind kind : model::kAllOutcomes) counts[kind] = NumberOf(*outcomes, model::Name(kind));
  }
  counts.incomplete = NumberOf(object, "recordsIncomplete");
  counts.warnings = NumberOf(object, "numOfRowsWithWarning");
  return counts;
}

}  // namespace

Result<Status> ParseStatus(std::string_view json) {
  ASSIGN_OR_RETURN(const boost::json::object object, ParseObject(json, "The status"));
  Status status;
  ASSIGN_OR_RETURN(status.id, ReadJobId(object));
  ASSIGN_OR_RETURN(status.status, ReadStatusWord(object));
  status.instance = InstanceId{NumberOf(object, "instanceId")};
  status.object = TextOf(object, "object_name");
  status.counts = ReadCounts(object);
  status.records = NumberOf(object, "recordsCount");
  status.all_rows_read = TruthOf(object, "allRowsRead");
  status.records_expected = NumberOf(object, "recordsExpected");
  status.rows_per_second = RealOf(object, "rowsPerSecond");
  if (const boost::json::object* left = ObjectOf(object, "secondsLeft")) {
    status.left = {std::chrono::seconds(NumberOf(*left, "least")), std::chrono::seconds(NumberOf(*left, "most"))};
  }
  status.file_size_bytes = NumberOf(object, "fileSize");
  status.sha256 = TextOf(object, "sha256");
  status.message = TextOf(object, "message");
  status.paused = TruthOf(object, "paused");
  status.wait_reason = TextOf(object, "waitReason");
  status.error = TextOf(object, "error");
  status.read_as = TextOf(object, "readAs");
  status.columns_not_loaded = TextsOf(object, "columnsNotLoaded");
  status.ignored = TextsOf(object, "ignored");
  status.warnings = TextsOf(object, "warnings");
  status.created_at = FromEpochMs(NumberOf(object, "createdDate"));
  status.finished_at = FromEpochMs(NumberOf(object, "completionTime"));
  status.rows_purged = object.contains("rowsPurgedAt");
  status.undoes = object.contains("undoOf");
  status.follows = TextOf(object, status.undoes ? "undoOf" : "retryOf");
  status.retries = TextsOf(object, "retries");
  status.undone_by = TextsOf(object, "undoneBy");
  status.records_to_retry = NumberOf(object, "recordsToRetry");
  return status;
}

Result<JobId> ParseReceipt(std::string_view json) {
  ASSIGN_OR_RETURN(const boost::json::object object, ParseObject(json, "The answer to the upload"));
  return ReadJobId(object);
}

}  // namespace rowcall::wire
