#include "job/job_engine.h"

#include <fmt/format.h>

#include <map>
#include <optional>
#include <utility>

#include "async/semaphore.h"
#include "async/task_group.h"
#include "base/log.h"
#include "dispatch/lane.h"
#include "job/job_runner.h"

namespace rowcall::job {

namespace {

using ConnectorPtr = std::shared_ptr<const connector::Connector>;

constexpr Duration kFirstPause = std::chrono::seconds(1);
constexpr Duration kLongestPause = std::chrono::seconds(30);

using KnownJob = std::pair<TenantId, JobId>;

/// What all jobs of one instance share: its lease and its way to the service.
struct InstanceWork {
  ledger::Lease lease;
  std::unique_ptr<dispatch::Lane> lane;
  std::map<JobId, JobRunner*> runners{};
  bool has_failed = false;  ///< The ledger did, under one of its jobs: all of them stop.
  std::vector<KnownJob> to_begin_anew{};
};

/// What it stands on cannot be used now, and may be later. Of `unavailable` nobody knows: it may be a lasting fault of
/// one job's file, and must not stop the others again and again.
bool MayPass(const Error& error) { return error.kind == ErrorKind::no_space; }

}  // namespace

struct JobEngine::State {
  explicit State(EngineParts given) : parts(std::move(given)), jobs(parts.loop, kMostJobs) {}

  static constexpr std::size_t kMostJobs = 10'000;

  void Begin(TenantId tenant, JobId id);
  async::Task<void> RunJob(TenantId tenant, JobId id);
  async::Task<Result<void>> RunKnownJob(TenantId tenant, JobId id);
  async::Task<bool> Run(JobRunner& runner, TenantId tenant, JobId id);
  void StopWork(InstanceWork& work, const Error& why);
  async::Task<void> BeginAnew(std::vector<KnownJob> known);
  async::Task<Result<ConnectorPtr>> ConnectorFor(const std::string& digest);
  async::Task<Result<InstanceWork*>> WorkFor(TenantId tenant, InstanceId id, ConnectorPtr connector);
  async::Task<Result<InstanceWork*>> TakeInstance(TenantId tenant, InstanceId id, ConnectorPtr connector);

  EngineParts parts;
  async::TaskGroup jobs;
  async::Semaphore taking{1};  ///< One lease is taken at a time, so that two jobs of an instance share one.
  std::map<InstanceId, InstanceWork> instances;
  std::map<std::string, ConnectorPtr> connectors;
  std::map<JobId, JobRunner*> running;
  Duration pause = kFirstPause;  ///< Before jobs are begun anew.
  bool draining = false;
};

JobEngine::JobEngine(EngineParts parts) : state_(std::make_unique<State>(std::move(parts))) {}

JobEngine::~JobEngine() = default;

async::Task<Result<void>> JobEngine::Start() {
  ASSIGN_OR_CO_RETURN(const std::vector<model::Job> jobs, co_await state_->parts.ledger.UnfinishedJobs());
  for (const model::Job& job : jobs) state_->Begin(job.order.tenant, job.id);
  co_return Result<void>();
}

void JobEngine::Submit(TenantId tenant, JobId job) {
  state_->parts.loop.Post([state = state_.get(), tenant, job] { state->Begin(tenant, job); });
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

async::Task<void> JobEngine::Drain(Duration patience) {
  state_->draining = true;
  for (const auto& [id, runner] : state_->running) runner->Drain();
  // Rows in flight end within their call's deadline; what is left then is in doubt, as after a crash.
  const MonoTime until = state_->parts.timers.clock().MonotonicNow() + patience;
  while (state_->jobs.running() > 0 && state_->parts.timers.clock().MonotonicNow() < until) {
    co_await state_->parts.timers.SleepFor(std::chrono::milliseconds(20));
  }
}

void JobEngine::State::Begin(TenantId tenant, JobId id) {
  if (draining) return;
  parts.loop.Spawn(jobs.Add(RunJob(tenant, id)));
}

async::Task<void> JobEngine::State::RunJob(TenantId tenant, JobId id) {
  const Result<void> done = co_await RunKnownJob(tenant, id);
  if (done) co_return;
  Log(LogLevel::error, "job_cannot_run", {{"job", id.value}, {"error", done.error().message}});
  if (MayPass(done.error())) parts.loop.Spawn(BeginAnew({{tenant, id}}));
}

/// True: the job is final.
async::Task<bool> JobEngine::State::Run(JobRunner& runner, TenantId tenant, JobId id) {
  if (draining) runner.Drain();
  // A cancellation that came while the job was being fetched is in the ledger only.
  const Result<model::Job> now = co_await parts.ledger.GetJob(tenant, id);
  if (!now) {
    runner.FailWith(now.error());
  } else if (now->cancel_requested) {
    runner.Cancel();
  }
  co_return co_await runner.Run();
}

/// What is in memory of these jobs no longer stands on what is in the ledger. It is given up, and all that is known is
/// read anew, under a new lease, as by a new process.
void JobEngine::State::StopWork(InstanceWork& work, const Error& why) {
  work.has_failed = true;
  for (const auto& [id, runner] : work.runners) runner->FailWith(why);
}

async::Task<void> JobEngine::State::BeginAnew(std::vector<KnownJob> known) {
  const Duration before = std::exchange(pause, std::min(pause * 2, kLongestPause));
  co_await parts.timers.SleepFor(before);
  for (const auto& [tenant, id] : known) Begin(tenant, id);
}

async::Task<Result<void>> JobEngine::State::RunKnownJob(TenantId tenant, JobId id) {
  if (running.contains(id)) co_return Result<void>();
  ASSIGN_OR_CO_RETURN(model::Job job, co_await parts.ledger.GetJob(tenant, id));
  if (model::IsFinal(job.status)) co_return Result<void>();
  ASSIGN_OR_CO_RETURN(const ConnectorPtr connector, co_await ConnectorFor(job.order.connector_digest));
  ASSIGN_OR_CO_RETURN(InstanceWork* const work, co_await WorkFor(tenant, job.order.instance, connector));
  if (work->has_failed) {
    work->to_begin_anew.emplace_back(tenant, id);
    co_return Result<void>();
  }
  if (connector->Find(job.order.object) == nullptr) {
    co_return Fail(ErrorKind::corrupt, "the job's connector does not know the object " + job.order.object);
  }
  const RunnerParts runner_parts{parts.loop,  parts.timers, parts.http, parts.ledger,
                                 parts.files, *work->lane,  *connector, work->lease};
  const InstanceId instance = job.order.instance;
  JobRunner runner(runner_parts, std::move(job));
  running[id] = work->runners[id] = &runner;
  const bool is_final = co_await Run(runner, tenant, id);
  running.erase(id);
  work->runners.erase(id);
  if (is_final && parts.callback_is_due) parts.callback_is_due();
  const std::optional<Error>& failure = runner.failure();
  if (!failure) {
    pause = kFirstPause;
  } else if (MayPass(*failure) && !work->has_failed) {
    StopWork(*work, *failure);
  }
  if (!work->has_failed) co_return Result<void>();
  if (!is_final) work->to_begin_anew.emplace_back(tenant, id);
  if (!work->runners.empty()) co_return Result<void>();
  parts.loop.Spawn(BeginAnew(std::move(work->to_begin_anew)));
  instances.erase(instance);
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

async::Task<Result<InstanceWork*>> JobEngine::State::WorkFor(TenantId tenant, InstanceId id, ConnectorPtr connector) {
  co_await taking.Acquire();
  Result<InstanceWork*> work = nullptr;
  const auto known = instances.find(id);
  if (known != instances.end()) {
    work = &known->second;
  } else {
    work = co_await TakeInstance(tenant, id, std::move(connector));
  }
  taking.Release();
  co_return work;
}

async::Task<Result<InstanceWork*>> JobEngine::State::TakeInstance(TenantId tenant, InstanceId id,
                                                                  ConnectorPtr connector) {
  ASSIGN_OR_CO_RETURN(model::Instance instance, parts.catalogue.GetInstanceForWork(id));
  ASSIGN_OR_CO_RETURN(const ledger::Lease lease, co_await parts.ledger.TakeLease(tenant, id));
  auto lane = std::make_unique<dispatch::Lane>(parts.timers, parts.http, std::move(connector), std::move(instance));
  co_return &instances.emplace(id, InstanceWork{lease, std::move(lane)}).first->second;
}

}  // namespace rowcall::job
