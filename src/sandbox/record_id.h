#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace rowcall::sandbox {

/// The id that Intercom gives to a record: 24 hexadecimal digits. The first 8 are the second of its birth, so that ids
/// sort by age; the next 8 are the workspace's and the kind's; the last 8 count records of that kind, so that no two
/// share an id and a record is found by its id without an index.
class RecordId {
 public:
  RecordId() { text_.fill('0'); }
  RecordId(std::int64_t born_s, std::uint32_t realm, std::uint32_t number);

  /// Valid as long as this object.
  std::string_view text() const { return {text_.data(), text_.size()}; }

 private:
  std::array<char, 24> text_;
};

/// The number in an id's text; none if it is not 24 hexadecimal digits.
std::optional<std::uint32_t> NumberIn(std::string_view id);

}  // namespace rowcall::sandbox
