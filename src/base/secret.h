#pragma once

#include <sodium/utils.h>

#include <string>
#include <string_view>
#include <utility>

namespace rowcall {

/// Text that must not appear in a log, an answer or an error: a token, a key. It has no output operator and no
/// formatter, so printing one does not compile. The bytes are wiped when it ends, and where it was moved from.
class Secret {
 public:
  Secret() = default;
  explicit Secret(const std::string& text) : text_(text) {}
  explicit Secret(std::string&& text) : text_(std::move(text)) { Wipe(text); }
  Secret(const Secret&) = default;
  Secret& operator=(const Secret& other) { return *this = Secret(other); }
  Secret(Secret&& other) noexcept : text_(std::move(other.text_)) { Wipe(other.text_); }
  Secret& operator=(Secret&& other) noexcept {
    if (this == &other) return *this;
    Wipe(text_);
    text_ = std::move(other.text_);
    Wipe(other.text_);
    return *this;
  }
  ~Secret() { Wipe(text_); }

  /// The text itself. Call it where the bytes leave for their one purpose, not to keep a copy.
  std::string_view Reveal() const { return text_; }
  bool empty() const { return text_.empty(); }

 private:
  /// All that the string holds room for: a short text stays in the string itself when it is moved or shortened.
  static void Wipe(std::string& text) {
    text.resize(text.capacity());
    sodium_memzero(text.data(), text.size());
    text.clear();
  }

  std::string text_;
};

}  // namespace rowcall
