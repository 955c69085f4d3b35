#include "job/simulated_scenario.h"

#include <fmt/format.h>

#include <algorithm>

namespace rowcall::job {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class Drawing {
 public:
  explicit Drawing(std::uint64_t seed) : dice_(seed) {}

  Scenario Draw() {
    scenario_.is_calm_early = dice_.Chance(0.4);
    scenario_.calm_at = scenario_.is_calm_early ? seconds(2) + dice_.UpTo(seconds(40)) : Duration(seconds(600));
    DrawJobs();
    DrawLine();
    DrawBlows();
    DrawStrangers();
    return std::move(scenario_);
  }

 private:
  void DrawJobs() {
    const std::uint64_t jobs = dice_.Chance(0.4) ? 2 : 1;
    people_ = 2 + dice_.Roll(24);
    for (std::uint64_t job = 0; job < jobs; ++job) scenario_.jobs.push_back(DrawJob(job == 0 ? 'a' : 'b'));
    for (std::uint64_t person = 0; person < people_; ++person) {
      if (dice_.Chance(0.2)) scenario_.known_people.emplace_back(Mail(person), "before");
    }
    for (const SimulatedRow& row : scenario_.jobs.front().rows) {  // some hold a row's values already
      if (!row.mail.empty() && dice_.Chance(0.03)) scenario_.known_people.emplace_back(row.mail, row.name);
    }
  }

  static std::string Mail(std::uint64_t person) { return fmt::format("p{}@x.y", person); }

  SimulatedJob DrawJob(char letter) {
    SimulatedJob job;
    const std::uint64_t rows = 4 + dice_.Roll(30);
    const bool has_clubs = dice_.Chance(0.5);
    while (job.rows.size() < rows) {
      SimulatedRow row;
      if (!job.rows.empty() && dice_.Chance(0.04)) {
        row = job.rows.back();  // a twin
      } else {
        row.name = fmt::format("{}{}", letter, job.rows.size() + 1);
        if (dice_.Chance(0.96)) row.mail = Mail(dice_.Roll(people_));
        if (dice_.Chance(0.03)) row.name += '!';
      }
      if (has_clubs && dice_.Chance(0.6)) {
        row.club = fmt::format("Club {}", dice_.Roll(3));
        row.site = dice_.Chance(0.7) ? fmt::format("s{}", dice_.Roll(3)) : "";
      }
      job.rows.push_back(std::move(row));
    }
    if (dice_.Chance(0.2)) job.action = model::Action::create;
    if (dice_.Chance(0.2)) job.canary_rows = 1 + static_cast<std::int64_t>(dice_.Roll(8));
    if (letter != 'a' && dice_.Chance(0.6)) job.asked_at = dice_.UpTo(seconds(2));
    if (dice_.Chance(0.25)) {
      const Duration paused_at = dice_.UpTo(seconds(3));
      job.wishes.emplace_back(paused_at, Wish::pause);
      job.wishes.emplace_back(paused_at + dice_.UpTo(seconds(20)), Wish::resume);
    }
    if (job.canary_rows > 0) job.wishes.emplace_back(dice_.UpTo(seconds(6)), Wish::resume);
    if (dice_.Chance(0.1)) job.wishes.emplace_back(dice_.UpTo(seconds(6)), Wish::cancel);
    return job;
  }

  void DrawLine() {
    scenario_.late_seconds = dice_.Chance(0.5) ? 0 : 1 + static_cast<std::int64_t>(dice_.Roll(5));
    if (dice_.Chance(0.8)) {
      for (const Fate fate : {Fate::refused, Fate::lost, Fate::cut, Fate::late, Fate::broken_before, Fate::broken_after,
                              Fate::garbage, Fate::too_many}) {
        if (dice_.Chance(0.4))
          Share(fate) = 0.01 * static_cast<double>(1 + dice_.Roll(fate == Fate::too_many ? 40 : 12));
      }
    }
    if (scenario_.late_seconds == 0) Share(Fate::late) = 0;
    scenario_.most_losses = dice_.Chance(0.1) ? 100 : 1 + static_cast<int>(dice_.Roll(4));
    if (dice_.Chance(0.15)) scenario_.poisoned = Mail(dice_.Roll(people_));
    if (dice_.Chance(0.25)) {
      constexpr Fate kKinds[] = {Fate::lost, Fate::refused, Fate::broken_before, Fate::signed_out};
      const Duration from = dice_.UpTo(seconds(4));
      const Duration to = from + dice_.UpTo(dice_.Chance(0.5) ? seconds(5) : seconds(240));
      scenario_.outage = {from, scenario_.is_calm_early ? std::min(to, scenario_.calm_at) : to};
      scenario_.outage_fate = kKinds[dice_.Roll(std::size(kKinds))];
    }
    scenario_.latency = milliseconds(1 + dice_.Roll(100));
    scenario_.disk_delay = milliseconds(1 + dice_.Roll(20));
    scenario_.hangs = dice_.Chance(0.3);
    scenario_.limit = dice_.Chance(0.4) ? 15 + static_cast<std::int64_t>(dice_.Roll(60)) : 0;
    if (scenario_.limit > 0 && dice_.Chance(0.3)) scenario_.used_by_others = 0.01 * static_cast<double>(dice_.Roll(80));
    scenario_.service_ahead = seconds(dice_.Roll(7200)) - seconds(3600);
  }

  double& Share(Fate fate) { return scenario_.shares[static_cast<std::size_t>(fate)]; }

  void DrawBlows() {
    bool has_freeze = false;
    for (std::uint64_t blows = dice_.Roll(5); blows > 0; --blows) {
      Blow blow;
      const std::uint64_t kind = dice_.Roll(20);
      if (kind < 3) blow.kind = Blow::Kind::standstill;
      if (kind >= 3 && kind < 5) blow.kind = Blow::Kind::wall_clock_jump;
      if (kind >= 5 && kind < 7 && !has_freeze) blow.kind = Blow::Kind::freeze;
      has_freeze = has_freeze || blow.kind == Blow::Kind::freeze;
      blow.counted = static_cast<Blow::Counted>(dice_.Roll(3));
      constexpr std::uint64_t kAfter[] = {1'200, 25, 50};  // by what is counted
      blow.after = 1 + static_cast<int>(dice_.Roll(kAfter[static_cast<std::size_t>(blow.counted)]));
      blow.with_the_commit = dice_.Chance(0.5);
      scenario_.blows.push_back(blow);
    }
  }

  void DrawStrangers() {
    if (!dice_.Chance(0.4)) return;
    for (std::uint64_t strangers = 1 + dice_.Roll(8); strangers > 0; --strangers) {
      scenario_.strangers.emplace_back(dice_.UpTo(seconds(6)), Mail(dice_.Roll(people_)));
    }
  }

  Dice dice_;
  Scenario scenario_;
  std::uint64_t people_ = 0;
};

}  // namespace

Scenario DrawScenario(std::uint64_t seed) { return Drawing(seed).Draw(); }

}  // namespace rowcall::job
