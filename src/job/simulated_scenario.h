#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "model/job.h"

namespace rowcall::job {

/// The only source of chance in a world.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : random_(seed) {}
  /// 0 … sides - 1.
  std::uint64_t Roll(std::uint64_t sides) { return random_() % sides; }
  bool Chance(double share) { return static_cast<double>(random_() >> 11) * 0x1p-53 < share; }
  /// At least 1 ns and at most `longest`.
  Duration UpTo(Duration longest) { return Duration(1 + random_() % static_cast<std::uint64_t>(longest.count())); }

 private:
  std::mt19937_64 random_;
};

/// What becomes of a call.
enum class Fate {
  carried_out,
  refused,  ///< No byte of it can be sent.
  lost,  ///< Sent and never carried out.
  cut,  ///< Carried out; its answer never comes.
  late,  ///< Carried out when its sender waits no longer.
  broken_before,  ///< 500, and nothing was done.
  broken_after,  ///< 500, and all was done.
  garbage,  ///< Carried out, and answered 200 with a page for people.
  too_many,  ///< 429 for no reason.
  signed_out,  ///< 401.
};
inline constexpr std::size_t kFates = 10;

struct SimulatedRow {
  std::string mail;  ///< In lower case; "" = the row has no usable one.
  std::string name;  ///< No other row has it, but for twins of the same mail. Ends in "!" if the service refuses it.
  std::string club, site;
};

enum class Wish { pause, resume, cancel };

struct SimulatedJob {
  std::vector<SimulatedRow> rows;
  model::Action action = model::Action::upsert;
  std::int64_t canary_rows = 0;
  Duration asked_at{};  ///< When it is created, from the world's beginning.
  std::vector<std::pair<Duration, Wish>> wishes;  ///< Of its user.
};

/// A blow to the process, or to its clock.
struct Blow {
  enum class Counted { steps, commits, calls } counted = Counted::steps;
  int after = 1;  ///< So many of these, from the blow before.
  enum class Kind {
    crash,
    freeze,  ///< Another takes over, and then it goes on beside it.
    standstill,  ///< For a minute.
    wall_clock_jump,
  } kind = Kind::crash;
  bool with_the_commit = false;  ///< At a commit: it is the last that stands, else the first that does not.
};

/// All that is settled before a world begins.
struct Scenario {
  bool is_calm_early = false;  ///< Nothing happens any more after a while, and then the jobs must end soon.
  Duration calm_at{};  ///< From the world's beginning.
  std::vector<SimulatedJob> jobs;
  std::vector<std::pair<std::string, std::string>> known_people;  ///< Mail and name.
  std::vector<std::pair<Duration, std::string>> strangers;  ///< Made then by another program: their mail.
  std::array<double, kFates> shares{};  ///< Of the calls, by fate.
  int most_losses = 0;  ///< Ambiguous by chance, of the calls about one person or club.
  std::string poisoned;  ///< All calls that write this person are answered 500 for ever; "" = none.
  std::optional<std::pair<Duration, Duration>> outage;  ///< From, to.
  Fate outage_fate = Fate::lost;
  std::vector<Blow> blows;
  Duration latency{}, disk_delay{};  ///< At most, but for the odd one.
  bool hangs = false;  ///< Odd calls and commits take seconds.
  std::int64_t late_seconds = 0;
  std::int64_t limit = 0;  ///< Calls per window; 0 = none.
  double used_by_others = 0;  ///< Of each window.
  std::chrono::seconds service_ahead{};
};

Scenario DrawScenario(std::uint64_t seed);

}  // namespace rowcall::job
