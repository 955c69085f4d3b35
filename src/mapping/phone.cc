#include "mapping/phone.h"

#include <array>

#include "mapping/digit.h"

namespace rowcall::mapping {

namespace {

constexpr std::string_view kNorthAmerica = "1";

constexpr auto kStandsBetween = [] {
  std::array<bool, 256> between{};
  for (const char c : std::string_view(" ()-./")) between[static_cast<unsigned char>(c)] = true;
  return between;
}();

/// No number has more digits, whatever is dialled before it.
constexpr std::size_t kMostDigits = 31;

/// The digits of a number as people write it.
class Digits {
 public:
  enum class Trunk { is_dialled, is_not_dialled };

  /// Adds those of `text`. False if there is anything but digits and the usual signs between, or too many. A trunk prefix
  /// in brackets is not dialled after a country code: "+44 (0)20 7946 0958". The first one is left out then.
  bool Add(std::string_view text, Trunk trunk) {
    constexpr std::string_view kTrunk = "(0)";
    std::size_t size = size_;  // not the member: a store of a char could change that, for all the compiler knows
    for (std::size_t i = 0; i < text.size(); ++i) {
      const char c = text[i];
      if (IsDigit(c)) {
        if (size == kMostDigits) return false;
        digits_[size++] = c;
      } else if (!kStandsBetween[static_cast<unsigned char>(c)]) {
        return false;
      } else if (c == kTrunk[0] && trunk == Trunk::is_not_dialled && text.substr(i).starts_with(kTrunk)) {
        i += kTrunk.size() - 1;
        trunk = Trunk::is_dialled;
      }
    }
    size_ = size;
    return true;
  }
  std::string_view text() const { return {digits_.data(), size_}; }

 private:
  std::array<char, kMostDigits> digits_;
  std::size_t size_ = 0;
};

bool International(std::string_view digits, std::string& number) {
  if (!IsInternationalNumber(digits)) return false;
  number.assign("+").append(digits);
  return true;
}

bool IsNationalNumber(std::string_view digits, const Region& region) {
  if (digits.size() < region.least_digits || digits.size() > region.most_digits) return false;
  // Area codes and exchanges of North America begin with 2 to 9.
  return region.calling_code != kNorthAmerica || (digits[0] >= '2' && digits[3] >= '2');
}

bool National(std::string_view digits, const Region& region, std::string& number) {
  const bool has_trunk = !region.trunk.empty() && digits.starts_with(region.trunk);
  // Without its trunk prefix, a number that begins with the country's code is as likely an international one.
  if (region.trunk == "0" && !has_trunk && digits.starts_with(region.calling_code)) return false;
  // A leading 0 is always the trunk prefix; a leading 1 or 8 only if the number is too long without it.
  if (has_trunk && (region.trunk[0] == '0' || !IsNationalNumber(digits, region))) {
    digits.remove_prefix(region.trunk.size());
  }
  if (!IsNationalNumber(digits, region)) return false;
  number.assign("+").append(region.calling_code).append(digits);
  return true;
}

}  // namespace

bool NamesCountry(std::string_view text) { return text.starts_with("+") || text.starts_with("00"); }

bool ToE164(std::string_view text, const Region* region, std::string& number) {
  Digits digits;
  if (text.starts_with("+")) {
    return digits.Add(text.substr(1), Digits::Trunk::is_not_dialled) && International(digits.text(), number);
  }
  const auto trunk = NamesCountry(text) ? Digits::Trunk::is_not_dialled : Digits::Trunk::is_dialled;
  if (!digits.Add(text, trunk)) return false;
  const std::string_view dialled = digits.text();
  if (region != nullptr && dialled.starts_with(region->international)) {
    return International(dialled.substr(region->international.size()), number);
  }
  // Everywhere people write "00" for "+"; where it means something else, it is not understood.
  const bool may_mean_plus = region == nullptr || !region->international.starts_with("00");
  if (dialled.starts_with("00")) return may_mean_plus && International(dialled.substr(2), number);
  return region != nullptr && National(dialled, *region, number);
}

}  // namespace rowcall::mapping
