#include "formats/decoder.h"

#include <array>

namespace rowcall::formats {

namespace {

using model::Encoding;

/// Windows-1252 from 80 to 9F; elsewhere it is ISO 8859-1, whose bytes are the numbers of their characters.
constexpr std::array<char16_t, 32> kWindows = {
    0x20AC, 0x0081, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0x008D, 0x017D, 0x008F, 0x0090, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x009D, 0x017E, 0x0178,
};

bool IsHigh(char16_t unit) { return unit >= 0xD800 && unit < 0xDC00; }
bool IsLow(char16_t unit) { return unit >= 0xDC00 && unit < 0xE000; }

void AppendCharacter(char32_t character, std::string& text) {
  const auto continuation = [&](int shift) { text.push_back(static_cast<char>(0x80 | ((character >> shift) & 0x3F))); };
  if (character < 0x80) {
    text.push_back(static_cast<char>(character));
    return;
  }
  if (character < 0x800) {
    text.push_back(static_cast<char>(0xC0 | (character >> 6)));
  } else if (character < 0x10000) {
    text.push_back(static_cast<char>(0xE0 | (character >> 12)));
    continuation(6);
  } else {
    text.push_back(static_cast<char>(0xF0 | (character >> 18)));
    continuation(12);
    continuation(6);
  }
  continuation(0);
}

void AppendSingleBytes(std::string_view bytes, bool windows, std::string& text) {
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    const bool special = windows && byte >= 0x80 && byte < 0xA0;
    AppendCharacter(special ? kWindows[byte - 0x80u] : byte, text);
  }
}

bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

std::int64_t Utf16Size(char first) {
  const auto byte = static_cast<unsigned char>(first);
  if (byte == 0xFF) return 1;  // an odd byte at the end
  return byte >= 0xF0 ? 4 : 2;
}

}  // namespace

void Decoder::Append(std::string_view bytes, std::string& text) {
  switch (encoding_) {
    case Encoding::utf8: text.append(bytes); return;
    case Encoding::windows1252: AppendSingleBytes(bytes, true, text); return;
    case Encoding::iso8859_1: AppendSingleBytes(bytes, false, text); return;
    case Encoding::utf16le:
    case Encoding::utf16be: AppendUtf16(bytes, text); return;
  }
}

void Decoder::AppendUtf16(std::string_view bytes, std::string& text) {
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (!odd_) {
      odd_ = byte;
      continue;
    }
    const int unit = encoding_ == Encoding::utf16le ? byte << 8 | *odd_ : *odd_ << 8 | byte;
    odd_.reset();
    AppendUnit(static_cast<char16_t>(unit), text);
  }
}

void Decoder::AppendUnit(char16_t unit, std::string& text) {
  if (high_ != 0 && IsLow(unit)) {
    AppendCharacter(0x10000 + (static_cast<char32_t>(high_ - 0xD800) << 10) + (unit - 0xDC00u), text);
    high_ = 0;
    return;
  }
  if (high_ != 0) AppendCharacter(high_, text);
  high_ = IsHigh(unit) ? unit : char16_t{0};
  if (high_ == 0) AppendCharacter(unit, text);
}

void Decoder::End(std::string& text) {
  if (high_ != 0) AppendCharacter(high_, text);
  if (odd_) text.push_back('\xFF');
  high_ = 0;
  odd_.reset();
}

std::int64_t StoredSize(std::string_view text, Encoding encoding) {
  if (encoding == Encoding::utf8) return static_cast<std::int64_t>(text.size());
  const bool utf16 = encoding == Encoding::utf16le || encoding == Encoding::utf16be;
  std::int64_t size = 0;
  for (const char c : text) {
    if (!IsContinuation(c)) size += utf16 ? Utf16Size(c) : 1;
  }
  return size;
}

}  // namespace rowcall::formats
