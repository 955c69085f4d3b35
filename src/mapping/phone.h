#pragma once

#include <string>
#include <string_view>

namespace rowcall::mapping {

/// How telephone numbers are written within one country (ITU-T E.164 and its national numbering plans).
struct Region {
  std::string_view name;           ///< Two letters, ISO 3166.
  std::string_view calling_code;   ///< "44"
  std::string_view trunk;  ///< Dialled before a number within the country, never from abroad: "0"; "" = none.
  std::string_view international;  ///< Dialled before a calling code: "00".
  std::size_t least_digits;  ///< Of a number without trunk and calling code.
  std::size_t most_digits;
};

/// By two letters, ASCII case ignored; null if the country is not in the table.
const Region* FindRegion(std::string_view name);

/// Whether `digits`, which are nothing else, begin with an assigned calling code and have a length that E.164 allows.
bool IsInternationalNumber(std::string_view digits);

/// Writes the number as E.164 ("+442079460958") to `number`, which no view of `text` may be in. False if it cannot be
/// understood: letters, too few digits, no country. `region` may be null; then only numbers with "+" or "00" are
/// understood.
bool ToE164(std::string_view text, const Region* region, std::string& number);

/// Whether the text says its country itself: it begins with "+" or "00".
bool NamesCountry(std::string_view text);

}  // namespace rowcall::mapping
