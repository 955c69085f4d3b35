#pragma once

#include <deque>
#include <string>

#include "base/clock.h"
#include "net/headers.h"

namespace rowcall::sandbox {

/// Notices that were sent to `POST /_sandbox/callback`, so that a callback can be tried with no receiver of one's own.
/// The last 1,000 are kept.
class Callbacks {
 public:
  static constexpr std::size_t kKept = 1'000;

  void Add(WallTime at, net::Headers headers, std::string body);
  /// [{"received_at":…,"headers":{…},"body_base64":…}], the oldest first. The body is given byte for byte.
  std::string Show() const;

 private:
  struct Received {
    WallTime at{};
    net::Headers headers;
    std::string body;
  };
  std::deque<Received> received_;
};

}  // namespace rowcall::sandbox
