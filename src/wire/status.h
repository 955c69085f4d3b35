#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "model/instance.h"
#include "model/job.h"

namespace rowcall::wire {

/// What retries have made of a job's rows.
struct Retries {
  std::vector<JobId> jobs;  ///< That tried rows of this job again, oldest first.
  std::vector<JobId> undos;  ///< That took rows of it back, or tried to.
  std::int64_t open_rows = 0;  ///< Rows that are not in their place yet.
};

/// A job's status as answered by `GET /bulk/{id}/status` and sent in callbacks: the union of the three generations of
/// Open Connectors' status body, and our own counts beside it (`outcomes`, `recordsOpen`, `rowsPerSecond`, `paused`, `waitReason`, `columnsNotLoaded`, `readAs`,
/// `ignored`, `warnings`, `recordsIncomplete`, `rowsPurgedAt`). `completed_word` is what a completed job is called: "COMPLETED", or what the
/// instance's `bulk.status.completed` says. `request_id` names the call that is answered; "" = there is none.
/// `now`: what the rate and the time left are told for.
/// `retries`, of a job that has ended: `retries`, `undoneBy` and `recordsToRetry`.
std::string StatusJson(const model::Job& job, WallTime now, std::string_view completed_word,
                       std::string_view request_id = {}, const Retries* retries = nullptr);

/// The body of the callback for a finished job: the status with `callback-payload` from the job's metadata echoed.
std::string CallbackJson(const model::Job& job, std::string_view completed_word);

/// One sentence about a job for a person: "10 rows: 8 created, 2 failed."
std::string StatusSentence(const model::Job& job);

/// A status as a client reads it.
struct Status {
  JobId id;
  InstanceId instance;
  model::JobStatus status = model::JobStatus::created;  ///< "COMPLETE" reads as completed.
  std::string object;
  model::OutcomeCounts counts;
  std::int64_t records = 0;  ///< Rows of the file; while it is being read, rows read so far.
  bool all_rows_read = false;
  std::int64_t records_expected = 0;  ///< Rows of the file, counted or estimated; 0 = not known.
  double rows_per_second = 0;
  std::optional<std::pair<std::chrono::seconds, std::chrono::seconds>> left;  ///< At least, at most.
  std::int64_t file_size_bytes = 0;
  std::string sha256;  ///< Of the file, lower-case hex.
  std::string message;  ///< The sentence.
  bool paused = false;
  std::string wait_reason;  ///< Why nothing moves at the moment; "" if it moves.
  std::string error;  ///< Why the job as a whole failed; "" otherwise.
  std::string read_as;  ///< How the file is read and why; "" before that is known.
  std::vector<std::string> columns_not_loaded;
  std::vector<std::string> ignored;
  std::vector<std::string> warnings;
  WallTime created_at{};
  WallTime finished_at{};  ///< Epoch = not yet.
  bool rows_purged = false;
  bool undoes = false;  ///< It takes rows of another job back.
  std::string follows;  ///< The job whose rows it retries or takes back; "" = none.
  std::vector<std::string> retries;  ///< Jobs that tried rows of this one again.
  std::vector<std::string> undone_by;
  std::int64_t records_to_retry = 0;  ///< Rows that are not in their place yet; of a job that has ended.
};

/// Fails with `invalid` if the text is not a status (no id, or a status word that nobody knows).
Result<Status> ParseStatus(std::string_view json);

/// The answer to an upload: {"id":"1234","instanceId":7,"status":"CREATED"}
std::string ReceiptJson(JobId job, InstanceId instance);
/// Fails with `invalid` if there is no id in it.
Result<JobId> ParseReceipt(std::string_view json);

}  // namespace rowcall::wire
