#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "async/loop.h"
#include "async/semaphore.h"
#include "async/task_group.h"
#include "async/timers.h"
#include "base/boxed.h"
#include "base/result.h"
#include "connector/connector.h"
#include "dispatch/key_trial.h"
#include "dispatch/lane.h"
#include "dispatch/row_sender.h"
#include "files/file_store.h"
#include "job/open_windows.h"
#include "job/outcome_recorder.h"
#include "job/plan.h"
#include "job/row_source.h"
#include "job/take_ups.h"
#include "ledger/ledger.h"
#include "mapping/mapper.h"
#include "model/job.h"
#include "model/loaded_row.h"
#include "net/http_client.h"

namespace rowcall::job {

struct RunnerParts {
  async::Loop& loop;
  async::Timers& timers;
  net::HttpClient& http;
  ledger::Ledger& ledger;
  files::FileStore& files;
  dispatch::Lane& lane;
  dispatch::KeyTrial& trial;
  const connector::Connector& connector;  ///< The text that the job was created with.
  TakeUps& take_ups;  ///< Of the instance.
  ledger::Lease lease;
};

/// Takes one job through its stages: prepare, take up what an earlier run left, pump the file, finish. The only place
/// that knows their order. Two orders are the product's promise: the window is durable before a row of it is sent, and a
/// row's outcome, counters and the due callback are one transaction. One loop's thread; see docs/life-of-a-bulk-job.md.
class JobRunner {
 public:
  /// References outlive the runner.
  JobRunner(const RunnerParts& parts, model::Job job);
  JobRunner(const JobRunner&) = delete;
  JobRunner& operator=(const JobRunner&) = delete;

  /// Returns true when the job is final. False: it was told to Drain(), or cannot go on in this process (said in the
  /// log); the ledger holds all that the next run needs.
  async::Task<bool> Run();

  /// Begin no further row; those in flight are finished, the rest is `cancelled`.
  void Cancel() { Stop(StopCause::cancel); }
  /// Begin no further row, finish none that must wait, and leave the rest for the next process.
  void Drain() { Stop(StopCause::drain); }
  /// Leave all as it is, as a crash would, for what it stands on has failed. The first time, the log says so.
  void FailWith(const Error& error);
  /// Why it could not go on; nullopt if it could.
  const std::optional<Error>& failure() const { return failure_; }
  /// Whether it is paused was changed in the ledger: look there. While it is, no further row is begun; those that were
  /// are finished.
  void LookWhetherPaused();

 private:
  enum class StopCause { none, cancel, given_up, failed_rows, drain, failure };

  /// A row on its way, from its lock request to its outcome.
  struct PendingRow {
    model::MappedRow mapped;
    model::Cells cells;  ///< As they stand in the file; kept only where personal data is hidden.
    Boxed<model::LoadedRow> to_undo;  ///< What became of the row that is to be taken back.
    WindowId window;  ///< 0 = in none: it waits, or is in doubt.
    std::int64_t vendor_time = 0;
    bool in_doubt = false;
    bool by_search = false;  ///< In doubt: its next attempt begins with a search.
    bool attempted = false;  ///< In this process.
    int attempts = 0;  ///< Ambiguous attempts at `step` that count.
    int pauses = 0;  ///< Made in this process after ambiguous attempts at `step`.
    std::string step;  ///< The step in doubt.
    WallTime since{};  ///< In doubt since.
    dispatch::KeyLocks::Ticket ticket = 0;
    Boxed<dispatch::RowProgress> progress;
    std::optional<MonoTime> last_deadline;  ///< Of a call that may still take effect.

    /// Nothing of it was sent.
    bool untouched() const { return !in_doubt && !progress->primary && progress->step_ids.empty(); }
  };
  using RowPtr = std::unique_ptr<PendingRow>;

  /// A row that was sent once more, though no key of the service holds its record.
  struct SentAgain {
    model::Record record;
    std::int64_t vendor_time = 0;
  };

  /// A row that an earlier process left, and a place from which it can be read.
  struct LeftRow {
    RowNumber row = 0;
    ledger::RowPlace anchor;
    WindowId window;
    std::int64_t vendor_time = 0;
    bool in_doubt = false;
    int attempts = 0;
    std::string step;
    WallTime since{};
  };

  /// Each in file order.
  struct LeftRows {
    std::vector<LeftRow> in_doubt;
    std::vector<LeftRow> waited;  ///< Not sent.
  };

  // Stages (job_runner.cc)
  async::Task<Result<void>> RunStages();
  async::Task<Result<void>> Prepare();
  async::Task<Result<Plan>> MakePlan(RowSource& source);
  async::Task<Result<Plan>> PlanOfUndo(RowSource& source);
  dispatch::LedgerCalls CallsOfRows();
  async::Task<Result<model::ObjectSchema>> AskSchema();
  async::Task<Result<void>> SayWaiting(std::string reason);
  Result<void> EndReading(const Error& error);
  void NoteFaultOfFile(const Error& error);
  /// Of what was read from the file. A ledger, too, can be damaged, or miss something: of that no job must end.
  template <typename T>
  Result<T> OfFile(Result<T> read) {
    if (!read) NoteFaultOfFile(read.error());
    return read;
  }
  async::Task<Result<void>> Pump();
  async::Task<Result<void>> HoldForCanary();
  async::Task<Result<std::vector<RowPtr>>> ReadWindow(std::size_t rows);
  RowPtr Map(model::Row row) const;
  async::Task<Result<void>> FindUndone(PendingRow& row);
  std::int64_t RowsBehind() const;
  async::Task<Result<void>> PumpWindow(std::vector<RowPtr> rows);
  std::optional<model::Row> RowAtHand();
  async::Task<Result<std::optional<model::Row>>> NextRow();
  async::Task<Result<void>> FinishRows();
  async::Task<Result<void>> Finish();
  async::Task<Result<std::int64_t>> CountRest();
  async::Task<Result<void>> Abort(const std::string& error);
  ledger::FinishOrder EndAfter(std::int64_t rows) const;
  async::Task<Result<void>> Close(ledger::FinishOrder order);

  // What an earlier run left (left_rows.cc)
  async::Task<Result<void>> TakeUp();
  async::Task<Result<std::optional<Error>>> TakeUpRows(const std::vector<LeftRow>& left);
  void AskForLeftKeys(const LeftRow& left, RowPtr row, std::deque<RowPtr>& held);
  void RecordUnread(const LeftRow& left, const Error& error);
  async::Task<Result<LeftRows>> FindLeftRows();
  async::Task<Result<void>> AddWindowRows(const ledger::Recovery& recovery, std::map<RowNumber, LeftRow>& left);

  // What may stand there twice (closing_count.cc)
  void NoteSentAgain(const PendingRow& row);
  async::Task<Result<std::vector<std::string>>> CountSentAgain();

  // What a load has made beside its rows (made_records.cc)
  /// Records that stay, and why; of the first few by their ids.
  struct MadeThatStays {
    std::size_t count = 0;
    std::vector<std::string> told;
    void Add(const std::string& vendor_id, const std::string& why);
    std::vector<std::string> Told() const;
  };
  /// The key of one of them while it is taken back.
  struct MadeHold {
    dispatch::KeyLocks::Ticket ticket = 0;
    std::optional<RowNumber> number;  ///< Of the hold in the ledger, once it is there.
    MonoTime last_deadline{};  ///< Of its calls without a definite answer.
  };
  async::Task<Result<std::vector<std::string>>> TakeBackMade();
  async::Task<void> TakeBackOne(model::MappedRow row, model::MadeRecord made);
  async::Task<Result<void>> HoldDurably(MadeHold& hold);
  async::Task<Result<std::string>> WhyItStays(const model::MappedRow& row, const model::MadeRecord& made,
                                              MadeHold& hold);

  // One row (row_task.cc)
  async::Task<void> SendRow(RowPtr row);
  async::Task<Result<bool>> Attempt(PendingRow& row);
  async::Task<Result<bool>> WaitUntilResolvable(PendingRow& row);
  async::Task<void> WaitToSearch(MonoTime shows_at, Duration at_most);
  async::Task<Result<void>> PauseBehind(const dispatch::Sent& sent, PendingRow& row);
  async::Task<Result<void>> MoveToDoubt(PendingRow& row, const dispatch::Sent& sent);
  void Withdraw(PendingRow& row);
  dispatch::RowOrder OrderFor(const PendingRow& row) const;
  void Record(PendingRow& row, model::Outcome outcome);
  void HidePersonal(const model::MappedRow& row, const model::Cells& cells, const model::LoadedRow* to_undo,
                    model::Outcome& outcome) const;
  void RecordEnded(EndedRow row);
  void RecordRejected(model::MappedRow row, WindowId window);
  std::size_t RowsAtOnce() const;
  void StartReady();
  RowPtr NextReady();
  async::Task<void> SendFresh(RowPtr row);
  bool AskForKeys(RowPtr& row);
  async::Task<void> StartGranted();

  async::Task<void> RecordEnds();
  async::Task<Result<void>> ReadPause();
  async::Task<void> Watch();
  std::string WaitReason() const;
  void Stop(StopCause cause);
  void StopIfTooManyFailed();
  bool stopping() const { return stop_cause_ != StopCause::none; }
  /// Nothing more is to be done in this process; what is open stays open in the ledger.
  bool leaving() const { return stop_cause_ == StopCause::drain || stop_cause_ == StopCause::failure; }

  RunnerParts parts_;
  model::Job job_;
  const connector::ObjectSpec& object_;
  Plan plan_;
  std::optional<mapping::Mapper> mapper_;
  std::size_t number_column_ = 0;  ///< Of an undo's file: where the numbers of the rows stand that are taken back.
  dispatch::StopToken stop_;
  dispatch::RateShare share_;
  StopCause stop_cause_ = StopCause::none;
  MonoTime began_{};  ///< No call of an earlier process was begun since.
  bool paused_ = false;
  bool pause_may_have_changed_ = false;
  std::int64_t failed_rows_ = 0;
  bool any_withdrawn_ = false;  ///< A row was given up because the job was stopped.
  std::optional<Error> failure_;
  std::optional<Error> unreadable_;  ///< Why the file cannot be read (further), if so.
  dispatch::RowSender sender_;
  async::Semaphore sending_;  ///< Rows whose steps are being taken: as many as calls may ever be in flight.
  async::TaskGroup rows_;  ///< Rows whose turn has come.
  std::size_t pausing_ = 0;  ///< Of these, those that wait for the service.
  std::size_t to_be_searched_ = 0;  ///< Of these, those that wait until the service's search shows what they made.
  WallTime search_shows_at_{};  ///< For the last of them.
  std::map<RowNumber, SentAgain> sent_again_;
  std::size_t uncounted_ = 0;  ///< Such rows, of which it will not be known whether they stand there twice.
  std::string counting_;  ///< Why the job has not ended, though all its rows have.
  MadeThatStays stays_;
  async::TaskGroup watch_;
  OpenWindows windows_;
  OutcomeRecorder recorder_;
  std::deque<RowPtr> ready_;  ///< Of open windows, with their keys: sent next.
  std::size_t few_ready_ = 0;  ///< When so many are left, the next window is opened.
  std::map<RowNumber, RowPtr> waiting_;  ///< For a key that an earlier row holds.
  std::deque<RowPtr> granted_;
  async::Signal moved_;  ///< Somebody was granted keys, few rows are ready, or the job was stopped or resumed.
  async::Signal ended_;  ///< The stages have ended, or Watch() has something to look at.
  bool over_ = false;
  std::string written_wait_reason_;
  std::unique_ptr<RowSource> source_;
  std::optional<model::Row> ahead_;  ///< Read, but of no window yet.
  bool at_end_ = false;
  std::int64_t rows_taken_ = 0;  ///< Rows of the file that belong, or belonged, to a window.
};

}  // namespace rowcall::job
