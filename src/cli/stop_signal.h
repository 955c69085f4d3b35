#pragma once

#include <csignal>

namespace rowcall::cli {

/// Waits for SIGTERM or SIGINT. Make it before any thread is started: threads inherit that they leave both to this.
class StopSignal {
 public:
  StopSignal();
  ~StopSignal();
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;

  /// Returns at the first of them. A second one ends the program at once, however the first is being obeyed.
  void Wait();

 private:
  sigset_t signals_{};
  sigset_t before_{};
};

}  // namespace rowcall::cli
