#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace rowcall::fuzz {

/// Calls `take` with `bytes` in pieces of up to 17 bytes, whose sizes follow from `cuts`; 0 = in one piece. Stops when
/// `take` returns false.
template <typename Take>
void InPieces(std::string_view bytes, std::uint8_t cuts, Take take) {
  for (std::size_t turn = 1; !bytes.empty(); ++turn) {
    const std::size_t size = cuts == 0 ? bytes.size() : std::min<std::size_t>(1 + cuts * turn % 17, bytes.size());
    if (!take(bytes.substr(0, size))) return;
    bytes.remove_prefix(size);
  }
}

}  // namespace rowcall::fuzz
