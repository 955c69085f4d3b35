#include "sandbox/record_id.h"

#include <charconv>

namespace rowcall::sandbox {

namespace {

void WriteHex(char* to, std::uint32_t number) {
  static constexpr char kHex[] = "0123456789abcdef";
  for (int digit = 7; digit >= 0; --digit) {
    to[digit] = kHex[number & 15];
    number >>= 4;
  }
}

}  // namespace

RecordId::RecordId(std::int64_t born_s, std::uint32_t realm, std::uint32_t number) {
  WriteHex(text_.data(), static_cast<std::uint32_t>(born_s));
  WriteHex(text_.data() + 8, realm);
  WriteHex(text_.data() + 16, number);
}

std::optional<std::uint32_t> NumberIn(std::string_view id) {
  if (id.size() != 24) return std::nullopt;
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(id.data() + 16, id.data() + 24, number, 16);
  if (error != std::errc() || end != id.data() + 24) return std::nullopt;
  return number;
}

}  // namespace rowcall::sandbox
