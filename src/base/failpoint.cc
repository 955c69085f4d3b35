#include "base/failpoint.h"

#ifdef ROWCALL_FAILPOINTS

#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <charconv>
#include <cstdlib>
#include <string>
#include <string_view>

namespace rowcall {

namespace {

struct Armed {
  std::string name;  ///< "" = none.
  std::atomic<int> left{0};
};

Armed& Arm() {
  static Armed armed;
  static const bool read = [] {
    const char* text = std::getenv("ROWCALL_FAILPOINT");
    const std::string_view order = text == nullptr ? "" : text;
    const std::size_t colon = order.find(':');
    if (colon == std::string_view::npos || !order.ends_with(":kill")) return false;
    int count = 0;
    std::from_chars(order.data() + colon + 1, order.data() + order.size(), count);
    armed.name = order.substr(0, colon);
    armed.left = count;
    return true;
  }();
  static_cast<void>(read);
  return armed;
}

}  // namespace

void Failpoint(const char* name) {
  Armed& armed = Arm();
  if (armed.name == name && armed.left.fetch_sub(1) == 1) kill(getpid(), SIGKILL);
}

}  // namespace rowcall

#endif
