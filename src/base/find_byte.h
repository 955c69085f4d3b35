#pragma once

#include <experimental/simd>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace rowcall {

/// The place of the first byte for which `is_it` is true, or npos. It looks at sixteen bytes at once, so `is_it` takes one
/// byte or sixteen of them, as unsigned char, and is made of comparisons with int, || and &&:
///
///   FindByte(text, [](auto c) { return c == +'"' || c < 0x20; })
template <typename IsIt>
std::size_t FindByte(std::string_view text, IsIt is_it) {
  namespace simd = std::experimental;
  using Bytes = simd::fixed_size_simd<unsigned char, 16>;
  const auto* const from = reinterpret_cast<const unsigned char*>(text.data());
  std::size_t at = 0;
  const auto first_in = [&is_it](const unsigned char* bytes) {
    const auto found = is_it(Bytes(bytes, simd::element_aligned));
    return simd::any_of(found) ? static_cast<std::size_t>(simd::find_first_set(found)) : std::string_view::npos;
  };
  for (; text.size() - at >= Bytes::size(); at += Bytes::size()) {
    const std::size_t first = first_in(from + at);
    if (first != std::string_view::npos) return at + first;
  }
  const std::size_t left = text.size() - at;
  if (left >= sizeof(std::uint32_t)) {
    // Two pieces that may overlap, from either end of what is left: more than half of it each.
    const std::size_t half = left >= sizeof(std::uint64_t) ? sizeof(std::uint64_t) : sizeof(std::uint32_t);
    unsigned char ends[Bytes::size()];
    if (half == sizeof(std::uint64_t)) {
      std::memcpy(ends, from + at, sizeof(std::uint64_t));
      std::memcpy(ends + half, from + text.size() - half, sizeof(std::uint64_t));
    } else {
      for (std::size_t to = 0; to < Bytes::size(); to += 2 * half) {
        std::memcpy(ends + to, from + at, sizeof(std::uint32_t));
        std::memcpy(ends + to + half, from + text.size() - half, sizeof(std::uint32_t));
      }
    }
    const std::size_t first = first_in(ends);
    if (first == std::string_view::npos) return first;
    return first < half ? at + first : text.size() + first - 2 * half;
  }
  for (; at < text.size(); ++at) {
    if (is_it(from[at])) return at;
  }
  return std::string_view::npos;
}

}  // namespace rowcall
