#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>
#include <variant>

namespace rowcall {

/// The program's log: one line for each event, each a JSON object, to standard error.
///
///   Log(LogLevel::warning, "callback_given_up", {{"job", job.value}, {"note", note}});
///   {"time":"2026-11-26T09:00:00.123Z","level":"warning","event":"callback_given_up","job":1000,"note":"answered 410"}
///
/// `event` is a fixed word that people search for; what varies stands in fields. The time is UTC. Texts may come from
/// strangers: they are cut after 512 bytes, and nothing in them can end the line, forge another or steer a terminal.
/// Never pass a Secret's text, a cell's value, or an address with its query.
///
/// Standard error is never waited for long: if its reader stands still for 100 ms, lines are dropped until it reads
/// again, and then a line says how many ("log_lines_dropped"). Thread-safe.
enum class LogLevel { debug, info, warning, error };

struct LogField {
  std::string_view name;
  std::variant<std::int64_t, double, bool, std::string_view> value;
};

void Log(LogLevel level, std::string_view event, std::span<const LogField> fields);
inline void Log(LogLevel level, std::string_view event, std::initializer_list<LogField> fields = {}) {
  Log(level, event, std::span(fields.begin(), fields.size()));
}

/// Lines below `level` are left out. `info` at the start.
void SetLogLevel(LogLevel level);

/// How many lines were dropped so far because standard error took no more.
std::int64_t DroppedLogLines();

}  // namespace rowcall
