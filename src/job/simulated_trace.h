#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <cstdio>
#include <string_view>
#include <utility>

#include "base/clock.h"

namespace rowcall::job {

/// All that happens in a simulated world, in its order. Two runs were the same if their digests are.
class Trace {
 public:
  /// `clock` outlives it. Printed: each line goes to standard error, with the seconds since the world's beginning.
  Trace(const Clock& clock, bool printed) : clock_(clock), began_(clock.MonotonicNow()), printed_(printed) {}

  template <typename... Values>
  void Say(fmt::format_string<Values...> text, Values&&... values) {
    line_.clear();
    const std::chrono::duration<double> passed = clock_.MonotonicNow() - began_;
    fmt::format_to(std::back_inserter(line_), "{:11.6f}  ", passed.count());
    fmt::format_to(std::back_inserter(line_), text, std::forward<Values>(values)...);
    for (const char c : line_) digest_ = (digest_ ^ static_cast<unsigned char>(c)) * kPrime;
    if (printed_) std::fprintf(stderr, "%s\n", line_.c_str());
  }
  std::uint64_t digest() const { return digest_; }

 private:
  static constexpr std::uint64_t kPrime = 1'099'511'628'211;  // FNV-1a

  const Clock& clock_;
  const MonoTime began_;
  const bool printed_;
  std::string line_;
  std::uint64_t digest_ = 14'695'981'039'346'656'037U;
};

}  // namespace rowcall::job
