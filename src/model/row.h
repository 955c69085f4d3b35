#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "model/cells.h"

namespace rowcall::model {

/// Why a row could not be read, or could not be sent, or was refused; or a warning on a row that was sent.
/// `row, column, code, message, hint` are for the person who mends the file.
struct Reason {
  std::string column;      ///< The header of the column at fault; empty if the whole row is.
  std::string code;        ///< A stable word for programs, e.g. "invalid_email", "key_conflict".
  std::string message;     ///< A sentence.
  std::string hint;        ///< What to do; may be empty.
  std::string service_code;        ///< The service's own code, if it was the service that refused.
  std::string service_message;     ///< The service's own words.
  std::string service_request_id;  ///< For a question to the service's support.
  int service_status = 0;          ///< The answer's HTTP status; 0 if there was none.
  bool warning = false;            ///< The row was loaded nevertheless.
  bool operator==(const Reason&) const = default;
};

/// What reasons tell of the row's personal data (Field::personal): its values, or the names of their fields in brackets.
enum class Personal { hidden, shown };

/// A reason of our own about a whole row.
inline Reason Because(std::string code, std::string message, std::string hint = {}) {
  Reason reason;
  reason.code = std::move(code);
  reason.message = std::move(message);
  reason.hint = std::move(hint);
  return reason;
}

/// A record as it stands in the file.
struct Row {
  RowNumber number = 0;
  std::int64_t byte_offset = 0;  ///< Of the row's first byte in the file, decompressed if need be.
  Cells cells;  ///< One for each header column, in header order; UTF-8. "" is a blank cell.
  std::vector<Reason> faults;  ///< Not empty: the row could not be read; `cells` holds what could.
  bool operator==(const Row&) const = default;
};

}  // namespace rowcall::model
