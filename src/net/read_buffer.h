#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>

#include "base/assert.h"

namespace rowcall::net {

/// Bytes read from a stream and not yet used. Begins small and grows to 64 KiB while reads fill it: ten thousand
/// idle connections cost little, and a long body is read in big pieces.
class ReadBuffer {
 public:
  static constexpr std::size_t kSmallest = 4 * 1024;
  static constexpr std::size_t kLargest = 64 * 1024;

  std::string_view view() const { return {bytes_.get() + begin_, end_ - begin_}; }
  bool empty() const { return begin_ == end_; }
  bool full() const { return end_ - begin_ == kLargest; }

  /// Where the next read may write. Ends the validity of earlier views. Not to be called when full().
  std::span<char> Room() {
    if (capacity_ == 0) {
      Resize(kSmallest);
    } else if (filled_ && capacity_ < kLargest) {
      Resize(std::min(capacity_ * 4, kLargest));
    } else if (begin_ > 0) {
      std::memmove(bytes_.get(), bytes_.get() + begin_, end_ - begin_);
      end_ -= begin_;
      begin_ = 0;
    }
    return {bytes_.get() + end_, capacity_ - end_};
  }

  /// A read wrote `count` bytes at Room().
  void Add(std::size_t count) {
    end_ += count;
    ROWCALL_ASSERT(end_ <= capacity_);
    filled_ = end_ == capacity_;
  }

  /// The first `count` bytes are used. Views stay valid until Room().
  void Consume(std::size_t count) {
    begin_ += count;
    ROWCALL_ASSERT(begin_ <= end_);
  }

  /// Gives back the memory of a long body.
  void Shrink() {
    if (empty() && capacity_ > kSmallest) *this = ReadBuffer();
  }

 private:
  void Resize(std::size_t capacity) {
    auto bytes = std::make_unique_for_overwrite<char[]>(capacity);
    if (!empty()) std::memcpy(bytes.get(), bytes_.get() + begin_, end_ - begin_);
    bytes_ = std::move(bytes);
    end_ -= begin_;
    begin_ = 0;
    capacity_ = capacity;
    filled_ = false;
  }

  std::unique_ptr<char[]> bytes_;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  bool filled_ = false;
};

}  // namespace rowcall::net
