// Any bytes as text: its encoding follows the rules of text_start.h; what is decoded does not depend on how the bytes
// are cut; and each text still tells which bytes it was made from.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "base/text.h"
#include "formats/decoder.h"
#include "formats/text_start.h"
#include "pieces.h"

namespace {

using rowcall::formats::Decoder;
using rowcall::formats::TextStart;
using rowcall::model::Encoding;

constexpr Encoding kEncodings[] = {Encoding::utf8, Encoding::utf16le, Encoding::utf16be, Encoding::windows1252,
                                   Encoding::iso8859_1};

void CheckStart(std::string_view bytes, bool is_whole, std::optional<Encoding> asked) {
  const rowcall::Result<TextStart> start = rowcall::formats::DetectText(bytes, is_whole, asked);
  if (!start) {
    ROWCALL_ASSERT(start.error().kind == rowcall::ErrorKind::invalid && !start.error().hint.empty());
    return;
  }
  ROWCALL_ASSERT(start->mark_bytes <= bytes.size() && !start->evidence.empty());
  if (asked) {
    ROWCALL_ASSERT(start->encoding == *asked);
  } else if (start->mark_bytes == 0) {
    const bool is_utf16 = start->encoding == Encoding::utf16le || start->encoding == Encoding::utf16be;
    ROWCALL_ASSERT(bytes.contains('\0') == is_utf16);
    ROWCALL_ASSERT(!is_whole || start->encoding != Encoding::windows1252 ||
                   rowcall::FirstInvalidUtf8(bytes) != std::string_view::npos);
  }
}

std::string Decode(std::string_view bytes, Encoding encoding, std::uint8_t cuts) {
  Decoder decoder(encoding);
  std::string text;
  rowcall::fuzz::InPieces(bytes, cuts, [&](std::string_view piece) {
    decoder.Append(piece, text);
    return true;
  });
  decoder.End(text);
  return text;
}

/// The number of the character at `at`, which moves behind it; halves of surrogate pairs have one, too.
char32_t NextCharacter(std::string_view text, std::size_t& at) {
  const auto first = static_cast<unsigned char>(text[at++]);
  if (first < 0x80) return first;
  char32_t character = first & (first >= 0xF0 ? 0x07u : first >= 0xE0 ? 0x0Fu : 0x1Fu);
  while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0u) == 0x80u) {
    character = character << 6 | (static_cast<unsigned char>(text[at++]) & 0x3Fu);
  }
  return character;
}

void AppendUnit(char32_t unit, Encoding encoding, std::string& bytes) {
  const auto high = static_cast<char>(unit >> 8);
  const auto low = static_cast<char>(unit & 0xFF);
  bytes += encoding == Encoding::utf16be ? high : low;
  bytes += encoding == Encoding::utf16be ? low : high;
}

/// The UTF-16 that `text` was decoded from, but for the odd byte that FF at its end stands for.
std::string Encode(std::string_view text, Encoding encoding) {
  std::string bytes;
  for (std::size_t at = 0; at < text.size();) {
    const char32_t character = NextCharacter(text, at);
    if (character < 0x10000) {
      AppendUnit(character, encoding, bytes);
    } else {
      AppendUnit(0xD800 + ((character - 0x10000) >> 10), encoding, bytes);
      AppendUnit(0xDC00 + ((character - 0x10000) & 0x3FF), encoding, bytes);
    }
  }
  return bytes;
}

void CheckDecoder(std::string_view bytes, Encoding encoding, std::uint8_t cuts) {
  const std::string text = Decode(bytes, encoding, 0);
  ROWCALL_ASSERT(text == Decode(bytes, encoding, cuts));
  ROWCALL_ASSERT(rowcall::formats::StoredSize(text, encoding) == static_cast<std::int64_t>(bytes.size()));
  switch (encoding) {
    case Encoding::utf8: ROWCALL_ASSERT(text == bytes); break;
    case Encoding::utf16le:
    case Encoding::utf16be: {
      const std::size_t odd = bytes.size() % 2;
      ROWCALL_ASSERT(odd == 0 || text.ends_with('\xFF'));
      ROWCALL_ASSERT(Encode(std::string_view(text).substr(0, text.size() - odd), encoding) ==
                     bytes.substr(0, bytes.size() - odd));
      break;
    }
    case Encoding::windows1252: ROWCALL_ASSERT(rowcall::FirstInvalidUtf8(text) == std::string::npos); break;
    case Encoding::iso8859_1: {
      std::size_t at = 0;
      for (const char byte : bytes) ROWCALL_ASSERT(NextCharacter(text, at) == static_cast<unsigned char>(byte));
      break;
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::uint8_t cuts = data[0];
  const Encoding encoding = kEncodings[data[1] % std::size(kEncodings)];
  const bool is_whole = data[1] < 128;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);

  CheckStart(bytes, is_whole, std::nullopt);
  CheckStart(bytes, is_whole, encoding);
  CheckDecoder(bytes, encoding, cuts);
  return 0;
}
