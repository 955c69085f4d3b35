#include "cli/progress_line.h"

#include <algorithm>
#include <cmath>

#include "cli/job_words.h"
#include "cli/printable.h"

namespace rowcall::cli {

namespace {

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

std::string TimeLeft(const std::pair<std::chrono::seconds, std::chrono::seconds>& range) {
  const auto least = static_cast<double>(range.first.count());
  const auto most = static_cast<double>(range.second.count());
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

std::string ProgressLine(const wire::Status& status, int columns) {
  const std::int64_t done = status.counts.Total();
  const bool certain = status.all_rows_read;
  const std::int64_t all = certain ? status.records : status.records_expected;
  std::string line = Amount(done, all, certain);
  if (const auto rate = std::llround(status.rows_per_second); rate > 0) line += "  " + WithCommas(rate) + "/s";
  if (!status.wait_reason.empty()) {
    line += "  waits: " + Printable(status.wait_reason);
  } else if (status.left) {
    line += "  " + TimeLeft(*status.left);
  }
  return CutTo(std::move(line), columns);
}

}  // namespace rowcall::cli
