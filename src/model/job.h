#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "model/encoding.h"
#include "model/outcome.h"

namespace rowcall::model {

/// Open Connectors' words. `created` and `running` are the open ones; a job that waits or is paused stays `running`
/// and says why in its wait reason.
enum class JobStatus { created, running, cancellation_pending, completed, aborted, error, cancelled };

std::string_view Name(JobStatus status);  ///< "CREATED", "RUNNING", …
std::optional<JobStatus> JobStatusNamed(std::string_view name);
bool IsFinal(JobStatus status);

/// Who paused a job. A paused one stays `running`, finishes the rows that were begun, and begins no other.
enum class PausedBy {
  nobody,
  user,
  canary,  ///< The job itself, behind the rows that the user wanted to see first.
};
std::string_view Name(PausedBy by);
std::optional<PausedBy> PausedByNamed(std::string_view name);

enum class Action { upsert, create, update };
std::string_view Name(Action action);
std::optional<Action> ActionNamed(std::string_view name);

enum class FileFormat { csv, json };
std::string_view Name(FileFormat format);

/// A file in the file store, exactly as received.
struct FileRef {
  std::string key;     ///< Its name in the store.
  std::string name;    ///< As the sender called it; for people only, never used as a path.
  std::int64_t size_bytes = 0;
  std::string sha256;  ///< Lower-case hex.
  FileFormat format = FileFormat::csv;
  std::optional<Encoding> encoding;  ///< As asked for; nullopt = as the file's first bytes say.
  bool operator==(const FileRef&) const = default;
};

/// How many rows have which outcome. The sum never exceeds the rows read, and equals the rows of the file at the end.
struct OutcomeCounts {
  std::array<std::int64_t, kAllOutcomes.size()> by_kind{};
  std::int64_t incomplete = 0;  ///< Rows with a secondary step that did not end well.
  std::int64_t warnings = 0;    ///< Rows with a warning.

  std::int64_t& operator[](OutcomeKind kind) { return by_kind[static_cast<std::size_t>(kind)]; }
  std::int64_t operator[](OutcomeKind kind) const { return by_kind[static_cast<std::size_t>(kind)]; }
  std::int64_t Total() const;
  std::int64_t Failed() const;  ///< rejected + failed + unresolved
  bool operator==(const OutcomeCounts&) const = default;
};

/// A share of a rate in thousandths, as it is kept: the whole.
inline constexpr int kWholeRate = 1000;
/// From a number above 0 and up to 1, such as "0.25", to thousandths, at least one; nullopt for anything else.
std::optional<int> RatePermille(std::string_view number);

/// What the user asked for with the upload, decided once and never changed.
struct JobOrder {
  TenantId tenant;
  InstanceId instance;
  std::string object;        ///< Singular name, e.g. "contact".
  Action action = Action::upsert;
  std::string match_field;   ///< `identifierFieldName`; "" = the connector's own order of keys.
  bool restore_archived = false;  ///< `ifArchived: restore`
  bool keep_pre_image =
      false;  ///< `keepPreImage`: what a record held is read and kept before a row is written over it.
  std::int64_t canary_rows = 0;   ///< `canary`: behind so many rows the job pauses by itself; 0 = nowhere.
  std::int64_t stop_after = 0;  ///< `stopAfter`: so many failed rows end the job; 0 = it goes on to the file's end.
  int rate_permille = kWholeRate;  ///< `rateShare`, in thousandths: of the instance's rate, use at most that part.
  FileRef file;
  std::string metadata_json;  ///< `metaData` as it was sent, or "{}".
  std::vector<std::string> ignored_keys;  ///< Known keys of the original that do nothing here.
  std::vector<std::string> warnings;  ///< Sentences about the job as a whole.
  std::string callback_url;  ///< "" = none asked for.
  std::string region;  ///< For phones; "" = none.
  std::string mapping_json;  ///< The mapping as asked for in `metaData.mapping`; "" = by alias.
  std::string connector_digest;  ///< Which connector text it runs with; see Ledger::PutConnector.
  /// The job whose rows this one tries again, or takes back; 0 = it does neither. The column `_row` of its file has their
  /// numbers there.
  JobId retry_of;
  JobId retry_root;  ///< That job, or, if it is a retry itself, where the retries began.
  bool undoes = false;  ///< It takes the rows of `retry_of` back, the last one first.
};

/// How many rows were done at a moment.
struct Milestone {
  WallTime at{};
  std::int64_t rows = 0;
  bool operator==(const Milestone&) const = default;
};

/// A job as the ledger knows it.
struct Job {
  JobId id;
  JobOrder order;
  JobStatus status = JobStatus::created;
  std::string wait_reason;  ///< Why nothing moves at the moment; "" if it moves.
  std::string error;  ///< Why the job as a whole was aborted; "" otherwise.
  std::string plan_json;  ///< Dialect and mapping as resolved at the first reading; "" before.
  std::string read_as;  ///< How the file is read and why, for a person; "" before.
  std::vector<std::string> columns_not_loaded;
  std::vector<std::string> file_warnings;  ///< Sentences about the file as a whole; at the end, about its load too.
  OutcomeCounts counts;
  std::int64_t rows_in_file = 0;  ///< Known once the whole file was read; until then rows read so far.
  bool all_rows_read = false;
  std::int64_t bytes_read =
      0;  ///< Of the file, or of what it holds if it is compressed, up to the row to be read next.
  bool is_compressed = false;
  Milestone paced_from;  ///< What its rate is told from: 10 to 20 s old while it moves, newer behind a start or resume.
  bool cancel_requested = false;
  PausedBy paused_by = PausedBy::nobody;
  std::int64_t hold_after = 0;  ///< Behind that row it will pause by itself; 0 = nowhere (any more).
  std::int64_t revision = 0;  ///< Grows with every committed change.
  WallTime created_at{};
  WallTime started_at{};  ///< Epoch = not yet.
  WallTime finished_at{};  ///< Epoch = not yet.
  WallTime purge_begun_at{};  ///< From then on nobody is shown its rows. Epoch = not yet.
  WallTime rows_purged_at{};  ///< Nothing of its rows is left. Epoch = not yet.
};

}  // namespace rowcall::model
