#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <utility>

#include "base/clock.h"
#include "wire/status.h"

namespace rowcall::cli {

/// How fast rows get their outcome, from what was seen of a job so far.
class Pace {
 public:
  void See(MonoTime now, std::int64_t rows_done);
  /// Rows a second over the last half minute; nullopt before two sights of it.
  std::optional<double> Recent() const;
  /// Since it was first seen.
  std::optional<double> Overall() const;
  /// How long `rows` more take at the faster and at the slower of the two.
  std::optional<std::pair<Duration, Duration>> Remaining(std::int64_t rows) const;

 private:
  struct Sight {
    MonoTime at;
    std::int64_t rows = 0;
  };
  static std::optional<double> Rate(const Sight& from, const Sight& to);
  std::optional<Sight> first_;
  std::deque<Sight> recent_;
};

/// One line of at most `columns` characters (in UTF-8):
/// "█████████░░░░░  61%  6,112 of 10,000 rows  166/s  23 to 25 s left", and why nothing moves if so. Until the server has
/// read the whole file, `expected_rows` stands for its rows; 0 = not known.
std::string ProgressLine(const wire::Status& status, const Pace& pace, std::int64_t expected_rows, int columns);

}  // namespace rowcall::cli
