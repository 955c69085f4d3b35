#include "retention/purger.h"

#include <algorithm>

#include "async/semaphore.h"
#include "base/assert.h"
#include "base/failpoint.h"
#include "base/log.h"

namespace rowcall::retention {

namespace {

constexpr std::size_t kLookAhead = 16;
constexpr Duration kShortestRest = std::chrono::milliseconds(10);
/// Between two looks, also after a failure.
constexpr Duration kBetweenLooks = std::chrono::minutes(1);

/// Who ended then or before has been kept for long enough.
WallTime EndedBy(WallTime now, std::optional<Duration> kept) {
  if (!kept) return WallTime::min();
  return now - std::chrono::duration_cast<WallTime::duration>(*kept);
}

void LogFailure(const ledger::JobName& name, const Error& error) {
  Log(LogLevel::error, "purge_failed",  // it is tried again
      {{"job", name.job.value}, {"error", error.message}, {"hint", error.hint}});
}

// `state` keeps what the task works on alive as long as the task.
async::Task<void> KeepAlive(std::shared_ptr<void> state, async::Task<void> task) {
  co_await std::move(task);
  state.reset();
}

}  // namespace

struct Purger::State {
  State(async::Loop& loop_in, async::Timers& timers_in, ledger::Ledger& ledger_in, files::FileStore& files_in,
        Keep keep_in)
      : loop(loop_in), timers(timers_in), ledger(ledger_in), files(files_in), keep(keep_in) {}

  async::Task<void> Run();
  async::Task<bool> PurgeWhatIsDue();
  async::Task<bool> ForgetWhatIsDue();
  async::Task<Result<void>> Purge(const ledger::JobName& name);
  async::Task<Result<std::int64_t>> PurgeRows(const ledger::JobName& name);
  async::Task<void> Sleep(Duration pause);
  void Wake();

  async::Loop& loop;
  async::Timers& timers;
  ledger::Ledger& ledger;
  files::FileStore& files;
  const Keep keep;

  async::Signal changed;
  bool woken = false;
  bool started = false;
  bool stopping = false;
  bool ended = false;
};

void Purger::State::Wake() {
  woken = true;
  changed.NotifyAll();
}

async::Task<void> Purger::State::Run() {
  while (!stopping) {
    woken = false;
    while (co_await PurgeWhatIsDue()) {
    }
    while (co_await ForgetWhatIsDue()) {
    }
    if (!woken && !stopping) co_await Sleep(kBetweenLooks);
  }
  ended = true;
  changed.NotifyAll();
}

async::Task<void> Purger::State::Sleep(Duration pause) {
  const auto alarm = timers.Schedule(timers.clock().MonotonicNow() + pause, [this] { changed.NotifyAll(); });
  co_await changed.Wait();
  timers.Cancel(alarm);
}

/// Some jobs; whether there may be more.
async::Task<bool> Purger::State::PurgeWhatIsDue() {
  if (stopping) co_return false;
  const auto due = co_await ledger.JobsToPurge(EndedBy(timers.clock().Now(), keep.rows), kLookAhead);
  if (!due) {
    Log(LogLevel::error, "jobs_unreadable", {{"error", due.error().message}});
    co_return false;
  }
  bool all_done = !due->empty();
  for (const ledger::JobName& name : *due) {
    const Result<void> purged = co_await Purge(name);
    if (!purged) LogFailure(name, purged.error());
    if (!purged || stopping) all_done = false;
    if (stopping) break;
  }
  co_return all_done;
}

async::Task<bool> Purger::State::ForgetWhatIsDue() {
  if (stopping) co_return false;
  const auto due = co_await ledger.JobsToForget(EndedBy(timers.clock().Now(), keep.counts), kLookAhead);
  if (!due) {
    Log(LogLevel::error, "jobs_unreadable", {{"error", due.error().message}});
    co_return false;
  }
  for (const ledger::JobName& name : *due) {
    const Result<void> forgotten = co_await ledger.ForgetJob(name.tenant, name.job);
    if (!forgotten) {
      LogFailure(name, forgotten.error());
      co_return false;
    }
    Log(LogLevel::info, "job_forgotten", {{"job", name.job.value}});
  }
  co_return !due->empty();
}

async::Task<Result<void>> Purger::State::Purge(const ledger::JobName& name) {
  ASSIGN_OR_CO_RETURN(const model::Job job, co_await ledger.BeginPurge(name.tenant, name.job));
  Failpoint("purge.begun");
  CO_RETURN_IF_ERROR(co_await files.Remove(job.order.file.key));
  Failpoint("purge.unfiled");
  ASSIGN_OR_CO_RETURN(const std::int64_t rows, co_await PurgeRows(name));
  if (stopping) co_return Result<void>();
  CO_RETURN_IF_ERROR(co_await ledger.EndPurge(name.tenant, name.job));
  Failpoint("purge.ended");
  Log(LogLevel::info, "rows_purged", {{"job", name.job.value}, {"rows", rows}});
  co_return Result<void>();
}

/// How many there were.
async::Task<Result<std::int64_t>> Purger::State::PurgeRows(const ledger::JobName& name) {
  std::int64_t rows = 0;
  while (!stopping) {
    const MonoTime begun_at = timers.clock().MonotonicNow();
    ASSIGN_OR_CO_RETURN(const std::int64_t slice, co_await ledger.PurgeSlice(name.tenant, name.job, kRowsInSlice));
    if (slice == 0) break;
    Failpoint("purge.slice");
    rows += slice;
    co_await timers.SleepFor(std::max(timers.clock().MonotonicNow() - begun_at, kShortestRest));
  }
  co_return rows;
}

Purger::Purger(async::Loop& loop, async::Timers& timers, ledger::Ledger& ledger, files::FileStore& files, Keep keep)
    : state_(std::make_shared<State>(loop, timers, ledger, files, keep)) {}

Purger::~Purger() = default;

void Purger::Start() {
  ROWCALL_ASSERT(!state_->started);
  state_->started = true;
  state_->loop.Spawn(KeepAlive(state_, state_->Run()));
}

void Purger::Wake() { state_->Wake(); }

async::Task<void> Purger::Stop() {
  const std::shared_ptr<State> state = state_;  // owners: Purger, its task, this frame
  state->stopping = true;
  state->Wake();
  while (state->started && !state->ended) co_await state->changed.Wait();
}

}  // namespace rowcall::retention
