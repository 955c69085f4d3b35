#include "base/log.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/json/parse.hpp>

#include <algorithm>
#include <chrono>
#include <climits>
#include <string>
#include <vector>

#include "base/text.h"

namespace rowcall {
namespace {

/// Standard error leads into a pipe as long as it lives.
class StderrPipe {
 public:
  StderrPipe() : before_(dup(STDERR_FILENO)) {
    EXPECT_EQ(pipe2(ends_, O_CLOEXEC), 0);
    EXPECT_EQ(fcntl(ends_[0], F_SETFL, O_NONBLOCK), 0);
    EXPECT_EQ(dup2(ends_[1], STDERR_FILENO), STDERR_FILENO);
  }
  ~StderrPipe() {
    dup2(before_, STDERR_FILENO);
    for (const int end : {before_, ends_[0], ends_[1]}) close(end);
  }
  StderrPipe(const StderrPipe&) = delete;
  StderrPipe& operator=(const StderrPipe&) = delete;

  /// What stands in it.
  std::string Read() const {
    std::string all;
    char piece[4096];
    for (ssize_t count; (count = read(ends_[0], piece, sizeof piece)) > 0;) {
      all.append(piece, static_cast<std::size_t>(count));
    }
    return all;
  }
  /// Until it takes no more.
  void Fill() const {
    fcntl(ends_[1], F_SETFL, O_NONBLOCK);
    while (write(ends_[1], "x", 1) == 1) continue;
    fcntl(ends_[1], F_SETFL, 0);
  }
  void CloseReader() {
    close(ends_[0]);
    ends_[0] = -1;
  }

 private:
  int before_;
  int ends_[2] = {-1, -1};
};

std::vector<boost::json::object> Lines(const std::string& text) {
  std::vector<boost::json::object> lines;
  for (const std::string_view line : Split(text, '\n')) {
    if (!line.empty()) lines.push_back(boost::json::parse(line).as_object());
  }
  return lines;
}

TEST(LogTest, ALineIsOneJsonObjectWithTimeLevelEventAndFields) {
  const StderrPipe err;
  Log(LogLevel::warning, "disk_slow", {{"job", 7}, {"ms", 1.5}, {"again", true}, {"path", "/data"}});
  Log(LogLevel::error, "disk_gone");
  const auto lines = Lines(err.Read());
  ASSERT_EQ(lines.size(), 2u);
  const std::string time(lines[0].at("time").as_string());
  ASSERT_EQ(time.size(), std::string_view("2026-11-26T09:00:00.123Z").size());
  EXPECT_EQ(std::string({time[4], time[10], time[19], time[23]}), "-T.Z");
  EXPECT_EQ(lines[0].at("level"), "warning");
  EXPECT_EQ(lines[0].at("event"), "disk_slow");
  EXPECT_EQ(lines[0].at("job"), 7);
  EXPECT_EQ(lines[0].at("ms"), 1.5);
  EXPECT_EQ(lines[0].at("again"), true);
  EXPECT_EQ(lines[0].at("path"), "/data");
  EXPECT_EQ(lines[1].at("level"), "error");
  EXPECT_EQ(lines[1].at("event"), "disk_gone");
}

TEST(LogTest, NothingInATextCanEndTheLineOrForgeAnotherOrSteerATerminal) {
  const StderrPipe err;
  const std::string hostile = "a\"b\\c\n{\"event\":\"forged\"}\r\x1B[31m\x7F\xC2\x9B\xFFz\xC3\xA9\xC2";
  Log(LogLevel::info, "request", {{"path", hostile}});
  const std::string written = err.Read();
  EXPECT_EQ(std::ranges::count(written, '\n'), 1);
  EXPECT_TRUE(std::ranges::none_of(written.substr(0, written.size() - 1), [](unsigned char c) { return c < 0x20; }));
  const auto lines = Lines(written);
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(lines[0].at("path"), "a\"b\\c\n{\"event\":\"forged\"}\r\x1B[31m????z\xC3\xA9?");
}

TEST(LogTest, ALongTextIsCutAndALineFitsIntoOneWriteOfAPipe) {
  const StderrPipe err;
  const std::string longest(100'000, '\x01');
  Log(LogLevel::info, "request", {{"a", longest}, {"b", longest}, {"c", longest}, {"d", "still here"}});
  const std::string written = err.Read();
  EXPECT_LE(written.size(), static_cast<std::size_t>(PIPE_BUF));
  const auto lines = Lines(written);
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(lines[0].at("d"), "still here");
  Log(LogLevel::info, "request", {{"a", std::string(513, 'y')}});
  EXPECT_EQ(Lines(err.Read()).at(0).at("a").as_string(), std::string(512, 'y') + "…");
}

TEST(LogTest, LinesBelowTheLevelAreLeftOut) {
  const StderrPipe err;
  Log(LogLevel::debug, "left_out");
  SetLogLevel(LogLevel::debug);
  Log(LogLevel::debug, "written");
  SetLogLevel(LogLevel::info);
  const auto lines = Lines(err.Read());
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(lines[0].at("event"), "written");
}

TEST(LogTest, AReaderThatStandsStillHoldsNobodyUpAndIsToldHowManyLinesItMissed) {
  const StderrPipe err;
  Log(LogLevel::info, "nothing_is_untold_before");
  err.Read();
  const std::int64_t before = DroppedLogLines();
  err.Fill();
  const auto begun = std::chrono::steady_clock::now();
  for (int i = 0; i < 1'000; ++i) Log(LogLevel::info, "lost");
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(10));  // 1,000 waits would take 100 s
  EXPECT_EQ(DroppedLogLines() - before, 1'000);
  err.Read();
  Log(LogLevel::info, "back");
  const auto lines = Lines(err.Read());
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0].at("event"), "log_lines_dropped");
  EXPECT_EQ(lines[0].at("count"), 1'000);
  EXPECT_EQ(lines[1].at("event"), "back");
}

TEST(LogTest, AReaderThatIsGoneDoesNotEndTheProgram) {
  StderrPipe err;
  err.CloseReader();
  const std::int64_t before = DroppedLogLines();
  Log(LogLevel::info, "lost");
  EXPECT_EQ(DroppedLogLines() - before, 1);
}

}  // namespace
}  // namespace rowcall
