#include "cli/terminal_echo.h"

#include <unistd.h>

namespace rowcall::cli {

EchoOff::EchoOff() {
  is_terminal_ = tcgetattr(STDIN_FILENO, &before_) == 0;
  if (!is_terminal_) return;
  termios hidden = before_;
  hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO | ISIG);
  hidden.c_cc[VEOL] = kCtrlC;
  tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
}

EchoOff::~EchoOff() {
  if (is_terminal_) tcsetattr(STDIN_FILENO, TCSANOW, &before_);
}

}  // namespace rowcall::cli
