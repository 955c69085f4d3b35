#include "job/job_engine.h"

#include <fmt/format.h>

#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "async/one_shot.h"
#include "async/semaphore.h"
#include "async/task_group.h"
#include "base/log.h"
#include "dispatch/lane.h"
#include "job/job_runner.h"
#include "job/key_holds.h"
#include "job/take_ups.h"

namespace rowcall::job {

namespace {

using ConnectorPtr = std::shared_ptr<const connector::Connector>;

constexpr Duration kFirstPause = std::chrono::seconds(1);
constexpr Duration kLongestPause = std::chrono::seconds(30);

struct KnownJob {
  TenantId tenant;
  JobId id;
  InstanceId instance;  ///< 0 = not known yet.
};

/// What all jobs of one instance share: its lease and its way to the service.
struct InstanceWork {
  std::unique_ptr<dispatch::Lane> lane;
  std::unique_ptr<dispatch::KeyTrial> trial;
  ledger::Lease lease{};  ///< Of this process while there are jobs.
  MonoTime lease_ends_at{};
  int jobs = 0;  ///< That work under the lease, or are about to.
  std::map<JobId, JobRunner*> runners{};
  bool has_failed = false;  ///< What they stand on did: all of them stop.
  std::vector<KnownJob> to_begin_anew{};
};

/// What it stands on cannot be used now, and may be later. Of `unavailable` nobody knows: it may be a lasting fault of
/// one job's file, and must not stop the others again and again.
bool MayPass(const Error& error) { return error.kind == ErrorKind::no_space || error.kind == ErrorKind::fenced; }

}  // namespace

struct JobEngine::State {
  explicit State(EngineParts given) : parts(std::move(given)), jobs(parts.loop, kMostJobs) {}

  static constexpr std::size_t kMostJobs = 10'000;

  MonoTime Now() const { return parts.timers.clock().MonotonicNow(); }
  void Begin(const KnownJob& known);
  async::Task<void> RunJob(KnownJob known);
  async::Task<Result<void>> RunKnownJob(KnownJob& known);
  async::Task<Result<void>> RunUnder(InstanceWork& work, const KnownJob& known, const connector::Connector& connector);
  void StopWork(InstanceWork& work, const Error& why);
  void BeginAnew(std::vector<KnownJob> known);
  async::Task<void> BeginAfterAPause(std::vector<KnownJob> known);
  async::Task<Result<ConnectorPtr>> ConnectorFor(const std::string& digest);
  async::Task<Result<InstanceWork*>> Join(TenantId tenant, InstanceId id, ConnectorPtr connector);
  void Leave(InstanceId id);
  async::Task<Result<InstanceWork*>> TakeInstance(TenantId tenant, InstanceId id, ConnectorPtr connector);
  Result<InstanceWork> MakeWork(TenantId tenant, InstanceId id, ConnectorPtr connector);
  async::Task<Result<void>> BeginJobsOfOthers(InstanceId id);
  async::Task<Result<void>> WaitUntilFree(TenantId tenant, InstanceId id);
  async::Task<void> KeepLease(InstanceId id, ledger::Lease lease);
  void TrustLease(InstanceWork& work, MonoTime since);
  dispatch::KeyTrial::Keeper KeeperFor(TenantId tenant, InstanceId id, dispatch::Lane& lane);

  EngineParts parts;
  async::TaskGroup jobs;
  async::Semaphore taking{1};  ///< One lease is taken at a time, so that two jobs of an instance share one.
  std::map<InstanceId, InstanceWork> instances;
  std::map<InstanceId, TakeUps> take_ups;
  /// The last epoch of the instance's lease until which every job of it was told to this process.
  std::map<InstanceId, std::int64_t> known_until;
  std::map<std::string, ConnectorPtr> connectors;
  std::set<JobId> begun;  ///< From Begin() on: a job may be told of twice, by Start() and by Submit().
  std::map<JobId, JobRunner*> running;
  // Before jobs are begun anew.
  Duration pause{};
  MonoTime pause_ends{};
  bool draining = false;
};

JobEngine::JobEngine(EngineParts parts) : state_(std::make_unique<State>(std::move(parts))) {}

JobEngine::~JobEngine() = default;

async::Task<Result<void>> JobEngine::Start() {
  const auto taken = co_await state_->parts.ledger.TakeEveryLease();
  // On a full disk each lease is taken later, when it has been seen to be nobody's.
  if (!taken && !MayPass(taken.error())) co_return std::unexpected(taken.error());
  ASSIGN_OR_CO_RETURN(const std::vector<model::Job> jobs, co_await state_->parts.ledger.UnfinishedJobs());
  for (const model::Job& job : jobs) {
    const bool is_known = state_->begun.contains(job.id);
    if (!job.plan_json.empty() && !is_known) state_->take_ups[job.order.instance].Expect(job.id);
  }
  for (const ledger::Lease& lease : taken.value_or(std::vector<ledger::Lease>())) {
    state_->known_until[lease.instance] = lease.epoch;
  }
  for (const model::Job& job : jobs) state_->Begin({job.order.tenant, job.id, job.order.instance});
  co_return Result<void>();
}

void JobEngine::Submit(TenantId tenant, JobId job) {
  state_->parts.loop.Post([state = state_.get(), tenant, job] { state->Begin({tenant, job, {}}); });
}

void JobEngine::CancelWasRequested(JobId job) {
  state_->parts.loop.Post([state = state_.get(), job] {
    const auto found = state->running.find(job);
    if (found != state->running.end()) found->second->Cancel();
  });
}

void JobEngine::PauseWasChanged(JobId job) {
  state_->parts.loop.Post([state = state_.get(), job] {
    const auto found = state->running.find(job);
    if (found != state->running.end()) found->second->LookWhetherPaused();
  });
}

void JobEngine::InstanceChanged(InstanceId instance) {
  state_->parts.loop.Post([state = state_.get(), instance] {
    const auto found = state->instances.find(instance);
    if (found == state->instances.end()) return;
    auto changed = state->parts.catalogue.GetInstanceForWork(instance);
    if (changed) found->second.lane->Replace(*std::move(changed));
  });
}

async::Task<dispatch::RateUse> JobEngine::UseOfRate() {
  async::OneShot<dispatch::RateUse> told;
  state_->parts.loop.Post([state = state_.get(), told]() mutable {
    dispatch::RateUse all;
    for (const auto& [id, work] : state->instances) {
      const dispatch::RateUse use = work.lane->UseOfRate();
      all.limit += use.limit;
      all.used += use.used;
    }
    told.Set(all);
  });
  co_return co_await told.Wait();
}

async::Task<void> JobEngine::Drain(Duration patience) {
  state_->draining = true;
  for (const auto& [id, runner] : state_->running) runner->Drain();
  // Rows in flight end within their call's deadline; what is left then is in doubt, as after a crash.
  const MonoTime until = state_->parts.timers.clock().MonotonicNow() + patience;
  while (state_->jobs.running() > 0 && state_->parts.timers.clock().MonotonicNow() < until) {
    co_await state_->parts.timers.SleepFor(std::chrono::milliseconds(20));
  }
}

void JobEngine::State::Begin(const KnownJob& known) {
  if (draining || !begun.insert(known.id).second) return;
  parts.loop.Spawn(jobs.Add(RunJob(known)));
}

async::Task<void> JobEngine::State::RunJob(KnownJob known) {
  const Result<void> done = co_await RunKnownJob(known);
  begun.erase(known.id);
  if (done) co_return;
  Log(LogLevel::error, "job_cannot_run", {{"job", known.id.value}, {"error", done.error().message}});
  if (MayPass(done.error())) {
    BeginAnew({known});
  } else {
    // A submitted job that could not be read has not said whose it is.
    for (auto& [instance, of_instance] : take_ups) of_instance.Done(known.id);
  }
}

/// What is in memory of these jobs no longer stands on what is in the ledger. It is given up, and all that is known is
/// read anew, under a new lease, as by a new process.
void JobEngine::State::StopWork(InstanceWork& work, const Error& why) {
  work.has_failed = true;
  for (const auto& [id, runner] : work.runners) runner->FailWith(why);
}

/// Until they do, no other job of the instance begins a row.
void JobEngine::State::BeginAnew(std::vector<KnownJob> known) {
  for (const KnownJob& job : known) take_ups[job.instance].Expect(job.id);
  parts.loop.Spawn(BeginAfterAPause(std::move(known)));
}

/// Faults within one pause share it. The next is twice as long, unless the last was over long ago.
async::Task<void> JobEngine::State::BeginAfterAPause(std::vector<KnownJob> known) {
  if (Now() >= pause_ends) {
    const bool is_first = pause == Duration(0) || Now() - pause_ends > kLongestPause;
    pause = is_first ? kFirstPause : std::min(pause * 2, kLongestPause);
    pause_ends = Now() + pause;
  }
  co_await parts.timers.SleepUntil(pause_ends);
  for (const KnownJob& job : known) Begin(job);
}

async::Task<Result<void>> JobEngine::State::RunKnownJob(KnownJob& known) {
  ASSIGN_OR_CO_RETURN(const model::Job job, co_await parts.ledger.GetJob(known.tenant, known.id));
  known.instance = job.order.instance;
  if (model::IsFinal(job.status)) {
    take_ups[known.instance].Done(known.id);
    co_return Result<void>();
  }
  ASSIGN_OR_CO_RETURN(const ConnectorPtr connector, co_await ConnectorFor(job.order.connector_digest));
  if (connector->Find(job.order.object) == nullptr) {
    co_return Fail(ErrorKind::corrupt, "the job's connector does not know the object " + job.order.object);
  }
  ASSIGN_OR_CO_RETURN(InstanceWork* const work, co_await Join(known.tenant, known.instance, connector));
  const Result<void> done = co_await RunUnder(*work, known, *connector);
  Leave(known.instance);
  co_return done;
}

async::Task<Result<void>> JobEngine::State::RunUnder(InstanceWork& work, const KnownJob& known,
                                                     const connector::Connector& connector) {
  // Read under the lease: before, another process may have worked on it.
  ASSIGN_OR_CO_RETURN(model::Job job, co_await parts.ledger.GetJob(known.tenant, known.id));
  if (work.has_failed) {
    work.to_begin_anew.push_back(known);
    co_return Result<void>();
  }
  TakeUps& of_instance = take_ups[known.instance];
  if (model::IsFinal(job.status)) {
    of_instance.Done(known.id);
    co_return Result<void>();
  }
  const RunnerParts runner_parts{parts.loop, parts.timers, parts.http, parts.ledger, parts.files,
                                 *work.lane, *work.trial,  connector,  of_instance,  work.lease};
  JobRunner runner(runner_parts, std::move(job));
  running[known.id] = work.runners[known.id] = &runner;
  if (draining) runner.Drain();
  const bool is_final = co_await runner.Run();
  running.erase(known.id);
  work.runners.erase(known.id);
  of_instance.Done(known.id);
  if (is_final && parts.callback_is_due) parts.callback_is_due();
  const std::optional<Error>& failure = runner.failure();
  if (failure && MayPass(*failure) && !work.has_failed) StopWork(work, *failure);
  if (work.has_failed && !is_final) work.to_begin_anew.push_back(known);
  co_return Result<void>();
}

async::Task<Result<ConnectorPtr>> JobEngine::State::ConnectorFor(const std::string& digest) {
  const auto known = connectors.find(digest);
  if (known != connectors.end()) co_return known->second;
  ASSIGN_OR_CO_RETURN(const std::string packed, co_await parts.ledger.GetConnector(digest));
  ASSIGN_OR_CO_RETURN(const connector::Bundle bundle, connector::UnpackBundle(packed));
  ASSIGN_OR_CO_RETURN(const ConnectorPtr loaded, connector::Load(bundle));
  connectors[digest] = loaded;
  co_return loaded;
}

/// Counts a job in among those that work under the instance's lease, and takes the lease if it is the first.
async::Task<Result<InstanceWork*>> JobEngine::State::Join(TenantId tenant, InstanceId id, ConnectorPtr connector) {
  CO_RETURN_IF_ERROR(co_await WaitUntilFree(tenant, id));
  co_await taking.Acquire();
  Result<InstanceWork*> work = co_await TakeInstance(tenant, id, std::move(connector));
  if (work) ++(*work)->jobs;
  taking.Release();
  co_return work;
}

void JobEngine::State::Leave(InstanceId id) {
  InstanceWork& work = instances.at(id);
  if (--work.jobs > 0 || !work.has_failed) return;
  BeginAnew(std::move(work.to_begin_anew));
  instances.erase(id);
  known_until.erase(id);  // the locks of jobs that ended without an outcome for each row are gone too
}

/// What is in memory of an instance for which another has worked since, or whose work was given up, tells nothing any more:
/// its locks would wait for rows that ended elsewhere.
async::Task<Result<InstanceWork*>> JobEngine::State::TakeInstance(TenantId tenant, InstanceId id,
                                                                  ConnectorPtr connector) {
  auto known = instances.find(id);
  if (known != instances.end() && known->second.jobs > 0) co_return &known->second;
  const MonoTime asked_at = Now();
  ASSIGN_OR_CO_RETURN(const ledger::Lease lease, co_await parts.ledger.TakeLease(tenant, id));
  if (known != instances.end() && lease.epoch == known->second.lease.epoch + 1) {
    known->second.lease = lease;
  } else {
    ASSIGN_OR_CO_RETURN(InstanceWork made, MakeWork(tenant, id, std::move(connector)));
    instances.erase(id);
    known = instances.emplace(id, std::move(made)).first;
    dispatch::Lane& lane = *known->second.lane;
    const MonoTime deadline = Now() + lane.connector().deadline;
    CO_RETURN_IF_ERROR(co_await HoldKeysAgain(parts.loop, parts.ledger, lane, lease, deadline));
    if (lease.epoch != known_until[id] + 1) CO_RETURN_IF_ERROR(co_await BeginJobsOfOthers(id));
    known->second.lease = lease;
  }
  known_until[id] = lease.epoch;
  TrustLease(known->second, asked_at);
  parts.loop.Spawn(KeepLease(id, lease));
  co_return &known->second;
}

Result<InstanceWork> JobEngine::State::MakeWork(TenantId tenant, InstanceId id, ConnectorPtr connector) {
  ASSIGN_OR_RETURN(model::Instance instance, parts.catalogue.GetInstanceForWork(id));
  InstanceWork work;
  work.lane = std::make_unique<dispatch::Lane>(parts.timers, parts.http, std::move(connector), std::move(instance));
  work.trial = std::make_unique<dispatch::KeyTrial>(*work.lane, KeeperFor(tenant, id, *work.lane));
  return work;
}

/// Another process worked for the instance, and may have begun jobs that this one was not told of; or work was given up,
/// and jobs that had stopped have lost their locks. Their rows in doubt
/// too ask for their keys before any job of the instance begins a row.
async::Task<Result<void>> JobEngine::State::BeginJobsOfOthers(InstanceId id) {
  ASSIGN_OR_CO_RETURN(const std::vector<model::Job> unfinished, co_await parts.ledger.UnfinishedJobs());
  for (const model::Job& job : unfinished) {
    if (job.order.instance != id || draining) continue;
    if (!job.plan_json.empty()) take_ups[id].Expect(job.id);
    Begin({job.order.tenant, job.id, id});
  }
  co_return Result<void>();
}

/// What a trial shows is kept with the instance, where its user sees it.
dispatch::KeyTrial::Keeper JobEngine::State::KeeperFor(TenantId tenant, InstanceId id, dispatch::Lane& lane) {
  constexpr std::size_t kMostRecords = 20;
  dispatch::KeyTrial::Keeper keeper;
  keeper.records_made = [this, tenant, id](const std::string& object) {
    return parts.ledger.RecordsMade(tenant, id, object, kMostRecords);
  };
  keeper.keep = [this, tenant, id, &lane](const std::string& setting, const std::string& value) -> Result<void> {
    const auto change = [&](model::Instance& instance) { instance.configuration[setting] = value; };
    Result<model::Instance> changed = parts.catalogue.ChangeInstance(tenant, id, change);
    if (!changed && changed.error().kind == ErrorKind::not_found) {
      changed = *lane.instance();  // it was deleted while a job of it runs
      change(*changed);
    }
    if (!changed) return std::unexpected(changed.error());
    lane.Replace(*std::move(changed));
    return {};
  };
  return keeper;
}

void JobEngine::State::TrustLease(InstanceWork& work, MonoTime since) {
  work.lease_ends_at = since + parts.lease.lasts;
  work.lane->HoldUntil(work.lease_ends_at - parts.lease.spare);
}

/// Until no other process works for the instance, as far as its renewals tell.
async::Task<Result<void>> JobEngine::State::WaitUntilFree(TenantId tenant, InstanceId id) {
  ledger::LeaseSight seen;
  MonoTime since = Now();
  while (!draining) {
    ASSIGN_OR_CO_RETURN(const ledger::LeaseSight sight, co_await parts.ledger.SeeLease(tenant, id));
    if (!sight.is_anothers) co_return Result<void>();
    if (sight != std::exchange(seen, sight)) since = Now();
    if (Now() - since >= parts.lease.free_after) {
      Log(LogLevel::warning, "lease_taken_over", {{"instance", id.value}, {"epoch", sight.epoch}});
      co_return Result<void>();
    }
    co_await parts.timers.SleepFor(parts.lease.renewed_every / 2);
  }
  co_return Fail(ErrorKind::unavailable, fmt::format("another process works for instance {}", id.value));
}

/// Renews the lease while there are jobs under it. If it was not renewed in time, another process may have taken it.
async::Task<void> JobEngine::State::KeepLease(InstanceId id, ledger::Lease lease) {
  for (;;) {
    co_await parts.timers.SleepFor(parts.lease.renewed_every);
    const auto held = [&]() -> InstanceWork* {
      const auto known = instances.find(id);
      if (known == instances.end() || known->second.lease.epoch != lease.epoch) return nullptr;
      return known->second.jobs > 0 && !known->second.has_failed ? &known->second : nullptr;
    };
    InstanceWork* work = held();
    if (work == nullptr) co_return;
    const MonoTime asked_at = Now();
    if (asked_at >= work->lease_ends_at) {
      co_return StopWork(*work, {ErrorKind::fenced, fmt::format("the lease on instance {} ran out", id.value),
                                 "This process, or its disk, stood still. Its jobs begin anew."});
    }
    const Result<void> renewed = co_await parts.ledger.RenewLease(lease);
    work = held();
    if (work == nullptr) co_return;
    if (renewed) {
      TrustLease(*work, asked_at);
    } else if (renewed.error().kind == ErrorKind::fenced) {
      co_return StopWork(*work, renewed.error());
    }
  }
}

}  // namespace rowcall::job
