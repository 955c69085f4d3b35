#include "base/log.h"

#include <poll.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <climits>
#include <mutex>
#include <string>

#include "base/json_writer.h"
#include "base/text.h"

namespace rowcall {

namespace {

constexpr std::size_t kLongestText = 512;
// A line goes out in one write of at most PIPE_BUF bytes, which a pipe that is ready takes whole and at once.
constexpr std::size_t kLongestMembers = PIPE_BUF - 128;
constexpr int kPatienceMilliseconds = 100;

spdlog::level::level_enum SpdlogLevel(LogLevel level) {
  switch (level) {
    case LogLevel::debug: return spdlog::level::debug;
    case LogLevel::info: return spdlog::level::info;
    case LogLevel::warning: return spdlog::level::warn;
    case LogLevel::error: return spdlog::level::err;
  }
  return spdlog::level::err;
}

class StderrSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  std::int64_t dropped() const { return dropped_; }

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    if (dropped_ > told_ && IsReady()) TellDropped();
    if (!IsReady() || !Write(message)) ++dropped_;
  }
  void flush_() override {}

  void TellDropped() {
    const std::int64_t dropped = dropped_;
    const std::string members =
        R"("event":"log_lines_dropped","count":)" + std::to_string(dropped - std::exchange(told_, dropped));
    Write({"", spdlog::level::warn, members});
  }

  // Ready means that the next PIPE_BUF bytes are taken without waiting. After a wait in vain it is only asked.
  bool IsReady() {
    pollfd slot{.fd = STDERR_FILENO, .events = POLLOUT, .revents = 0};
    int ready = 0;
    do {
      ready = poll(&slot, 1, stuck_ ? 0 : kPatienceMilliseconds);
    } while (ready < 0 && errno == EINTR);
    stuck_ = ready == 0;
    return slot.revents == POLLOUT;  // with POLLERR, nobody reads any more and a write would raise SIGPIPE
  }

  bool Write(const spdlog::details::log_msg& message) {
    spdlog::memory_buf_t line;
    formatter_->format(message, line);
    ssize_t written = 0;
    do {
      written = write(STDERR_FILENO, line.data(), line.size());
    } while (written < 0 && errno == EINTR);
    return written == static_cast<ssize_t>(line.size());
  }

  std::atomic<std::int64_t> dropped_ = 0;
  std::int64_t told_ = 0;
  bool stuck_ = false;
};

struct Logging {
  Logging() {
    logger.set_pattern(R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})", spdlog::pattern_time_type::utc);
  }
  std::shared_ptr<StderrSink> sink = std::make_shared<StderrSink>();  // owners: this, the logger
  spdlog::logger logger{"rowcall", sink};
};

// Never destroyed: threads that still run at the end of the program may log.
Logging& TheLogging() {
  static Logging* const logging = new Logging;
  return *logging;
}

bool IsC1(std::string_view text, std::size_t i) {
  return text[i] == '\xC2' && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0;
}

/// Well-formed UTF-8, without what JSON leaves unescaped and terminals obey: DEL and the second set of controls.
std::string Harmless(std::string_view text) {
  std::string harmless(text.substr(0, kLongestText));
  for (std::size_t at = 0; at < harmless.size(); ++at) {
    const std::size_t bad = FirstInvalidUtf8(std::string_view(harmless).substr(at));
    if (bad == std::string_view::npos) break;
    harmless[at += bad] = '?';
  }
  for (std::size_t i = 0; i < harmless.size(); ++i) {
    if (harmless[i] == '\x7F') harmless[i] = '?';
    if (IsC1(harmless, i)) harmless[i] = harmless[i + 1] = '?';
  }
  if (text.size() > kLongestText) harmless += "…";
  return harmless;
}

struct MemberWriter {
  JsonWriter& json;
  std::size_t room;

  void operator()(std::int64_t number) const { json.Int(number); }
  void operator()(double number) const { json.Double(number); }
  void operator()(bool value) const { json.Bool(value); }
  void operator()(std::string_view text) const {
    std::string quoted;
    AppendJsonString(quoted, Harmless(text));
    json.Raw(quoted.size() <= room ? quoted : "\"(too long)\"");
  }
};

}  // namespace

void Log(LogLevel level, std::string_view event, std::span<const LogField> fields) {
  spdlog::logger& logger = TheLogging().logger;
  if (!logger.should_log(SpdlogLevel(level))) return;
  std::string members;
  JsonWriter json(members);
  json.Key("event").String(event);
  for (const LogField& field : fields) {
    json.Key(field.name);
    const std::size_t room = kLongestMembers - std::min(members.size(), kLongestMembers);
    std::visit(MemberWriter{json, room / 2}, field.value);
  }
  logger.log(SpdlogLevel(level), members);
}

void SetLogLevel(LogLevel level) { TheLogging().logger.set_level(SpdlogLevel(level)); }

std::int64_t DroppedLogLines() { return TheLogging().sink->dropped(); }

}  // namespace rowcall
