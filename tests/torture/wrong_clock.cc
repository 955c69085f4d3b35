// Preloaded into the server by clock.test.mjs: the time of day is wrong by as many seconds as stand, in eight bytes, in the
// file that WRONG_CLOCK names. The clock that only counts on is left alone, and so are all timers, which go by it.

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>

namespace {

using Seconds = std::atomic<std::int64_t>;

const Seconds* OpenFile() {
  const int fd = open(std::getenv("WRONG_CLOCK"), O_RDONLY | O_CLOEXEC);
  void* const mapped = mmap(nullptr, sizeof(Seconds), PROT_READ, MAP_SHARED, fd, 0);
  if (mapped == MAP_FAILED) std::abort();
  close(fd);
  return static_cast<const Seconds*>(mapped);
}

time_t WrongBy() {
  static const Seconds* const seconds = OpenFile();
  return seconds->load();
}

}  // namespace

extern "C" int clock_gettime(clockid_t clock, timespec* time) noexcept {
  const long status = syscall(SYS_clock_gettime, clock, time);
  if (status == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) time->tv_sec += WrongBy();
  return static_cast<int>(status);
}

extern "C" int gettimeofday(timeval* time, void*) noexcept {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  *time = {now.tv_sec, now.tv_nsec / 1000};
  return 0;
}

extern "C" time_t time(time_t* also) noexcept {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  if (also != nullptr) *also = now.tv_sec;
  return now.tv_sec;
}
