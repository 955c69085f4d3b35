#pragma once

#include <termios.h>

#include <csignal>

namespace rowcall::cli {

/// While it exists, the terminal on standard input does not show what is typed; Ctrl-C ends the program with the
/// terminal as it was before. Does nothing where standard input is no terminal. One at a time.
class EchoOff {
 public:
  EchoOff();
  ~EchoOff();
  EchoOff(const EchoOff&) = delete;
  EchoOff& operator=(const EchoOff&) = delete;

 private:
  bool is_terminal_ = false;
  struct sigaction before_{};
};

}  // namespace rowcall::cli
