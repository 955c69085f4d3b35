#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "formats/decoder.h"

namespace rowcall::formats {

/// How much is taken up at a time, so that a large Feed() does not become a large buffer.
inline constexpr std::size_t kSliceBytes = std::size_t{64} << 10;

/// The stretch of a file that a parser still needs, as UTF-8. An *offset* is a place in that text, a *byte* a place in
/// the file; in a UTF-8 file the two are the same.
class TextWindow {
 public:
  /// The first byte that will be appended is number `byte` of the file; as an offset it has the same number.
  TextWindow(model::Encoding encoding, std::int64_t byte)
      : decoder_(encoding), begin_(byte), known_offset_(byte), known_byte_(byte) {}

  std::int64_t begin() const { return begin_; }
  std::int64_t end() const { return begin_ + static_cast<std::int64_t>(text_.size()); }
  std::size_t size() const { return text_.size(); }
  model::Encoding encoding() const { return decoder_.encoding(); }

  /// `bytes` of the file, as they are stored there.
  void Append(std::string_view bytes) { decoder_.Append(bytes, text_); }
  /// The file has ended.
  void End() { decoder_.End(text_); }

  /// Forgets what stands before `offset`, which lies inside the window.
  void DropBefore(std::int64_t offset) {
    ByteAt(offset);
    text_.erase(0, Index(offset));
    begin_ = offset;
  }

  /// The text from `first` up to, not including, `last`; valid until the next change.
  std::string_view View(std::int64_t first, std::int64_t last) const {
    return std::string_view(text_).substr(Index(first), static_cast<std::size_t>(last - first));
  }
  std::string_view From(std::int64_t first) const { return std::string_view(text_).substr(Index(first)); }

  /// Where in the file the character at `offset`, inside the window, stands. Costs the way from the last place asked
  /// for; nothing in UTF-8.
  std::int64_t ByteAt(std::int64_t offset) const {
    if (encoding() == model::Encoding::utf8) return offset;
    known_byte_ += offset < known_offset_ ? -StoredSize(View(offset, known_offset_), encoding())
                                          : StoredSize(View(known_offset_, offset), encoding());
    known_offset_ = offset;
    return known_byte_;
  }

 private:
  std::size_t Index(std::int64_t offset) const { return static_cast<std::size_t>(offset - begin_); }

  Decoder decoder_;
  std::string text_;
  std::int64_t begin_;
  mutable std::int64_t known_offset_;  ///< Inside the window, and
  mutable std::int64_t known_byte_;    ///< its place in the file.
};

}  // namespace rowcall::formats
