#include "cli/terminal_echo.h"

#include <unistd.h>

namespace rowcall::cli {

namespace {

termios shown{};  // a signal handler can reach nothing but a global

void ShowAgain(int signal) {
  tcsetattr(STDIN_FILENO, TCSANOW, &shown);
  raise(signal);  // SA_RESETHAND: now it ends the program
}

}  // namespace

EchoOff::EchoOff() {
  is_terminal_ = tcgetattr(STDIN_FILENO, &shown) == 0;
  if (!is_terminal_) return;
  struct sigaction action{};
  action.sa_handler = ShowAgain;
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  sigaction(SIGINT, &action, &before_);
  termios hidden = shown;
  hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO);
  tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
}

EchoOff::~EchoOff() {
  if (!is_terminal_) return;
  tcsetattr(STDIN_FILENO, TCSANOW, &shown);
  sigaction(SIGINT, &before_, nullptr);
}

}  // namespace rowcall::cli
