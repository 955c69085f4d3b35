#include "cli/progress_line.h"

#include <algorithm>
#include <cmath>

#include "cli/job_words.h"
#include "cli/printable.h"

namespace rowcall::cli {

namespace {

constexpr Duration kRecent = std::chrono::seconds(30);
constexpr int kBarCells = 24;

std::string Bar(double share) {
  const int full = static_cast<int>(std::lround(std::clamp(share, 0.0, 1.0) * kBarCells));
  std::string bar;
  for (int cell = 0; cell < kBarCells; ++cell) bar += cell < full ? "█" : "░";
  return bar;
}

struct Unit {
  double seconds;
  const char* name;
};

Unit UnitFor(double seconds) {
  if (seconds < 120) return {1, "s"};
  if (seconds < 7'200) return {60, "min"};
  return {3'600, "h"};
}

std::string TimeLeft(const std::pair<Duration, Duration>& range) {
  const double least = std::chrono::duration<double>(range.first).count();
  const double most = std::chrono::duration<double>(range.second).count();
  const Unit unit = UnitFor(most);
  const auto low = static_cast<std::int64_t>(std::floor(least / unit.seconds));
  const auto high = static_cast<std::int64_t>(std::ceil(most / unit.seconds));
  const std::string range_text =
      low == high ? std::to_string(low) : std::to_string(low) + " to " + std::to_string(high);
  return range_text + " " + unit.name + " left";
}

/// Cuts at a character's boundary; every character used here is one column wide.
std::string CutTo(std::string text, int columns) {
  int seen = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool starts_character = (static_cast<unsigned char>(text[i]) & 0xC0u) != 0x80u;
    if (starts_character && seen++ == columns) {
      text.resize(i);
      return text;
    }
  }
  return text;
}

std::string Amount(std::int64_t done, std::int64_t all, bool certain) {
  if (all == 0 && !certain) return WithCommas(done) + " rows so far";
  const double share = all == 0 ? 1 : static_cast<double>(done) / static_cast<double>(all);
  const auto percent = static_cast<int>(share * 100);
  return Bar(share) + "  " + std::to_string(percent) + "%  " + WithCommas(done) + " of " + (certain ? "" : "about ") +
         WithCommas(all) + " rows";
}

}  // namespace

void Pace::See(MonoTime now, std::int64_t rows_done) {
  if (!first_.has_value()) first_ = Sight{now, rows_done};
  recent_.push_back({now, rows_done});
  while (recent_.size() > 2 && recent_.front().at < now - kRecent) recent_.pop_front();
}

std::optional<double> Pace::Rate(const Sight& from, const Sight& to) {
  const double seconds = std::chrono::duration<double>(to.at - from.at).count();
  if (seconds <= 0) return std::nullopt;
  return static_cast<double>(to.rows - from.rows) / seconds;
}

std::optional<double> Pace::Recent() const {
  if (recent_.size() < 2) return std::nullopt;
  return Rate(recent_.front(), recent_.back());
}

std::optional<double> Pace::Overall() const {
  if (recent_.size() < 2) return std::nullopt;
  return Rate(*first_, recent_.back());
}

std::optional<std::pair<Duration, Duration>> Pace::Remaining(std::int64_t rows) const {
  const auto recent = Recent();
  const auto overall = Overall();
  if (!recent.has_value() || !overall.has_value() || std::min(*recent, *overall) <= 0) return std::nullopt;
  const auto time_at = [rows](double rate) {
    return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(static_cast<double>(rows) / rate));
  };
  return std::pair(time_at(std::max(*recent, *overall)), time_at(std::min(*recent, *overall)));
}

std::string ProgressLine(const wire::Status& status, const Pace& pace, std::int64_t expected_rows, int columns) {
  const std::int64_t done = status.counts.Total();
  const bool certain = status.all_rows_read;
  const std::int64_t all = certain ? status.records : expected_rows == 0 ? 0 : std::max(expected_rows, done);
  std::string line = Amount(done, all, certain);
  if (const auto rate = pace.Recent(); rate.has_value() && *rate > 0) {
    line += "  " + WithCommas(std::llround(*rate)) + "/s";
  }
  const auto left = pace.Remaining(all - done);
  if (!status.wait_reason.empty()) {
    line += "  waits: " + Printable(status.wait_reason);
  } else if (all > 0 && left.has_value()) {
    line += "  " + TimeLeft(*left);
  }
  return CutTo(std::move(line), columns);
}

}  // namespace rowcall::cli
