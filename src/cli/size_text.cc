#include "cli/size_text.h"

#include <charconv>
#include <limits>
#include <string>

namespace rowcall::cli {

namespace {

/// In bytes; 0 if there is no such unit.
std::uint64_t BytesOf(std::string_view unit) {
  if (unit.empty()) return 1;
  if (unit == "KiB") return std::uint64_t{1} << 10;
  if (unit == "MiB") return std::uint64_t{1} << 20;
  if (unit == "GiB") return std::uint64_t{1} << 30;
  if (unit == "TiB") return std::uint64_t{1} << 40;
  return 0;
}

}  // namespace

Result<std::uint64_t> ParseSize(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::uint64_t unit = BytesOf({end, static_cast<std::size_t>(text.data() + text.size() - end)});
  const bool fits = unit > 0 && number <= std::numeric_limits<std::uint64_t>::max() / unit;
  if (error == std::errc() && number > 0 && fits) return number * unit;
  return Fail(ErrorKind::invalid, "\"" + std::string(text) + "\" is not a size",
              "Write a whole number and a unit: 64KiB, 500MiB, 10GiB.");
}

}  // namespace rowcall::cli
