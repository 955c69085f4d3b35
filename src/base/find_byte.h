#pragma once

#include <experimental/simd>

#include <cstddef>
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
  for (; text.size() - at >= Bytes::size(); at += Bytes::size()) {
    const auto found = is_it(Bytes(from + at, simd::element_aligned));
    if (simd::any_of(found)) return at + static_cast<std::size_t>(simd::find_first_set(found));
  }
  for (; at < text.size(); ++at) {
    if (is_it(from[at])) return at;
  }
  return std::string_view::npos;
}

}  // namespace rowcall
