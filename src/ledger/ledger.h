#pragma once

#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "async/task.h"
#include "base/result.h"
#include "model/callback.h"
#include "model/job.h"
#include "model/loaded_row.h"
#include "model/outcome.h"

namespace rowcall::ledger {

/// The right to work for an instance. Every write of the work on a job carries it; a write under an older epoch than the
/// ledger's is answered `fenced` and leaves no trace. What a caller of the API asks for (a job, its cancellation) carries
/// none, for any process may take the request.
struct Lease {
  TenantId tenant;
  InstanceId instance;
  std::int64_t epoch = 0;
};

/// A lease as one sees it who wants it. Taking it is always safe, for the epoch fences; but while its holder works, each
/// would only take it from the other. So whoever is not alone looks on, and takes it when both numbers have stood still
/// for longer than a holder would let them.
struct LeaseSight {
  bool is_anothers = false;  ///< Held by another opener of the ledger. False: by this one, or by nobody yet.
  std::int64_t epoch = 0, renewals = 0;
  bool operator==(const LeaseSight&) const = default;
};

/// A row's place, enough to read it again.
struct RowPlace {
  /// As byte_offset of the place to read on from: there is no further row.
  static constexpr std::int64_t kEndOfFile = std::numeric_limits<std::int64_t>::max();

  RowNumber row = 0;
  std::int64_t byte_offset = 0;
  bool operator==(const RowPlace&) const = default;
};

/// "Rows first..last may be in flight." Durable before the first byte of any of them is sent. Rows of the range that
/// wait for a key are listed apart and get a window of their own later.
struct Window {
  WindowId id;  ///< Given by OpenWindow.
  RowNumber first = 0, last = 0;
  std::int64_t byte_offset = 0;  ///< Of row `first`.
  std::int64_t vendor_time = 0;  ///< The service's clock when it was opened, epoch seconds; 0 = not known yet.
};

struct WindowOrder {
  Window window;
  /// If the window continues the file: where reading goes on behind it. Absent for a window of rows that waited.
  std::optional<RowPlace> next;
  std::vector<RowPlace> waiting;  ///< Rows in the range that are left out for now.
};

/// What was settled when a job first looked at its file; see model::Job.
struct JobStart {
  std::string plan_json;
  std::string read_as;
  std::vector<std::string> columns_not_loaded;
  std::vector<std::string> file_warnings;
  bool is_compressed = false;  ///< The file.
};

/// A row that was sent without a definite answer. It has left its window.
struct InDoubtRow {
  RowPlace place;
  std::string step;  ///< Which step was in flight.
  WallTime since{};
  int attempts = 0;  ///< Ambiguous attempts that count.
  std::int64_t vendor_time = 0;  ///< Of the window that it was sent under.
};

/// What a job has to go on from after a crash.
struct Recovery {
  RowPlace next{1, 0};  ///< Where reading goes on; offset 0 = from the start of the file.
  std::vector<Window> open_windows;  ///< By id. A row of several windows belongs to the one with the highest id.
  std::vector<RowPlace> waiting;  ///< Not sent: fresh.
  std::vector<InDoubtRow> in_doubt;
};

/// The end of one row.
struct RowEnd {
  model::Outcome outcome;
  /// That window has no other row without an outcome or a doubt record, those before this one in the same write counted
  /// in; 0 = it has, or the row is of no window.
  WindowId closes;
  /// Names of the keys that stay held, for a call of the row may still take effect; kept until EndHold.
  std::vector<std::string> held_keys = {};
};

/// A row that has ended and whose keys are held all the same, or keys of no row that HoldKeys() holds. To whom reads it
/// after a start they are held still.
struct HeldRow {
  JobId job;
  RowNumber row = 0;  ///< What HoldKeys() gave, if it is no row.
  std::vector<std::string> keys;
};

/// Rows first..last, which had no outcome when the job was ended, and the one outcome of them all.
struct RestOrder {
  RowNumber first = 0, last = 0;
  model::Outcome outcome;  ///< Its byte_offset is that of row `first`. Without a vendor id: these were not loaded.
};

struct FinishOrder {
  model::JobStatus status = model::JobStatus::completed;
  std::string error;  ///< Of the job as a whole.
  std::vector<std::string> warnings = {};  ///< Sentences that come behind the job's `file_warnings`.
  std::optional<RestOrder> rest;  ///< Recorded in the same transaction: half an end would be read on from.
  std::optional<model::Callback> callback;  ///< Falls due in the same transaction; its id is given by the ledger.
};

struct RowFilter {
  std::vector<model::OutcomeKind> kinds = {};  ///< Empty = all.
  bool or_incomplete = false;  ///< Rows with an incomplete step too, whatever their kind.
  std::string code = {};  ///< Only rows of which a reason, or that of an incomplete step, has this code; "" = all.
};

/// How long the name of a submission is kept.
inline constexpr std::chrono::days kSubmissionsKept{7};

/// How a caller names the submission of a job, so that sending it again makes no second job.
struct Submission {
  std::string key;  ///< "" = it has no name.
  std::string digest;  ///< Of all that was asked for: one key stands for one digest.
  std::size_t retries_known = 0;  ///< Of a retry: how many jobs RetriesUnder() gave when its rows were chosen.
};

struct CreatedJob {
  JobId id;
  bool is_new = true;  ///< False: the same submission had made it before.
  bool is_another_retry = false;  ///< Nothing was made, for this job, of the same rows, was made meanwhile.
};

/// Keys that are held for a late call (RowEnd::held_keys, HoldKeys) keep a job's rows from being purged for so long
/// behind its end: far longer than any call can take effect. What is held still was left by a process that died.
inline constexpr std::chrono::hours kHoldsKeepRows{1};

/// A job of any tenant.
struct JobName {
  TenantId tenant;
  JobId job;
  bool operator==(const JobName&) const = default;
};

/// What a step of a row has made.
struct RowMade {
  RowPlace place;  ///< Of the row.
  model::MadeRecord made;
};

enum class CallbackResult { delivered, retry, given_up };

/// What there is still to do, of all tenants.
struct OpenWork {
  std::int64_t jobs_created = 0, jobs_running = 0, jobs_being_cancelled = 0;  ///< Not ended, by status.
  std::int64_t rows_in_doubt = 0;
  std::int64_t callbacks_owed = 0;  ///< Those that fall due later, too.
  std::int64_t callbacks_due = 0;
  bool operator==(const OpenWork&) const = default;
};

/// The durable truth: jobs, intents, outcomes and due callbacks in one database and one transaction. One of the four
/// seams, held to ledger_conformance.h. Each call is atomic and durable when it returns: it survives a power failure,
/// if the disk honours a flush. Thread-safe; callers on any loop. Reads see every write that has returned.
///
/// Errors common to all: `unavailable` (disk full, I/O error; after a failed flush every further write fails so, until
/// the program is started again), `corrupt` (once a read or a write has met damage, every further write fails so). Where a lease is given: `fenced`, `not_found`, `conflict` if the job has
/// ended, `internal` if it is not of the lease's instance. What a call is given must live until it has returned.
class Ledger {
 public:
  virtual ~Ledger() = default;

  // Leases

  /// Takes the instance's lease: its epoch grows by one, so that every earlier holder is fenced.
  virtual async::Task<Result<Lease>> TakeLease(TenantId tenant, InstanceId instance) = 0;
  /// Takes every lease that there is: for the one process that may use the store, when it starts. Returns them.
  virtual async::Task<Result<std::vector<Lease>>> TakeEveryLease() = 0;
  /// Shows others that its holder still works.
  virtual async::Task<Result<void>> RenewLease(const Lease& lease) = 0;
  virtual async::Task<Result<LeaseSight>> SeeLease(TenantId tenant, InstanceId instance) = 0;

  // Jobs

  /// Makes a job, unless a submission of that name and digest made one for the instance within kSubmissionsKept: then it
  /// is that one, and nothing changes. Fails with `conflict` if the name was given to another digest.
  virtual async::Task<Result<CreatedJob>> CreateJob(const model::JobOrder& order, const Submission& submission) = 0;
  /// The newest job of the instance with a file of these bytes for that object; nullopt if there is none.
  virtual async::Task<Result<std::optional<JobId>>> NewestJobWithFile(TenantId tenant, InstanceId instance,
                                                                      const std::string& object,
                                                                      const std::string& sha256) = 0;
  /// The jobs that try rows of `root` again, or rows of each other; oldest first.
  virtual async::Task<Result<std::vector<model::Job>>> RetriesUnder(TenantId tenant, JobId root) = 0;
  /// Fails with `not_found` if there is no such job of that tenant.
  virtual async::Task<Result<model::Job>> GetJob(TenantId tenant, JobId job) = 0;
  /// Newest first, with ids below `before` (0 = from the newest).
  virtual async::Task<Result<std::vector<model::Job>>> ListJobs(TenantId tenant, InstanceId instance, JobId before,
                                                                std::size_t limit) = 0;
  /// Of all tenants, oldest first: what there is to do after a start.
  virtual async::Task<Result<std::vector<model::Job>>> UnfinishedJobs() = 0;
  /// Fails with `conflict` if the job is final already.
  virtual async::Task<Result<model::Job>> RequestCancel(TenantId tenant, JobId job) = 0;

  /// The job begins no further row until RequestResume. Fails with `conflict` if it is final or being cancelled.
  virtual async::Task<Result<model::Job>> RequestPause(TenantId tenant, JobId job) = 0;
  /// It goes on; behind rows that were a canary it pauses no more. A job that is not paused is left as it is. Fails with
  /// `conflict` if the job is final.
  virtual async::Task<Result<model::Job>> RequestResume(TenantId tenant, JobId job) = 0;

  // The run of a job, by the holder of its instance's lease

  /// The first call makes the job run and sets its starting time; a later one, after a restart, replaces the plan.
  virtual async::Task<Result<void>> StartJob(const Lease& lease, JobId job, const JobStart& start) = 0;
  /// "" = it moves again. Not a change (of the revision) if it is the reason already.
  virtual async::Task<Result<void>> SetWaitReason(const Lease& lease, JobId job, const std::string& reason) = 0;
  /// The rows up to the job's `hold_after` are done: the job is paused by its canary, and will not be again. One that is
  /// being cancelled is left as it is.
  virtual async::Task<Result<void>> PauseForCanary(const Lease& lease, JobId job) = 0;
  /// Rows of the range that waited and are not in `order.waiting` wait no longer. The window takes over every other row
  /// of its range, so one for rows that waited must not span a row that is in flight under an older window. If all its
  /// rows wait, there is no window: 0.
  virtual async::Task<Result<WindowId>> OpenWindow(const Lease& lease, JobId job, const WindowOrder& order) = 0;
  /// Each row's one outcome, with counters and progress; ends its waiting or doubt. All of them or none. Fails with
  /// `conflict` if a row has an outcome already, `internal` if a window to be closed is not open.
  virtual async::Task<Result<void>> RecordOutcomes(const Lease& lease, JobId job, const std::vector<RowEnd>& rows) = 0;
  /// What the record held, before the row is written over it. What was kept of that record for the row stays: a row in
  /// doubt never replaces it. But what was not known when it was taken out of the archive is added. Returns what is kept.
  virtual async::Task<Result<model::PreImage>> KeepPreImage(const Lease& lease, JobId job, RowNumber row,
                                                            const model::PreImage& image) = 0;
  /// The row leaves its window in doubt, or is in doubt for another attempt.
  virtual async::Task<Result<void>> RecordDoubt(const Lease& lease, JobId job, const InDoubtRow& row,
                                                WindowId closes) = 0;
  /// The file has `rows` rows; no window will continue it. Saying so again is fine.
  virtual async::Task<Result<void>> FinishReading(const Lease& lease, JobId job, std::int64_t rows) = 0;
  /// Ends the job, when all other writes of it have returned. Fails with `internal`, and changes nothing, unless
  /// FinishReading was said, the outcomes add up to the rows of the file, and no window, waiting row or doubt is left;
  /// with `conflict` if a row of the rest has an outcome, or is in doubt: it may have been sent, so it needs its own.
  virtual async::Task<Result<void>> FinishJob(const Lease& lease, JobId job, const FinishOrder& order) = 0;

  virtual async::Task<Result<Recovery>> Recover(TenantId tenant, JobId job) = 0;
  /// Rows among first..last that have an outcome, ascending.
  virtual async::Task<Result<std::vector<RowNumber>>> RowsWithOutcome(TenantId tenant, JobId job, RowNumber first,
                                                                      RowNumber last) = 0;
  /// Whether another row of this tenant was loaded into this record: created, updated or unchanged; or whether this row
  /// found it there, and has kept what it held.
  virtual async::Task<Result<bool>> IsHeldByOtherRow(TenantId tenant, JobId job, RowNumber row,
                                                     const std::string& vendor_id) = 0;
  /// Ids of the records that the newest rows of the instance's newest jobs on this object made, newest first: at most
  /// `most`, of the last 1,000 rows of each of ten jobs.
  virtual async::Task<Result<std::vector<std::string>>> RecordsMade(TenantId tenant, InstanceId instance,
                                                                    const std::string& object, std::size_t most) = 0;

  /// A row of an ended job, as it is to be taken back. Fails with `not_found` if it has no outcome of its own, and with
  /// `gone` once the job's rows are being purged.
  virtual async::Task<Result<model::LoadedRow>> RowToUndo(TenantId tenant, JobId job, RowNumber row) = 0;
  /// What steps of the job's rows have made or joined, in the order of rows and steps' names, behind that of `after`.
  virtual async::Task<Result<std::vector<RowMade>>> MadeRecords(TenantId tenant, JobId job, const RowMade& after,
                                                                std::size_t limit) = 0;
  /// Whether a row of another job was loaded into this record, and was not taken back. Retries of the job are no others;
  /// nor are jobs that had ended before it, or the job that it retries, was made.
  virtual async::Task<Result<bool>> IsUsedByOtherJob(TenantId tenant, JobId job, const std::string& vendor_id) = 0;
  /// How many updated rows of the job have a pre-image.
  virtual async::Task<Result<std::int64_t>> CountPreImages(TenantId tenant, JobId job) = 0;
  /// Whether the last row of this tenant that ended with this record has archived it, by taking back the row that made it.
  virtual async::Task<Result<bool>> WasArchivedByUndo(TenantId tenant, const std::string& vendor_id) = 0;

  /// Holds keys before a call that is no row's of the job, until EndHold of the number that it gives: behind any row's,
  /// and given once, so that whoever ends a hold ends no other.
  virtual async::Task<Result<RowNumber>> HoldKeys(const Lease& lease, JobId job,
                                                  const std::vector<std::string>& keys) = 0;
  /// Rows of the instance, of ended jobs too, whose keys are held although they have an outcome; and what HoldKeys()
  /// holds.
  virtual async::Task<Result<std::vector<HeldRow>>> HeldRows(TenantId tenant, InstanceId instance) = 0;
  /// No call of the row can take effect any more. That is true whoever says it: no lease is asked for. Saying so again
  /// is fine.
  virtual async::Task<Result<void>> EndHold(TenantId tenant, InstanceId instance, JobId job, RowNumber row) = 0;

  // Results

  /// Outcomes behind row `after`, ascending; ranges are spelled out row by row. Of a range only the first row knows its
  /// byte offset; the others say -1. Fails with `gone` once the job's rows are being purged.
  virtual async::Task<Result<std::vector<model::Outcome>>> Rows(TenantId tenant, JobId job, const RowFilter& filter,
                                                                RowNumber after, std::size_t limit) = 0;

  // Callbacks owed

  /// Due at or before `now`, the longest due first.
  virtual async::Task<Result<std::vector<model::Callback>>> DueCallbacks(WallTime now, std::size_t limit) = 0;
  /// When the next one falls due; nullopt = none is owed.
  virtual async::Task<Result<std::optional<WallTime>>> NextCallbackDue() = 0;
  /// Records the attempt that was made with `callback` as DueCallbacks gave it; `next_attempt_at` counts for `retry`.
  /// Fails with `conflict`, and changes nothing, if it is owed no longer or another attempt was recorded since.
  virtual async::Task<Result<void>> RecordCallbackAttempt(const model::Callback& callback, CallbackResult result,
                                                          WallTime next_attempt_at, const std::string& note) = 0;

  // Retention: the rows of jobs that have ended are purged slice by slice; in the end the job is forgotten. No lease is
  // asked for: nothing else changes such a job, and saying each of these again is fine.

  /// Jobs whose purge was begun, then those that ended at or before `ended_by` and that nothing keeps (see BeginPurge);
  /// the oldest first.
  virtual async::Task<Result<std::vector<JobName>>> JobsToPurge(WallTime ended_by, std::size_t limit) = 0;
  /// From now on Rows() of the job fail with `gone`, and so does a retry of it. Fails with `conflict` if the job has
  /// not ended, owes a callback, is being tried again (it, or another job under the same root), or keys of its rows
  /// are held.
  virtual async::Task<Result<model::Job>> BeginPurge(TenantId tenant, JobId job) = 0;
  /// Takes away at most `most` outcomes, and says how many; 0 = none is left.
  virtual async::Task<Result<std::int64_t>> PurgeSlice(TenantId tenant, JobId job, std::size_t most) = 0;
  /// Behind the last slice: takes away all else that came with the rows or was said of them, and the job's callbacks.
  /// What is kept of the job are its times, counts and the choices of its order. When this has returned, no byte of what
  /// was purged is left in the ledger's files. Fails with `unavailable` if somebody still reads the log: then ask again.
  virtual async::Task<Result<void>> EndPurge(TenantId tenant, JobId job) = 0;
  /// Jobs that ended at or before `ended_by` and whose rows are purged; the oldest first.
  virtual async::Task<Result<std::vector<JobName>>> JobsToForget(WallTime ended_by, std::size_t limit) = 0;
  /// Nothing is left of the job. Fails with `internal` if its rows were not purged.
  virtual async::Task<Result<void>> ForgetJob(TenantId tenant, JobId job) = 0;

  // For the operator

  virtual async::Task<Result<OpenWork>> CountOpenWork(WallTime now) = 0;
  /// Writes, commits and flushes something that changes nothing. Fails as any write would.
  virtual async::Task<Result<void>> CheckWritable() = 0;

  // Connector texts that jobs run with

  /// Keeps a connector's text under its digest; keeping it again is fine.
  virtual async::Task<Result<void>> PutConnector(const std::string& digest, const std::string& packed) = 0;
  virtual async::Task<Result<std::string>> GetConnector(const std::string& digest) = 0;
};

}  // namespace rowcall::ledger
