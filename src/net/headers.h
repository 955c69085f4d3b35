#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rowcall::net {

/// Header fields in the order in which they came; names compare without ASCII case.
class Headers {
 public:
  Headers() = default;
  Headers(std::initializer_list<std::pair<std::string, std::string>> fields) : fields_(fields) {}

  /// Makes room for so many fields.
  void Reserve(std::size_t fields) { fields_.reserve(fields); }
  void Add(std::string name, std::string value) { fields_.emplace_back(std::move(name), std::move(value)); }
  /// Replaces every field of that name by one.
  void Set(std::string_view name, std::string value);
  /// The first field of that name. Valid until the headers change.
  std::optional<std::string_view> Find(std::string_view name) const;
  const std::vector<std::pair<std::string, std::string>>& all() const { return fields_; }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

}  // namespace rowcall::net
