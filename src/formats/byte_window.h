#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace rowcall::formats {

/// How much is taken up at a time, so that a large Feed() does not become a large buffer.
inline constexpr std::size_t kSliceBytes = std::size_t{64} << 10;
/// UTF-8's byte order mark.
inline constexpr std::string_view kUtf8Mark = "\xEF\xBB\xBF";

/// The stretch of a file that a parser still needs, addressed by byte offsets from the file's first byte.
class ByteWindow {
 public:
  explicit ByteWindow(std::int64_t offset) : begin_(offset) {}

  std::int64_t begin() const { return begin_; }
  std::int64_t end() const { return begin_ + static_cast<std::int64_t>(bytes_.size()); }
  std::size_t size() const { return bytes_.size(); }

  void Append(std::string_view bytes) { bytes_.append(bytes); }

  /// Forgets what stands before `offset`, which lies inside the window.
  void DropBefore(std::int64_t offset) {
    bytes_.erase(0, Index(offset));
    begin_ = offset;
  }

  /// The bytes from `first` up to, not including, `last`; valid until the next change.
  std::string_view View(std::int64_t first, std::int64_t last) const {
    return std::string_view(bytes_).substr(Index(first), static_cast<std::size_t>(last - first));
  }
  std::string_view From(std::int64_t first) const { return std::string_view(bytes_).substr(Index(first)); }

 private:
  std::size_t Index(std::int64_t offset) const { return static_cast<std::size_t>(offset - begin_); }

  std::string bytes_;
  std::int64_t begin_;
};

}  // namespace rowcall::formats
