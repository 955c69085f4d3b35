#include "base/find_byte.h"

#include <gtest/gtest.h>

#include <string>

namespace rowcall {
namespace {

TEST(FindByteTest, TheFirstOfThemIsFoundWhereverItStands) {
  for (std::size_t size = 0; size < 50; ++size) {
    for (std::size_t at = 0; at < size; ++at) {
      std::string text(size, 'a');
      text.back() = 'x';
      text[at] = 'x';
      EXPECT_EQ(FindByte(text, [](auto c) { return c == +'x'; }), at) << size;
    }
  }
}

TEST(FindByteTest, NothingIsFoundBeyondTheText) {
  const std::string text(100, 'x');
  for (std::size_t size = 0; size < 50; ++size) {
    EXPECT_EQ(FindByte(std::string_view(text).substr(0, size), [](auto c) { return c != +'x'; }),
              std::string_view::npos);
  }
}

TEST(FindByteTest, BytesAreUnsigned) {
  for (const std::size_t before : {0u, 3u, 40u}) {
    const std::string text = std::string(before, 'a') + "\xFFz";
    EXPECT_EQ(FindByte(text, [](auto c) { return c >= 0x80; }), before);
    EXPECT_EQ(FindByte(text, [](auto c) { return c < 0x20 || c == +'z'; }), before + 1);
  }
}

}  // namespace
}  // namespace rowcall
