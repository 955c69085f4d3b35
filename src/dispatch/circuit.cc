#include "dispatch/circuit.h"

#include <algorithm>

namespace rowcall::dispatch {

void Circuit::Ambiguous(MonoTime now) {
  if (++in_a_row_ < kOpensAfter || is_open_) return;
  is_open_ = true;
  pause_ = kFirstPause;
  probe_at_ = now + pause_;
}

void Circuit::Definite() {
  in_a_row_ = 0;
  is_open_ = false;
}

void Circuit::EndProbe(MonoTime now) {
  pause_ = std::min(pause_ * 2, kLongestPause);
  probe_at_ = now + pause_;
}

}  // namespace rowcall::dispatch
