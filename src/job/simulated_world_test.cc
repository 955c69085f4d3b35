#include "job/simulated_world.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <string_view>
#include <utility>

#include "async/blocking_pool.h"
#include "files/file_store.h"
#include "job/toy_service.h"
#include "ledger/sqlite_ledger.h"
#include "ledger/temp_folder.h"

namespace rowcall::job {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr TenantId kTenant{1};
constexpr std::int64_t kMostSteps = 2'000'000;
constexpr Duration kLongestWorld = std::chrono::hours(2);
constexpr Duration kTakeover = seconds(26);  ///< A lease is taken over when it was not renewed for so long.

/// What all worlds share, for none changes it: instances by their `late`.
struct Surroundings {
  Surroundings() {
    EXPECT_TRUE(catalogue->FirstStart([](const ledger::FirstCredentials&) { return Result<void>(); }));
    for (std::size_t late = 0; late < instances.size(); ++late) {
      model::Instance instance;
      instance.tenant = kTenant;
      instance.connector = "toy";
      instance.secrets["token"] = Secret("secret");
      instance.configuration["late.seconds"] = std::to_string(late);
      instances[late] = catalogue->CreateInstance(std::move(instance))->instance.id;
    }
  }

  ledger::TempFolder folder;
  SystemClock clock;
  std::unique_ptr<ledger::Keyring> keyring = *ledger::Keyring::OpenOrCreate(folder / "keys");
  std::unique_ptr<ledger::Catalogue> catalogue = *ledger::OpenSqliteCatalogue(":memory:", clock, *keyring);
  std::array<InstanceId, 6> instances;
  const std::string connector = connector::PackBundle(ToyService::Connector());
  const std::string digest = (*connector::Load(ToyService::Connector()))->digest;
  async::BlockingPool pool{0};
};

Surroundings& TheSurroundings() {
  static Surroundings surroundings;
  return surroundings;
}

std::string CsvOf(const SimulatedJob& job) {
  std::string csv = "mail,name,club,site\n";
  for (const SimulatedRow& row : job.rows) {
    csv += fmt::format("{},{},{},{}\n", row.mail.empty() ? "nobody" : row.mail, row.name, row.club, row.site);
  }
  return csv;
}

}  // namespace

/// The files of a world: what lies there is read, in small pieces.
class SimulatedWorld::Shelf final : public files::FileStore {
 public:
  void Put(const std::string& key, std::string bytes) { files_[key] = std::move(bytes); }

  async::Task<Result<std::unique_ptr<files::FileReader>>> Open(std::string key, std::int64_t from_offset) override {
    const auto found = files_.find(key);
    if (found == files_.end()) co_return Fail(ErrorKind::not_found, "there is no file " + key);
    const auto from = static_cast<std::size_t>(from_offset);
    co_return std::make_unique<Reader>(std::string_view(found->second).substr(from));
  }
  async::Task<Result<std::unique_ptr<files::FileWriter>>> Create(std::string) override { co_return ReadOnly(); }
  async::Task<Result<files::StoredFile>> Stat(std::string) override { co_return ReadOnly(); }
  async::Task<Result<void>> Remove(std::string) override { co_return ReadOnly(); }

 private:
  class Reader final : public files::FileReader {
   public:
    explicit Reader(std::string_view rest) : rest_(rest) {}
    async::Task<Result<std::string_view>> Next() override {
      const std::string_view piece = rest_.substr(0, 100);
      rest_.remove_prefix(piece.size());
      co_return piece;
    }

   private:
    std::string_view rest_;
  };

  static std::unexpected<Error> ReadOnly() { return Fail(ErrorKind::unavailable, "this store is only read"); }

  std::map<std::string, std::string> files_;
};

struct SimulatedWorld::Process {
  Process(SimulatedWorld& of, int its_number)
      : world(of), number(its_number), born_at(of.clock_.MonotonicNow()), timers(of.clock_), line(*this) {
    engine = std::make_unique<JobEngine>(EngineParts{
        loop, timers, TheSurroundings().pool, line, *of.ledger_, *TheSurroundings().catalogue, *of.shelf_, {}});
  }
  /// Drops all that waits, as a death does.
  ~Process() { loop.Stop(); }

  struct Line final : net::HttpClient {
    explicit Line(Process& of) : process(of) {}
    async::Task<net::Exchange> Send(const net::HttpRequest& request) override {
      return process.world.line_.Send(process.timers, request);
    }
    Process& process;
  };

  SimulatedWorld& world;
  const int number;
  const MonoTime born_at;
  bool is_frozen = false;
  async::Loop loop;
  async::FakeTimers timers;
  Line line;
  std::unique_ptr<JobEngine> engine;
};

SimulatedWorld::SimulatedWorld(std::uint64_t seed, bool printed)
    : dice_(seed ^ 0x5eedU),
      scenario_(DrawScenario(seed)),
      jobs_(scenario_.jobs.size()),
      began_(clock_.MonotonicNow()),
      trace_(clock_, printed),
      timers_(clock_),
      service_(clock_, trace_, scenario_.service_ahead, scenario_.limit),
      line_(dice_, scenario_, service_, timers_, trace_),
      dying_commits_([this] { return CommitDies(); }),
      shelf_(std::make_unique<Shelf>()),
      blows_(scenario_.blows.begin(), scenario_.blows.end()) {
  ledger::SqliteLedgerOptions options;
  options.instead_of_threads = [this] { return WaitForDisk(); };
  options.committed = [this](const ledger::Committed& committed) {
    trace_.Say("  committed: {} rows, {} doubts", committed.rows.Total(), committed.doubts);
    ended_ += committed.jobs_ended.size();
    if (!committed.jobs_ended.empty()) ended_at_ = clock_.MonotonicNow() - began_;
  };
  ledger_ = *ledger::OpenSqliteLedger(":memory:", clock_, std::move(options));
  line_.sent = [this](const SimulatedService::Call& call) { CheckSend(call); };
  line_.carried_out = [this] { Count(Blow::Counted::calls); };
}

SimulatedWorld::~SimulatedWorld() = default;

void SimulatedWorld::After(Duration wait, std::move_only_function<void()> happen) {
  timers_.Schedule(clock_.MonotonicNow() + wait, std::move(happen));
}

template <typename T>
T SimulatedWorld::Read(async::Task<Result<T>> task) {
  running_ = nullptr;
  Result<T> result = async::RunToEnd(clerk_, std::move(task));
  EXPECT_TRUE(result) << result.error().message;
  return *std::move(result);
}

model::Job SimulatedWorld::JobIn(JobId id) { return Read(ledger_->GetJob(kTenant, id)); }
std::vector<model::Outcome> SimulatedWorld::RowsIn(JobId id) { return Read(ledger_->Rows(kTenant, id, {}, 0, 10'000)); }
ledger::Recovery SimulatedWorld::RecoveryOf(JobId id) { return Read(ledger_->Recover(kTenant, id)); }

// Its course

void SimulatedWorld::Begin() {
  for (const auto& [mail, name] : scenario_.known_people) service_.AddPerson(mail, name, 3600);
  for (const auto& [at, mail] : scenario_.strangers) {
    After(at, [this, mail] { service_.AddPerson(mail, "stranger", 0); });
  }
  for (std::size_t job = 0; job < jobs_.size(); ++job) {
    const SimulatedJob& asked = scenario_.jobs[job];
    if (asked.asked_at == Duration(0)) CreateJob(job);
    if (asked.asked_at > Duration(0)) After(asked.asked_at, [this, job] { CreateJob(job); });
    for (const auto& [at, wish] : asked.wishes) After(at, [this, job, wish] { AskFor(job, wish); });
  }
  After(seconds(5) + dice_.UpTo(seconds(20)), [this] { ResumeAgain(); });
  After(scenario_.calm_at, [this] { Calm(); });
  if (scenario_.used_by_others > 0) After(dice_.UpTo(seconds(10)), [this] { UseUpForOthers(); });
  Boot();
}

void SimulatedWorld::Run() {
  Begin();
  const auto late = [this] { return clock_.MonotonicNow() - began_ > kLongestWorld || steps_ > kMostSteps; };
  while (!IsOver() && !late()) Step();
  if (!all_ended()) breaches_.push_back("not all jobs have ended");
}

/// Behind the last job's end there is time for what is still on its way.
bool SimulatedWorld::IsOver() const {
  const bool any_frozen = std::any_of(processes_.begin(), processes_.end(), [](const auto& p) { return p->is_frozen; });
  return all_ended() && !any_frozen && clock_.MonotonicNow() - began_ > ended_at_ + seconds(15);
}

void SimulatedWorld::Step() {
  if (!RunOne()) MoveOn();
  running_ = nullptr;
  if (due_) Strike(*std::exchange(due_, std::nullopt));
}

bool SimulatedWorld::RunOne() {
  const std::size_t first = processes_.size() > 1 ? dice_.Roll(processes_.size()) : 0;
  for (std::size_t i = 0; i < processes_.size(); ++i) {
    Process& process = *processes_[(first + i) % processes_.size()];
    if (process.is_frozen) continue;
    running_ = &process;
    if (process.loop.context().poll_one() == 0) continue;
    ++steps_;
    if (&process == Newest()) Count(Blow::Counted::steps);
    return true;
  }
  return false;
}

/// Nothing can be done now: on to what happens next.
void SimulatedWorld::MoveOn() {
  async::FakeTimers* next = &timers_;
  running_ = nullptr;
  for (const auto& process : processes_) {
    if (process->is_frozen || !process->timers.next_at()) continue;
    if (*process->timers.next_at() >= next->next_at().value_or(MonoTime::max())) continue;
    next = &process->timers;
    running_ = process.get();
  }
  const MonoTime at = next->next_at().value_or(clock_.MonotonicNow() + seconds(1));
  next->Advance(std::max(Duration(0), at - clock_.MonotonicNow()));
}

void SimulatedWorld::Boot() {
  processes_.push_back(std::make_unique<Process>(*this, ++last_process_));
  trace_.Say("process {} begins", last_process_);
  last_trouble_at_ = clock_.MonotonicNow() - began_;
  const auto start = [](JobEngine& engine) -> async::Task<void> {
    const Result<void> started = co_await engine.Start();
    EXPECT_TRUE(started) << started.error().message;
  };
  Process& process = *processes_.back();
  process.loop.Spawn(start(*process.engine));
}

SimulatedWorld::Process* SimulatedWorld::Newest() {
  if (processes_.empty() || processes_.back()->number != last_process_ || processes_.back()->is_frozen) return nullptr;
  return processes_.back().get();
}

// Blows

void SimulatedWorld::Count(Blow::Counted counted) {
  if (due_ || blows_.empty() || blows_.front().counted != counted || ++counted_ < blows_.front().after) return;
  counted_ = 0;
  due_ = blows_.front();
  blows_.pop_front();
}

/// Whether what is to be committed is lost with the process.
bool SimulatedWorld::CommitDies() {
  if (running_ == nullptr || running_ != Newest()) return false;
  const auto is_death = [this] { return due_ && due_->kind == Blow::Kind::crash; };
  if (is_death()) return true;
  Count(Blow::Counted::commits);
  return is_death() && !due_->with_the_commit;
}

void SimulatedWorld::Strike(const Blow& blow) {
  switch (blow.kind) {
    case Blow::Kind::crash:
      if (Newest() == nullptr) return;
      trace_.Say("process {} dies", last_process_);
      processes_.pop_back();
      After(dice_.UpTo(seconds(3)), [this] { Boot(); });
      return;
    case Blow::Kind::freeze: Freeze(true); return;
    case Blow::Kind::standstill: Freeze(false); return;
    case Blow::Kind::wall_clock_jump:
      trace_.Say("the wall clock jumps");
      clock_.JumpWall(std::chrono::hours(dice_.Chance(0.5) ? 1 : -1));
      return;
  }
}

/// The process stands still and then goes on, maybe beside another that has taken over.
void SimulatedWorld::Freeze(bool is_taken_over) {
  Process* const process = Newest();
  if (process == nullptr) return;
  trace_.Say("process {} is frozen", process->number);
  process->is_frozen = true;
  Duration sleeps = seconds(60);
  if (is_taken_over) {
    const Duration taken_over = kTakeover + dice_.UpTo(seconds(20));
    After(taken_over, [this] { Boot(); });
    sleeps = taken_over + dice_.UpTo(seconds(dice_.Chance(0.5) ? 2 : 60));
  }
  After(sleeps, [this, process, is_taken_over] {
    had_two_at_once_ = had_two_at_once_ || is_taken_over;
    trace_.Say("process {} goes on", process->number);
    process->is_frozen = false;
    last_trouble_at_ = clock_.MonotonicNow() - began_;
  });
}

void SimulatedWorld::Calm() {
  trace_.Say("calm");
  last_trouble_at_ = clock_.MonotonicNow() - began_;
  is_calm_ = true;
  blows_.clear();
  line_.Calm();
}

void SimulatedWorld::UseUpForOthers() {
  service_.UseUp(static_cast<std::int64_t>(scenario_.used_by_others * static_cast<double>(scenario_.limit)));
  After(seconds(10), [this] { UseUpForOthers(); });
}

/// A commit or a read takes its time, one behind the other.
async::Task<void> SimulatedWorld::WaitForDisk() {
  if (running_ == nullptr) co_return;  // the clerk does not wait
  Duration takes = dice_.Chance(0.3) ? Duration(0) : dice_.UpTo(scenario_.disk_delay);
  if (scenario_.hangs && !is_calm_ && dice_.Chance(0.01)) takes = dice_.UpTo(seconds(3));
  disk_free_at_ = std::max(disk_free_at_, clock_.MonotonicNow() + takes);
  co_await running_->timers.SleepUntil(disk_free_at_);
}

// Users

void SimulatedWorld::CreateJob(std::size_t job) {
  Process* const process = Newest();
  if (process == nullptr && last_process_ > 0) {  // nobody is there to ask
    After(seconds(1), [this, job] { CreateJob(job); });
    return;
  }
  jobs_[job].id = Read(StoreJob(job));
  trace_.Say("job {} is asked for", job);
  if (process != nullptr) process->engine->Submit(kTenant, jobs_[job].id);
}

async::Task<Result<JobId>> SimulatedWorld::StoreJob(std::size_t job) {
  const SimulatedJob& asked = scenario_.jobs[job];
  model::JobOrder order;
  order.tenant = kTenant;
  order.instance = TheSurroundings().instances[static_cast<std::size_t>(scenario_.late_seconds)];
  order.object = "person";
  order.action = asked.action;
  order.canary_rows = asked.canary_rows;
  order.file.key = fmt::format("upload-{}", job);
  order.connector_digest = TheSurroundings().digest;
  shelf_->Put(order.file.key, CsvOf(asked));
  CO_RETURN_IF_ERROR(co_await ledger_->PutConnector(TheSurroundings().digest, TheSurroundings().connector));
  ASSIGN_OR_CO_RETURN(const ledger::CreatedJob created, co_await ledger_->CreateJob(order, {}));
  co_return created.id;
}

void SimulatedWorld::AskFor(std::size_t job, Wish wish) {
  Process* const process = Newest();
  if (jobs_[job].id && process != nullptr) {
    process->loop.Spawn(Grant(*process, job, wish));
  } else if (wish == Wish::cancel) {
    After(seconds(1), [this, job, wish] { AskFor(job, wish); });
  }
}

async::Task<void> SimulatedWorld::Grant(Process& process, std::size_t job, Wish wish) {
  Job& known = jobs_[job];
  const int wish_number = ++known.wishes;
  Result<model::Job> granted;
  switch (wish) {
    case Wish::pause:
      trace_.Say("job {} is to be paused", job);
      granted = co_await ledger_->RequestPause(kTenant, known.id);
      if (granted && known.wishes == wish_number) known.paused_since = clock_.MonotonicNow();
      if (granted) process.engine->PauseWasChanged(known.id);
      co_return;
    case Wish::resume:
      trace_.Say("job {} is to go on", job);
      known.paused_since.reset();
      known.resume_was_asked = true;
      granted = co_await ledger_->RequestResume(kTenant, known.id);
      if (granted) process.engine->PauseWasChanged(known.id);
      co_return;
    case Wish::cancel:
      trace_.Say("job {} is to be cancelled", job);
      known.cancel_was_asked = true;
      granted = co_await ledger_->RequestCancel(kTenant, known.id);
      if (granted) process.engine->CancelWasRequested(known.id);
      co_return;
  }
}

/// Nobody leaves a job paused for ever.
void SimulatedWorld::ResumeAgain() {
  for (std::size_t job = 0; job < jobs_.size(); ++job) {
    if (jobs_[job].id && JobIn(jobs_[job].id).paused_by != model::PausedBy::nobody) AskFor(job, Wish::resume);
  }
  if (!all_ended()) After(seconds(5) + dice_.UpTo(seconds(20)), [this] { ResumeAgain(); });
}

/// A canary is the first rows and no more; a process that finds a job paused sends nothing of it.
void SimulatedWorld::CheckSend(const SimulatedService::Call& call) {
  const std::string name = SimulatedService::NameIn(call);
  for (std::size_t job = 0; job < jobs_.size() && !name.empty(); ++job) {
    const std::vector<SimulatedRow>& rows = scenario_.jobs[job].rows;
    const auto row = std::find_if(rows.begin(), rows.end(), [&](const auto& known) { return known.name == name; });
    if (row == rows.end()) continue;
    const std::int64_t canary = scenario_.jobs[job].canary_rows;
    if (canary > 0 && row - rows.begin() >= canary && !jobs_[job].resume_was_asked) {
      breaches_.push_back(fmt::format("{} was sent, behind a canary of {} rows", name, canary));
    }
    const auto& paused_since = jobs_[job].paused_since;
    if (paused_since && running_->born_at > *paused_since && !jobs_[job].cancel_was_asked) {
      breaches_.push_back(fmt::format("{} was sent by a process that began behind the pause of its job", name));
    }
  }
}

}  // namespace rowcall::job
