#pragma once

#include <termios.h>

namespace rowcall::cli {

/// While it exists, the terminal on standard input does not show what is typed, and Ctrl-C ends the line with kCtrlC
/// instead of ending the program: so the terminal is never left as it is now. Does nothing where standard input is no
/// terminal. One at a time.
class EchoOff {
 public:
  static constexpr char kCtrlC = '\x03';

  EchoOff();
  ~EchoOff();
  EchoOff(const EchoOff&) = delete;
  EchoOff& operator=(const EchoOff&) = delete;

 private:
  bool is_terminal_ = false;
  termios before_{};
};

}  // namespace rowcall::cli
