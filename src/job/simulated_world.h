#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "async/loop.h"
#include "async/timers.h"
#include "base/clock.h"
#include "job/job_engine.h"
#include "job/simulated_line.h"
#include "job/simulated_scenario.h"
#include "job/simulated_service.h"
#include "job/simulated_trace.h"
#include "ledger/ledger.h"
#include "ledger/test_dying_commits.h"
#include "model/job.h"

namespace rowcall::job {

/// A small world in one thread: jobs, the engine on a real ledger, a service behind a bad line, and time that moves only
/// when there is nothing to do. Its process dies, is frozen and goes on beside its successor, and all of it comes from
/// the seed: the same seed gives the same trace.
class SimulatedWorld {
 public:
  /// A job of the scenario, in the world.
  struct Job {
    JobId id;  ///< 0 = not asked for yet.
    bool cancel_was_asked = false;
    bool resume_was_asked = false;
    std::optional<MonoTime> paused_since;
    int wishes = 0;  ///< Of its user, so far.
  };

  SimulatedWorld(std::uint64_t seed, bool printed);
  ~SimulatedWorld();
  SimulatedWorld(const SimulatedWorld&) = delete;
  SimulatedWorld& operator=(const SimulatedWorld&) = delete;

  /// To its end: all jobs have ended, and no request is on its way any more; or to the bound of its time.
  void Run();

  const Scenario& scenario() const { return scenario_; }
  const std::vector<Job>& jobs() const { return jobs_; }
  SimulatedService& service() { return service_; }
  const SimulatedLine& line() const { return line_; }
  Trace& trace() { return trace_; }
  bool all_ended() const { return ended_ == jobs_.size(); }
  /// When the last job ended, from the world's beginning.
  Duration ended_at() const { return ended_at_; }
  /// Whether a process that was frozen went on beside the one that had taken over.
  bool had_two_at_once() const { return had_two_at_once_; }
  /// When the last process began or went on, or all became calm.
  Duration last_trouble_at() const { return last_trouble_at_; }
  /// Broken promises that could be seen on the way.
  const std::vector<std::string>& breaches() const { return breaches_; }
  std::int64_t steps() const { return steps_; }

  // What the ledger says at the end
  model::Job JobIn(JobId id);
  std::vector<model::Outcome> RowsIn(JobId id);
  ledger::Recovery RecoveryOf(JobId id);

 private:
  struct Process;
  class Shelf;

  void Begin();
  void CreateJob(std::size_t job);
  async::Task<Result<JobId>> StoreJob(std::size_t job);
  bool IsOver() const;
  void Step();
  bool RunOne();
  void MoveOn();
  void Boot();
  void Freeze(bool is_taken_over);
  void Strike(const Blow& blow);
  void Count(Blow::Counted counted);
  bool CommitDies();
  void Calm();
  void AskFor(std::size_t job, Wish wish);
  async::Task<void> Grant(Process& process, std::size_t job, Wish wish);
  void ResumeAgain();
  void UseUpForOthers();
  async::Task<void> WaitForDisk();
  void CheckSend(const SimulatedService::Call& call);
  Process* Newest();  ///< Null: it is dead or frozen.
  void After(Duration wait, std::move_only_function<void()> happen);
  template <typename T>
  T Read(async::Task<Result<T>> task);

  Dice dice_;
  const Scenario scenario_;
  std::vector<Job> jobs_;
  FakeClock clock_;
  const MonoTime began_;
  Trace trace_;
  async::FakeTimers timers_;  ///< Of the world: what no process owns.
  SimulatedService service_;
  SimulatedLine line_;
  ledger::DyingCommits dying_commits_;
  async::Loop clerk_;  ///< For what the world itself asks the ledger.
  std::unique_ptr<ledger::Ledger> ledger_;
  std::unique_ptr<Shelf> shelf_;
  std::vector<std::unique_ptr<Process>> processes_;  ///< The newest last; older ones are frozen, or were.
  Process* running_ = nullptr;
  int last_process_ = 0;
  std::deque<Blow> blows_;
  int counted_ = 0;  ///< Towards the next blow.
  std::optional<Blow> due_;  ///< It strikes when the step is over.
  bool is_calm_ = false;
  bool had_two_at_once_ = false;
  MonoTime disk_free_at_{};
  std::size_t ended_ = 0;
  Duration ended_at_{};
  Duration last_trouble_at_{};
  std::int64_t steps_ = 0;
  std::vector<std::string> breaches_;
};

}  // namespace rowcall::job
