#pragma once

#include <cstdint>

namespace rowcall::api {

/// What this process uses of the machine; 0 where the system does not tell.
struct ProcessUsage {
  double cpu_seconds = 0;  ///< In user and system mode, since the start.
  std::int64_t resident_bytes = 0;
  std::int64_t open_descriptors = 0;
};

ProcessUsage ReadProcessUsage();

}  // namespace rowcall::api
