#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "model/encoding.h"

namespace rowcall::formats {

/// Turns the bytes of a file, as they come, into UTF-8. What cannot be text stays there to be found as invalid UTF-8:
/// half a surrogate pair becomes three bytes that UTF-8 forbids, an odd byte at the end becomes FF; and UTF-8 itself is
/// passed on as it is. The bytes that Windows-1252 leaves open become the control characters of the same number, as
/// browsers do it. Decoding may begin at any character.
class Decoder {
 public:
  explicit Decoder(model::Encoding encoding) : encoding_(encoding) {}

  model::Encoding encoding() const { return encoding_; }
  /// Appends the text of `bytes` to `text`. A character that they cut off is kept for the next call.
  void Append(std::string_view bytes, std::string& text);
  /// No more bytes will come.
  void End(std::string& text);

 private:
  void AppendUtf16(std::string_view bytes, std::string& text);
  void AppendUnit(char16_t unit, std::string& text);

  model::Encoding encoding_;
  std::optional<unsigned char> odd_;  ///< The first byte of a unit that is still to come.
  char16_t high_ = 0;  ///< The first half of a pair that is still to come; 0 = none.
};

/// How many bytes of the file `text`, which a Decoder made, stands for.
std::int64_t StoredSize(std::string_view text, model::Encoding encoding);

}  // namespace rowcall::formats
