#pragma once

#include <array>
#include <string_view>

#include "base/ids.h"

namespace rowcall::model {

/// The columns that a result file has behind those of the file that was sent.
namespace result_columns {
inline constexpr std::string_view kRow = "_row";
inline constexpr std::string_view kOutcome = "_outcome";
inline constexpr std::string_view kCode = "_code";
}  // namespace result_columns

inline constexpr std::array<std::string_view, 6> kResultColumns = {
    result_columns::kRow, result_columns::kOutcome, result_columns::kCode, "_reason", "_hint", "_vendor_id"};

inline bool IsResultColumn(std::string_view name) {
  for (const std::string_view column : kResultColumns) {
    if (column == name) return true;
  }
  return false;
}

/// The number in a cell of `_row`, blanks around it aside; 0 = it is none.
RowNumber ReadRowNumber(std::string_view cell);

}  // namespace rowcall::model
