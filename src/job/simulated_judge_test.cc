#include "job/simulated_judge.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

namespace rowcall::job {

namespace {

using model::Outcome;
using model::OutcomeKind;
using std::chrono::seconds;

constexpr int kMostAttempts = 5;  ///< So many that count leave a row unresolved, not fewer.
constexpr int kMostInFlight = 8;  ///< Of the toy connector.

/// In a world where nothing happens any more, a job ends within this.
constexpr Duration kSoon = seconds(150);
constexpr Duration kUntilUnresolved = seconds(30);  ///< … and so much later for each row that can have no answer.

bool WasLoaded(OutcomeKind kind) {
  return kind == OutcomeKind::created || kind == OutcomeKind::updated || kind == OutcomeKind::unchanged;
}

class Court {
 public:
  explicit Court(SimulatedWorld& world)
      : world_(world), service_(world.service()), keeps_order_(!world.had_two_at_once()) {}

  std::vector<std::string> Judge() {
    breaches_ = world_.breaches();
    if (!world_.all_ended()) return std::move(breaches_);
    for (const SimulatedWorld::Job& job : world_.jobs()) outcomes_.push_back(world_.RowsIn(job.id));
    for (std::size_t job = 0; job < world_.jobs().size(); ++job) JudgeJob(job);
    JudgeTwins();
    JudgePeople();
    JudgeClubs();
    JudgeRate();
    JudgeEnd();
    return std::move(breaches_);
  }

 private:
  /// What the service was asked to do by rows of a name.
  struct Deeds {
    bool made = false;
    bool updated = false;
    bool changed = false;  ///< Some update brought another value.
  };

  template <typename... Values>
  void Require(bool holds, fmt::format_string<Values...> text, Values&&... values) {
    if (!holds) breaches_.push_back(fmt::format(text, std::forward<Values>(values)...));
  }

  Deeds DeedsOf(const SimulatedRow& row) const {
    Deeds deeds;
    const auto person = service_.people.find(row.mail);
    if (person == service_.people.end()) return deeds;
    for (const SimulatedService::Write& write : person->second.writes) {
      if (write.name != row.name) continue;
      (write.made ? deeds.made : deeds.updated) = true;
      deeds.changed = deeds.changed || write.changed;
    }
    return deeds;
  }

  // One job: each row once, counts that add up, nothing left

  void JudgeJob(std::size_t job) {
    const SimulatedJob& asked = world_.scenario().jobs[job];
    const JobId id = world_.jobs()[job].id;
    const model::Job known = world_.JobIn(id);
    const std::vector<Outcome>& outcomes = outcomes_[job];
    const bool cancelled = world_.jobs()[job].cancel_was_asked;
    const bool ended_well =
        known.status == model::JobStatus::completed || (cancelled && known.status == model::JobStatus::cancelled);
    Require(ended_well, "job {} ended as {}: {}", job, model::Name(known.status), known.error);
    model::OutcomeCounts counts;
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
      Require(outcomes[i].row == static_cast<RowNumber>(i) + 1, "job {} has no outcome {}", job, i + 1);
      ++counts[outcomes[i].kind];
      if (!outcomes[i].incomplete.empty()) ++counts.incomplete;
    }
    counts.warnings = known.counts.warnings;
    Require(outcomes.size() == asked.rows.size(), "job {}: {} outcomes of {} rows", job, outcomes.size(),
            asked.rows.size());
    Require(known.rows_in_file == std::ssize(asked.rows), "job {} counts {} rows", job, known.rows_in_file);
    Require(known.counts == counts, "job {}: its counts are not those of its outcomes", job);
    const ledger::Recovery left = world_.RecoveryOf(id);
    Require(left.open_windows.empty() && left.waiting.empty() && left.in_doubt.empty(), "job {} left something", job);
    for (std::size_t i = 0; i < std::min(outcomes.size(), asked.rows.size()); ++i) {
      JudgeRow(job, asked.rows[i], outcomes[i]);
    }
  }

  void JudgeRow(std::size_t job, const SimulatedRow& row, const Outcome& outcome) {
    const std::string reason = outcome.reasons.empty() ? "" : outcome.reasons.front().code;
    world_.trace().Say("row {} of job {} ({}, {}): {} {}", outcome.row, job, row.mail, row.name,
                       model::Name(outcome.kind), reason);
    const Deeds deeds = DeedsOf(row);
    const bool cancelled = world_.jobs()[job].cancel_was_asked;
    const bool is_twin = IsTwin(job, row);
    const auto says = [&](bool holds) {
      Require(holds, "row {} of job {} ({}) is {} {}; made: {}, updated: {}", outcome.row, job, row.name,
              model::Name(outcome.kind), reason, deeds.made, deeds.updated);
    };
    if (is_twin) twins_[{job, row.mail, row.name}].push_back(outcome.kind);
    switch (outcome.kind) {
      case OutcomeKind::created: says(deeds.made || (deeds.updated && MayBeClaimed(row.mail))); break;
      case OutcomeKind::updated: says(is_twin || (!deeds.made && deeds.updated)); break;
      case OutcomeKind::unchanged: says(is_twin || (!deeds.made && !deeds.changed)); break;
      case OutcomeKind::skipped: says(false); break;
      case OutcomeKind::rejected: says(row.mail.empty()); break;
      case OutcomeKind::failed: says(MayFail(job, row, reason) && (is_twin || !(deeds.made || deeds.updated))); break;
      case OutcomeKind::cancelled: says(cancelled && (is_twin || !(deeds.made || deeds.updated))); break;
      case OutcomeKind::unresolved: says(cancelled || MayBeUnresolved(row.mail)); break;
    }
    if (WasLoaded(outcome.kind)) JudgeLoaded(job, row, outcome);
  }

  bool IsTwin(std::size_t job, const SimulatedRow& row) const {
    const auto& rows = world_.scenario().jobs[job].rows;
    return std::count_if(rows.begin(), rows.end(), [&](const auto& other) { return other.name == row.name; }) > 1;
  }

  bool MayFail(std::size_t job, const SimulatedRow& row, const std::string& reason) const {
    if (row.name.ends_with('!') && reason == "parameter_invalid") return true;
    return world_.scenario().jobs[job].action == model::Action::create && reason == "already_exists";
  }

  /// Another program made the person, maybe while the row was on its way, and a process that had seen it began anew.
  bool MayBeClaimed(const std::string& mail) const {
    const Scenario& scenario = world_.scenario();
    const auto is_of = [&](const auto& stranger) { return stranger.second == mail; };
    return !scenario.blows.empty() && std::ranges::any_of(scenario.strangers, is_of);
  }

  bool MayBeUnresolved(const std::string& subject) const {
    const auto& scenario = world_.scenario();
    const auto is_stop = [](const Blow& blow) {
      return blow.kind == Blow::Kind::freeze || blow.kind == Blow::Kind::standstill;
    };
    // Both ends of a time without answers may cost an attempt that counts.
    const auto stops = std::count_if(scenario.blows.begin(), scenario.blows.end(), is_stop);
    const int excuses = static_cast<int>(stops) + (scenario.outage ? 2 : 0);
    return world_.line().AmbiguousAbout(subject) + excuses >= kMostAttempts;
  }

  /// The record is there under the id that is said, and so is the club that the row names.
  void JudgeLoaded(std::size_t job, const SimulatedRow& row, const Outcome& outcome) {
    const SimulatedService::Person& person = service_.people[row.mail];
    Require(person.id == outcome.vendor_id, "row {} of job {} is {}, not {}", outcome.row, job, outcome.vendor_id,
            person.id);
    for (const model::IncompleteStep& step : outcome.incomplete) {
      const std::string subject = step.step == "club" ? "club " + row.club : "join " + row.mail;
      Require(world_.jobs()[job].cancel_was_asked || MayBeUnresolved(subject), "row {} of job {} lacks its {}: {}",
              outcome.row, job, step.step, step.reason.code);
    }
    if (row.club.empty() || !outcome.incomplete.empty()) return;
    const bool joined = std::any_of(service_.clubs.begin(), service_.clubs.end(), [&](const auto& known) {
      return known.second.name == row.club && person.clubs.contains(known.second.id);
    });
    Require(joined, "row {} of job {}: {} is not in {}", outcome.row, job, row.mail, row.club);
  }

  /// Twins cannot be told apart at the service: together they made the person, or did not.
  void JudgeTwins() {
    for (const auto& [of, kinds] : twins_) {
      const auto& [job, mail, name] = of;
      const SimulatedRow row{mail, name, "", ""};
      const auto made = std::count(kinds.begin(), kinds.end(), OutcomeKind::created);
      const bool any_unsure = std::count(kinds.begin(), kinds.end(), OutcomeKind::unresolved) > 0;
      const Deeds deeds = DeedsOf(row);
      const bool claimed = made == 1 && deeds.updated && MayBeClaimed(mail);
      const bool holds = made == (deeds.made ? 1 : 0) || claimed || (made == 0 && any_unsure);
      Require(holds, "of the twins {} of job {}, {} made the person", name, job, made);
    }
  }

  // What the service holds

  void JudgePeople() {
    for (const auto& [mail, person] : service_.people) {
      Require(person.makes <= 1, "{} was made {} times", mail, person.makes);
      if (keeps_order_) JudgeOrder(mail, person);
      if (keeps_order_) JudgeLastName(mail, person);
    }
  }

  /// Rows of one person are carried out in the order of the file, and no late call lays its values over newer ones.
  void JudgeOrder(const std::string& mail, const SimulatedService::Person& person) {
    const auto number = [this](std::size_t job, const std::string& name) {
      const auto& rows = world_.scenario().jobs[job].rows;
      return std::find_if(rows.begin(), rows.end(), [&](const auto& row) { return row.name == name; }) - rows.begin();
    };
    for (std::size_t i = 1; i < person.writes.size(); ++i) {
      const SimulatedService::Write& before = person.writes[i - 1];
      const SimulatedService::Write& write = person.writes[i];
      for (std::size_t job = 0; job < world_.jobs().size(); ++job) {
        const auto rows = std::ssize(world_.scenario().jobs[job].rows);
        const auto [first, second] = std::pair(number(job, before.name), number(job, write.name));
        const bool of_job = first < rows && second < rows;
        Require(!of_job || first <= second, "{}: {} was written behind {}{}", mail, write.name, before.name,
                write.was_late ? ", late" : "");
      }
      Require(!write.was_late || write.name == before.name || before.at < write.sent_at,
              "{}: a late call laid {} over {}", mail, write.name, before.name);
    }
  }

  /// The values are those of the last row of a job that was loaded.
  void JudgeLastName(const std::string& mail, const SimulatedService::Person& person) {
    std::set<std::string> may_be;
    bool any_loaded = false;
    for (std::size_t job = 0; job < world_.jobs().size(); ++job) {
      const auto& rows = world_.scenario().jobs[job].rows;
      const std::vector<Outcome>& outcomes = outcomes_[job];
      for (std::size_t i = std::min(rows.size(), outcomes.size()); i > 0; --i) {
        if (rows[i - 1].mail != mail) continue;
        if (outcomes[i - 1].kind == OutcomeKind::unresolved) may_be.insert(rows[i - 1].name);
        if (!WasLoaded(outcomes[i - 1].kind)) continue;
        may_be.insert(rows[i - 1].name);
        any_loaded = true;
        break;
      }
    }
    const bool holds = !any_loaded || may_be.contains(person.name);
    Require(holds, "{} is called {}, not {}", mail, person.name, fmt::join(may_be, " or "));
  }

  void JudgeClubs() {
    std::map<std::string, int> made;
    for (const auto& [code, club] : service_.clubs) made[club.name] += club.makes;
    for (const auto& [name, times] : made) Require(times <= 1, "{} was made {} times", name, times);
    if (!keeps_order_) return;
    for (const auto& [code, club] : service_.clubs) {
      const std::set<std::string> may_be = LastSites(club.name);
      Require(may_be.empty() || may_be.contains(club.site), "the site of {} is {}, not {}", club.name, club.site,
              fmt::join(may_be, " or "));
    }
  }

  /// What the site of the club may be in the end; empty: anything.
  std::set<std::string> LastSites(const std::string& club) {
    std::set<std::string> sites;
    bool any_written = false;
    for (std::size_t job = 0; job < world_.jobs().size(); ++job) {
      const auto& rows = world_.scenario().jobs[job].rows;
      for (std::size_t i = std::min(rows.size(), outcomes_[job].size()); i > 0; --i) {
        const SimulatedRow& row = rows[i - 1];
        const Outcome& outcome = outcomes_[job][i - 1];
        const bool is_unsure = outcome.kind == OutcomeKind::unresolved || !outcome.incomplete.empty();
        if (row.club != club || row.site.empty() || !(is_unsure || WasLoaded(outcome.kind))) continue;
        sites.insert(row.site);
        if (is_unsure) continue;
        any_written = true;
        break;
      }
    }
    return any_written ? sites : std::set<std::string>();
  }

  // The line

  /// What was on its way when a window ended may be too much in the next, and so may what others used meanwhile.
  void JudgeRate() {
    const int most = 2 * kMostInFlight;
    for (const auto& [end, refused] : service_.refused_by_window) {
      Require(refused <= most, "{} calls were refused in the window that ended at {}", refused, end);
    }
  }

  void JudgeEnd() {
    if (!world_.scenario().is_calm_early) return;
    Duration soon = kSoon;
    for (const SimulatedJob& job : world_.scenario().jobs) {
      const auto is_poisoned = [&](const auto& row) { return row.mail == world_.scenario().poisoned; };
      soon += kUntilUnresolved * std::count_if(job.rows.begin(), job.rows.end(), is_poisoned);
    }
    const Duration took = world_.ended_at() - world_.last_trouble_at();
    Require(took <= soon, "the jobs took {} s to end when all was calm",
            std::chrono::duration_cast<seconds>(took).count());
  }

  SimulatedWorld& world_;
  SimulatedService& service_;
  /// Both processes of such a world use one ledger, so that neither sees that the other holds the lease: they take it
  /// from each other at once, where real ones would wait, and may lay old values over newer ones.
  const bool keeps_order_;
  std::vector<std::vector<Outcome>> outcomes_;  ///< By job.
  std::map<std::tuple<std::size_t, std::string, std::string>, std::vector<OutcomeKind>> twins_;
  std::vector<std::string> breaches_;
};

}  // namespace

std::vector<std::string> BreachesIn(SimulatedWorld& world) { return Court(world).Judge(); }

}  // namespace rowcall::job
