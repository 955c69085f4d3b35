#include "model/result_columns.h"

#include <charconv>

#include "base/text.h"

namespace rowcall::model {

RowNumber ReadRowNumber(std::string_view cell) {
  const std::string_view text = Trim(cell);
  RowNumber number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() && number > 0 ? number : 0;
}

}  // namespace rowcall::model
