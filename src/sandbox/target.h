#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace rowcall::sandbox {

/// The parameters behind a target's '?', decoded.
class Query {
 public:
  void Add(std::string name, std::string value) { parameters_.emplace_back(std::move(name), std::move(value)); }
  /// The first of that name.
  std::optional<std::string_view> Find(std::string_view name) const;

 private:
  std::vector<std::pair<std::string, std::string>> parameters_;
};

/// A request's target, taken apart before it is decoded: an id may hold an encoded slash.
struct Target {
  std::vector<std::string> segments;
  Query query;
};

/// Fails with `invalid` on a broken percent escape.
Result<Target> ParseTarget(std::string_view text);

}  // namespace rowcall::sandbox
