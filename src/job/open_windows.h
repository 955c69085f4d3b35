#pragma once

#include <cstddef>
#include <unordered_map>

#include "base/assert.h"
#include "base/ids.h"

namespace rowcall::job {

/// Counts, for each open window, the rows that still have neither an outcome nor a doubt record: the last one to leave
/// closes it.
class OpenWindows {
 public:
  void Open(WindowId window, std::size_t rows) { left_[window] = rows; }

  /// A row leaves: the window to close with its record, or none. A row without a window (0) closes none.
  WindowId Leave(WindowId window) {
    if (!window) return {};
    const auto found = left_.find(window);
    ROWCALL_ASSERT(found != left_.end() && found->second > 0);
    if (--found->second > 0) return {};
    left_.erase(found);
    return window;
  }

  bool empty() const { return left_.empty(); }

 private:
  std::unordered_map<WindowId, std::size_t> left_;
};

}  // namespace rowcall::job
