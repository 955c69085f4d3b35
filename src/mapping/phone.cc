#include "mapping/phone.h"

namespace rowcall::mapping {

namespace {

constexpr std::string_view kNorthAmerica = "1";

/// The digits of a number as people write it; nullopt if there is anything but digits, a leading "+" and the usual
/// signs between.
std::optional<std::string> Digits(std::string_view text) {
  std::string digits;
  for (const char c : text) {
    if (c >= '0' && c <= '9') {
      digits.push_back(c);
    } else if (!std::string_view(" ()-./").contains(c)) {
      return std::nullopt;
    }
  }
  return digits;
}

/// "+44 (0)20 7946 0958": the trunk prefix in brackets is not dialled after a country code.
std::string WithoutBracketedTrunk(std::string_view text) {
  std::string plain(text);
  if (const std::size_t at = plain.find("(0)"); at != std::string::npos) plain.erase(at, 3);
  return plain;
}

std::optional<std::string> International(std::string_view digits) {
  if (!IsInternationalNumber(digits)) return std::nullopt;
  return "+" + std::string(digits);
}

bool IsNationalNumber(std::string_view digits, const Region& region) {
  if (digits.size() < region.least_digits || digits.size() > region.most_digits) return false;
  // Area codes and exchanges of North America begin with 2 to 9.
  return region.calling_code != kNorthAmerica || (digits[0] >= '2' && digits[3] >= '2');
}

std::optional<std::string> National(std::string_view digits, const Region& region) {
  const bool has_trunk = !region.trunk.empty() && digits.starts_with(region.trunk);
  // Without its trunk prefix, a number that begins with the country's code is as likely an international one.
  if (region.trunk == "0" && !has_trunk && digits.starts_with(region.calling_code)) return std::nullopt;
  // A leading 0 is always the trunk prefix; a leading 1 or 8 only if the number is too long without it.
  if (has_trunk && (region.trunk[0] == '0' || !IsNationalNumber(digits, region))) {
    digits.remove_prefix(region.trunk.size());
  }
  if (!IsNationalNumber(digits, region)) return std::nullopt;
  return "+" + std::string(region.calling_code) + std::string(digits);
}

}  // namespace

bool NamesCountry(std::string_view text) { return text.starts_with("+") || text.starts_with("00"); }

std::optional<std::string> ToE164(std::string_view text, const Region* region) {
  if (text.starts_with("+")) {
    const std::optional<std::string> digits = Digits(WithoutBracketedTrunk(text.substr(1)));
    return digits ? International(*digits) : std::nullopt;
  }
  const std::optional<std::string> digits =
      Digits(NamesCountry(text) ? WithoutBracketedTrunk(text) : std::string(text));
  if (!digits) return std::nullopt;
  const std::string_view number = *digits;
  if (region != nullptr && number.starts_with(region->international)) {
    return International(number.substr(region->international.size()));
  }
  // Everywhere people write "00" for "+"; where it means something else, it is not understood.
  const bool may_mean_plus = region == nullptr || !region->international.starts_with("00");
  if (number.starts_with("00")) return may_mean_plus ? International(number.substr(2)) : std::nullopt;
  return region == nullptr ? std::nullopt : National(number, *region);
}

}  // namespace rowcall::mapping
