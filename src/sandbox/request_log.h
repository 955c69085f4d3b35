#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/json_writer.h"

namespace rowcall::sandbox {

/// How many requests came and what became of them. Requests to /_sandbox do not count.
class RequestCounts {
 public:
  /// `route`: its index in Routes(), none for an unknown path. `status`: what was answered, 0 for nothing.
  void Count(std::optional<std::size_t> route, int status);
  /// The fields "total", "by_status" and "by_operation".
  void AppendTo(JsonWriter& json) const;

 private:
  std::int64_t total_ = 0;
  std::int64_t unknown_ = 0;
  std::map<int, std::int64_t> by_status_;
  std::vector<std::int64_t> by_route_;
};

/// One request that was handled and could change the workspace.
struct LoggedRequest {
  std::int64_t sequence = 0;  ///< 1 is the first; no gaps.
  WallTime at{};
  std::string operation;
  int status = 0;     ///< What the workspace decided, also where a fault kept the answer back.
  std::string key;    ///< The contact's external_id or else e-mail, the company's company_id, or the id in the path.
  std::string id;     ///< The record that was written; "" if the request was refused.
  std::string fault;  ///< "" = none.
};

/// The last 100,000 such requests, in the order in which they took effect: shows how often each key was created.
class RequestLog {
 public:
  static constexpr std::size_t kKept = 100'000;

  /// Gives it its sequence number.
  void Add(LoggedRequest request);
  /// {"first":…,"last":…,"log":[…]} with all behind `after`. "first" is the oldest sequence still kept.
  std::string Show(std::int64_t after) const;

 private:
  std::int64_t last_ = 0;
  std::deque<LoggedRequest> requests_;
};

}  // namespace rowcall::sandbox
