#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <ranges>
#include <string>
#include <string_view>

#include "base/assert.h"

namespace rowcall::model {

/// The cells of a row, in one block of memory, for a file has many of them and most are a few bytes long. A cell is a view
/// that lives until the cells change. Their texts may have 4 GiB together.
class Cells {
 public:
  Cells() = default;
  /// So many cells, blank as yet. `text` is kept for those that stand in it.
  explicit Cells(std::size_t count, std::string_view text = {}) : count_(count) {
    const std::size_t places = TextBegin();
    block_.resize_and_overwrite(places + text.size(), [&](char* block, std::size_t) {
      std::memset(block, 0, places);
      if (!text.empty()) std::memcpy(block + places, text.data(), text.size());
      return places + text.size();
    });
  }
  Cells(std::initializer_list<std::string_view> texts) : Cells(texts.size()) {
    for (std::size_t i = 0; const std::string_view text : texts) Set(i++, text);
  }

  std::size_t size() const { return count_; }
  std::string_view operator[](std::size_t index) const {
    ROWCALL_ASSERT(index < count_);
    Place place;
    std::memcpy(&place, block_.data() + index * sizeof(Place), sizeof(Place));
    return {block_.data() + TextBegin() + place.begin, place.end - place.begin};
  }
  auto All() const {
    return std::views::iota(std::size_t{0}, count_) |
           std::views::transform([this](std::size_t i) { return (*this)[i]; });
  }

  /// `text` must not be a view of one of these cells.
  void Set(std::size_t index, std::string_view text) {
    const std::size_t begin = block_.size() - TextBegin();
    block_.append(text);
    SetWithin(index, begin, begin + text.size());
  }
  /// The cell is what stands from `begin` up to `end` in the text that was given at first.
  void SetWithin(std::size_t index, std::size_t begin, std::size_t end) {
    ROWCALL_ASSERT(index < count_);
    const Place place{static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)};
    std::memcpy(block_.data() + index * sizeof(Place), &place, sizeof(Place));
  }

  bool operator==(const Cells& other) const { return std::ranges::equal(All(), other.All()); }

 private:
  /// Of a cell, in the text.
  struct Place {
    std::uint32_t begin, end;
  };

  std::size_t TextBegin() const { return count_ * sizeof(Place); }

  std::string block_;  ///< The place of each cell, then the text.
  std::size_t count_ = 0;
};

}  // namespace rowcall::model
