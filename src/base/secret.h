#pragma once

#include <sodium/utils.h>

#include <string>
#include <string_view>
#include <utility>

namespace rowcall {

/// Text that must not appear in a log, an answer or an error: a token, a key. It has no output operator and no
/// formatter, so printing one does not compile. The bytes are wiped when it ends.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text) : text_(std::move(text)) {}
  Secret(const Secret&) = default;
  Secret& operator=(const Secret&) = default;
  Secret(Secret&& other) noexcept : text_(std::exchange(other.text_, {})) {}
  Secret& operator=(Secret&& other) noexcept {
    std::swap(text_, other.text_);
    return *this;
  }
  ~Secret() { sodium_memzero(text_.data(), text_.size()); }

  /// The text itself. Call it where the bytes leave for their one purpose, not to keep a copy.
  std::string_view Reveal() const { return text_; }
  bool empty() const { return text_.empty(); }

 private:
  std::string text_;
};

}  // namespace rowcall
