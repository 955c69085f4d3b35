#pragma once

#include <atomic>
#include <chrono>

namespace rowcall {

using Duration = std::chrono::nanoseconds;
/// Time for people and for services: may jump either way. Kept in milliseconds since 1970 UTC.
using WallTime = std::chrono::sys_time<std::chrono::milliseconds>;
/// Time for waiting and for leases: never jumps, means nothing to another process.
using MonoTime = std::chrono::time_point<std::chrono::steady_clock, Duration>;

/// Where all time comes from. Passed by reference to whatever needs it, so that tests and simulation own time.
/// Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual WallTime Now() const = 0;
  virtual MonoTime MonotonicNow() const = 0;
};

/// The machine's own clocks.
class SystemClock final : public Clock {
 public:
  WallTime Now() const override;
  MonoTime MonotonicNow() const override;
};

/// A clock that stands still until it is moved. For tests.
class FakeClock final : public Clock {
 public:
  WallTime Now() const override { return WallTime(std::chrono::milliseconds(wall_ms_)); }
  MonoTime MonotonicNow() const override { return MonoTime(Duration(mono_ns_)); }
  void Advance(Duration by) {
    mono_ns_ += by.count();
    wall_ms_ += std::chrono::duration_cast<std::chrono::milliseconds>(by).count();
  }
  /// Moves the wall clock alone, as an operator or NTP may.
  void JumpWall(std::chrono::milliseconds by) { wall_ms_ += by.count(); }

 private:
  std::atomic<long long> wall_ms_{1'767'225'600'000};  // 2026-01-01T00:00:00Z
  std::atomic<long long> mono_ns_{1'000'000'000};
};

}  // namespace rowcall
