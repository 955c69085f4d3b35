#include "cli/row_estimate.h"

#include <algorithm>

namespace rowcall::cli {

void RowEstimate::See(std::string_view piece) {
  for (const char c : piece) {
    if (c == '"') quoted_ = !quoted_;
    const bool ends_line = c == '\n' && !quoted_;
    if (ends_line && in_line_) ++line_ends_;
    in_line_ = !ends_line && (in_line_ || c != '\r');
  }
}

std::int64_t RowEstimate::rows() const { return std::max<std::int64_t>(0, line_ends_ + (in_line_ ? 1 : 0) - 1); }

}  // namespace rowcall::cli
