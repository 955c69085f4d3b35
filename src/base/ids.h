#pragma once

#include <compare>
#include <cstdint>
#include <functional>

namespace rowcall {

/// An integer that names one kind of thing and cannot be mistaken for another. 0 means "none".
/// Ids stay below 2^53, so that they survive a trip through JSON numbers.
template <typename Tag>
struct Id {
  std::int64_t value = 0;
  explicit operator bool() const { return value != 0; }
  auto operator<=>(const Id&) const = default;
};

using TenantId = Id<struct TenantTag>;      ///< An organization. Part of every key in the store.
using InstanceId = Id<struct InstanceTag>;  ///< A connector plus credentials.
using JobId = Id<struct JobTag>;
using WindowId = Id<struct WindowTag>;
using CallbackId = Id<struct CallbackTag>;

/// A row's place in its file: the first row after the header is 1. Blank lines do not count.
using RowNumber = std::int64_t;

}  // namespace rowcall

template <typename Tag>
struct std::hash<rowcall::Id<Tag>> {
  std::size_t operator()(rowcall::Id<Tag> id) const noexcept { return std::hash<std::int64_t>()(id.value); }
};
