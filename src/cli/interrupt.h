#pragma once

#include "base/clock.h"

namespace rowcall::cli {

/// Takes Ctrl-C over while it exists, so that watching can end with a sentence. One at a time.
class InterruptWatch {
 public:
  InterruptWatch();
  ~InterruptWatch();  ///< Ctrl-C does again what it did before.
  InterruptWatch(const InterruptWatch&) = delete;
  InterruptWatch& operator=(const InterruptWatch&) = delete;

  /// Waits for `pause` or less; true once Ctrl-C was pressed, and from then on at once.
  bool Wait(Duration pause);

 private:
  int read_end_ = -1;
};

}  // namespace rowcall::cli
