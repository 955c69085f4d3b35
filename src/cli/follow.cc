#include "cli/follow.h"

#include <optional>
#include <ostream>

#include "cli/interrupt.h"
#include "cli/job_words.h"
#include "cli/printable.h"
#include "cli/progress_line.h"

namespace rowcall::cli {

namespace {

constexpr Duration kPause = std::chrono::milliseconds(250);
constexpr Duration kServerPatience = std::chrono::minutes(1);

/// What of a watched job is shown while it runs.
class Display {
 public:
  Display(const FollowOptions& options, Surroundings& surroundings) : options_(options), surroundings_(surroundings) {}

  void Show(const wire::Status& status, const std::string& text) {
    if (options_.json && !Same(status)) surroundings_.out << text << std::endl;
    last_ = status;
    if (options_.json || !surroundings_.err_is_terminal) return;
    const std::string line = ProgressLine(status, surroundings_.columns - 1);
    surroundings_.err << "\r\x1b[K" << line << std::flush;
    drawn_ = true;
  }

  void Clear() {
    if (drawn_) surroundings_.err << "\r\x1b[K" << std::flush;
    drawn_ = false;
  }

 private:
  bool Same(const wire::Status& now) const {
    return last_.has_value() && last_->status == now.status && last_->counts == now.counts &&
           last_->records == now.records && last_->wait_reason == now.wait_reason;
  }

  const FollowOptions options_;
  Surroundings& surroundings_;
  std::optional<wire::Status> last_;
  bool drawn_ = false;
};

ExitCode SayEnd(const wire::Status& status, bool json, Surroundings& surroundings) {
  if (json) return ExitCodeOf(status);
  surroundings.out << JobReport(status) << std::flush;
  const std::string next = NextCommand(status);
  if (!next.empty()) surroundings.err << "Next: " << next << std::endl;
  return ExitCodeOf(status);
}

ExitCode SayPaused(const wire::Status& status, bool json, Surroundings& surroundings) {
  if (json) return ExitCode::paused;
  surroundings.out << JobReport(status) << std::flush;
  const std::string id = std::to_string(status.id.value);
  surroundings.err << "Job " << id << " is " << Printable(status.wait_reason) << ".\nLook at its rows: rowcall rows "
                   << id << ". Go on: rowcall resume " << id << ". End it: rowcall cancel " << id << "." << std::endl;
  return ExitCode::paused;
}

ExitCode SayDetached(JobId job, Surroundings& surroundings) {
  const std::string id = std::to_string(job.value);
  surroundings.err << "\nJob " << id << " goes on at the server. Watch it again: rowcall watch " << id
                   << ". Stop it: rowcall cancel " << id << "." << std::endl;
  return ExitCode::interrupted;
}

}  // namespace

Result<ExitCode> Follow(Client& client, JobId job, const FollowOptions& options, Surroundings& surroundings) {
  const std::string target = "/bulk/" + std::to_string(job.value) + "/status";
  const SystemClock clock;
  std::optional<MonoTime> silent_since;
  Display display(options, surroundings);
  InterruptWatch interrupt;
  do {
    Result<net::HttpAnswer> answer = client.Get(target);
    if (answer.has_value()) {
      silent_since.reset();
      ASSIGN_OR_RETURN(const wire::Status status, FromAnswer(wire::ParseStatus(answer->body)));
      display.Show(status, answer->body);
      if (model::IsFinal(status.status)) {
        display.Clear();
        return SayEnd(status, options.json, surroundings);
      }
      if (status.paused) {
        display.Clear();
        return SayPaused(status, options.json, surroundings);
      }
    } else {
      if (!silent_since.has_value()) silent_since = clock.MonotonicNow();
      const bool worth_waiting = clock.MonotonicNow() - *silent_since < kServerPatience;
      const bool may_come_back =
          answer.error().kind == ErrorKind::unavailable || answer.error().kind == ErrorKind::no_space;
      if (!may_come_back || !worth_waiting) return Failed(std::move(answer));
    }
  } while (!interrupt.Wait(kPause));
  display.Clear();
  return SayDetached(job, surroundings);
}

}  // namespace rowcall::cli
