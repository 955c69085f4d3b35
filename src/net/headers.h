#pragma once

#include <cstddef>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rowcall::net {

/// Header fields in the order in which they came; names compare without ASCII case. A copy costs nothing until one of
/// the two is changed: the same headers go out with each call to a service.
class Headers {
 public:
  using Fields = std::vector<std::pair<std::string, std::string>>;

  Headers() = default;
  Headers(std::initializer_list<Fields::value_type> fields) : fields_(std::make_shared<Fields>(fields)) {}

  /// Makes room for so many fields.
  void Reserve(std::size_t fields) { Own().reserve(fields); }
  void Add(std::string name, std::string value) { Own().emplace_back(std::move(name), std::move(value)); }
  /// Replaces every field of that name by one.
  void Set(std::string_view name, std::string value);
  /// The first field of that name. Valid until the headers change.
  std::optional<std::string_view> Find(std::string_view name) const;
  const Fields& all() const;
  /// Whether one is a copy of the other, or both of a third, and neither was changed since.
  bool IsCopyOf(const Headers& other) const { return fields_ == other.fields_; }

 private:
  Fields& Own();

  std::shared_ptr<Fields> fields_;  // owners: copies of these headers, until they are changed; null = none
};

}  // namespace rowcall::net
