#pragma once

#include <cstddef>
#include <string_view>

namespace rowcall::net {

struct HeadLimits {
  std::size_t total = 0;
  std::size_t target = 0;
  std::size_t line = 0;
  std::size_t fields = 0;
};

/// Finds the end of a request's header in bytes that arrive piece by piece, and refuses early what must never reach a
/// parser: bare line feeds, folded fields, and anything beyond the limits. Looks at each byte once.
class HeadScanner {
 public:
  enum class State { need_more, complete, malformed, target_too_long, header_too_large };

  explicit HeadScanner(const HeadLimits& limits) : limits_(limits) {}

  /// `bytes` are all bytes of the header so far, from its first on.
  State Scan(std::string_view bytes);
  /// How long the header is, its last empty line included. Once complete.
  std::size_t size() const { return line_; }

 private:
  State CheckLine(std::string_view line);
  State CheckUnfinishedLine(std::size_t length) const;

  HeadLimits limits_;
  std::size_t line_ = 0;  // where the line that is being read begins
  std::size_t seen_ = 0;
  std::size_t lines_ = 0;
};

}  // namespace rowcall::net
