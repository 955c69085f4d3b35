#include "cli/interrupt.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>

#include "base/assert.h"

namespace rowcall::cli {

namespace {

// Made once and never closed: a handler may still be running on another thread when the watch has ended.
struct Pipe {
  Pipe() { ROWCALL_ASSERT(pipe2(ends, O_CLOEXEC | O_NONBLOCK) == 0); }
  int ends[2];
};

const Pipe& ThePipe() {
  static const Pipe pipe;
  return pipe;
}

std::atomic<int> write_end = -1;  // a signal handler can reach nothing but a global
struct sigaction before{};

void OnInterrupt(int) {
  const int error = errno;
  [[maybe_unused]] const ssize_t written = write(write_end, "!", 1);
  errno = error;
}

}  // namespace

InterruptWatch::InterruptWatch() : read_end_(ThePipe().ends[0]) {
  for (char left = 0; read(read_end_, &left, 1) > 0;) {
  }
  write_end = ThePipe().ends[1];
  struct sigaction action{};
  action.sa_handler = OnInterrupt;
  action.sa_flags = SA_RESTART;
  sigaction(SIGINT, &action, &before);
}

InterruptWatch::~InterruptWatch() { sigaction(SIGINT, &before, nullptr); }

bool InterruptWatch::Wait(Duration pause) {
  const auto ms = std::chrono::ceil<std::chrono::milliseconds>(pause).count();
  pollfd interrupted{.fd = read_end_, .events = POLLIN, .revents = 0};
  return poll(&interrupted, 1, static_cast<int>(ms)) > 0;
}

}  // namespace rowcall::cli
