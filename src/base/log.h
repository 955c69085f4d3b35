#pragma once

#include <string_view>

namespace rowcall {

/// One line to standard error, as JSON: {"time":…,"level":…,"message":…}. Never pass a Secret's text or a cell's value.
/// Thread-safe.
enum class LogLevel { debug, info, warning, error };

void Log(LogLevel level, std::string_view message);
/// Lines below `level` are dropped. `info` at the start.
void SetLogLevel(LogLevel level);

}  // namespace rowcall
