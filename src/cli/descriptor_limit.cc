#include "cli/descriptor_limit.h"

#include <sys/resource.h>

#include "base/assert.h"

namespace rowcall::cli {

std::size_t RaiseDescriptorLimit() {
  rlimit limit{};
  ROWCALL_ASSERT(getrlimit(RLIMIT_NOFILE, &limit) == 0);
  const rlimit raised{limit.rlim_max, limit.rlim_max};
  return setrlimit(RLIMIT_NOFILE, &raised) == 0 ? raised.rlim_cur : limit.rlim_cur;
}

}  // namespace rowcall::cli
