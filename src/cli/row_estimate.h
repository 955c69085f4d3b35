#pragma once

#include <cstdint>
#include <string_view>

namespace rowcall::cli {

/// How many rows a CSV file seems to have, from its bytes as they pass: line ends outside quotes. Good enough for a
/// progress bar; the server alone counts for certain.
class RowEstimate {
 public:
  void See(std::string_view piece);
  /// Without the header.
  std::int64_t rows() const;

 private:
  std::int64_t line_ends_ = 0;
  bool quoted_ = false;
  bool in_line_ = false;
};

}  // namespace rowcall::cli
