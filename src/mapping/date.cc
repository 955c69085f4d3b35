#include "mapping/date.h"

#include <charconv>
#include <chrono>

#include "mapping/digit.h"

namespace rowcall::mapping {

namespace {

/// Takes pieces off the front of a text; once one is missing, the whole text is wrong.
class Pieces {
 public:
  explicit Pieces(std::string_view rest) : rest_(rest) {}

  /// Exactly `count` digits.
  int Number(std::size_t count) {
    int number = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (i >= rest_.size() || !IsDigit(rest_[i])) return Wrong();
      number = number * 10 + (rest_[i] - '0');
    }
    rest_.remove_prefix(count);
    return number;
  }
  int NumberUpTo(int most, std::size_t count) {
    const int number = Number(count);
    return number <= most ? number : Wrong();
  }
  bool Skip(std::string_view any_of) {
    if (rest_.empty() || !any_of.contains(rest_[0])) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void Expect(std::string_view any_of) {
    if (!Skip(any_of)) Wrong();
  }
  void SkipDigits() {
    Expect("0123456789");
    while (Skip("0123456789")) {
    }
  }
  bool NextIs(std::string_view any_of) const { return !rest_.empty() && any_of.contains(rest_[0]); }
  bool done() const { return right_ && rest_.empty(); }

 private:
  int Wrong() {
    right_ = false;
    return 0;
  }

  std::string_view rest_;
  bool right_ = true;
};

std::optional<std::int64_t> ParseSeconds(std::string_view text) {
  constexpr std::size_t kLeastDigits = 9;  // fewer could be a date: 20240131
  constexpr std::size_t kMostDigits = 11;  // more are milliseconds
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  if (!whole || !IsDigit(text[0]) || text.size() < kLeastDigits || text.size() > kMostDigits) return std::nullopt;
  return seconds;
}

/// "Z", "+02:00", "+0200", "+02" as seconds east of UTC.
int Zone(Pieces& pieces) {
  if (pieces.Skip("Zz")) return 0;
  const int sign = pieces.NextIs("-") ? -1 : 1;
  pieces.Expect("+-");
  const int hours = pieces.NumberUpTo(14, 2);
  const bool has_minutes = pieces.Skip(":") || pieces.NextIs("0123456789");
  const int minutes = has_minutes ? pieces.NumberUpTo(59, 2) : 0;
  return sign * (hours * 3600 + minutes * 60);
}

/// "12:30", "12:30:15.25", with or without zone, as seconds since midnight UTC.
int TimeOfDay(Pieces& pieces) {
  const int hours = pieces.NumberUpTo(23, 2);
  pieces.Expect(":");
  int seconds = hours * 3600 + pieces.NumberUpTo(59, 2) * 60;
  if (pieces.Skip(":")) {
    seconds += pieces.NumberUpTo(59, 2);
    if (pieces.Skip(".,")) pieces.SkipDigits();
  }
  if (pieces.done()) return seconds;
  pieces.Skip(" ");
  return seconds - Zone(pieces);
}

}  // namespace

std::optional<std::int64_t> ParseEpochSeconds(std::string_view text) {
  if (const auto seconds = ParseSeconds(text)) return seconds;
  Pieces pieces(text);
  const int year = pieces.Number(4);
  pieces.Expect("-");
  const int month = pieces.Number(2);
  pieces.Expect("-");
  const int day = pieces.Number(2);
  int seconds = 0;
  if (!pieces.done()) {
    pieces.Expect("Tt ");
    seconds = TimeOfDay(pieces);
  }
  const std::chrono::year_month_day date(std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day)));
  if (!pieces.done() || !date.ok()) return std::nullopt;
  return std::chrono::sys_seconds(std::chrono::sys_days(date)).time_since_epoch().count() + seconds;
}

}  // namespace rowcall::mapping
