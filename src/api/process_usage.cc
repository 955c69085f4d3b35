#include "api/process_usage.h"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace rowcall::api {

namespace {

double Seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

std::int64_t CountDescriptors() {
  std::error_code error;
  std::filesystem::directory_iterator folder("/proc/self/fd", error);
  std::int64_t count = 0;
  for (; !error && folder != std::filesystem::directory_iterator(); folder.increment(error)) ++count;
  return count;
}

}  // namespace

ProcessUsage ReadProcessUsage() {
  ProcessUsage usage;
  rusage times{};
  if (getrusage(RUSAGE_SELF, &times) == 0) usage.cpu_seconds = Seconds(times.ru_utime) + Seconds(times.ru_stime);
  std::int64_t size = 0, resident = 0;
  if (std::ifstream("/proc/self/statm") >> size >> resident) usage.resident_bytes = resident * sysconf(_SC_PAGESIZE);
  usage.open_descriptors = CountDescriptors();
  return usage;
}

}  // namespace rowcall::api
