#pragma once

#include <optional>
#include <string_view>

#include "mapping/phone.h"
#include "model/object_schema.h"
#include "model/record.h"
#include "model/row.h"

namespace rowcall::mapping {

/// `text` without blanks at its ends, no-break spaces (U+00A0) included: spreadsheets leave them behind.
std::string_view TrimCell(std::string_view text);

/// A cell that has a value, and the field that it is for.
struct FieldText {
  const model::Field& field;
  std::string_view text;  ///< Trimmed, not blank.
  model::Personal personal;

  bool is_hidden() const { return field.personal && personal == model::Personal::hidden; }
};

/// Checks the value of a cell, converts it and adds it to the record under that path. Where nothing is added the row
/// cannot be sent, and `reason` says why; else `reason` is a warning or stays empty. The reason's column is left to the
/// caller. It quotes the cell, but not where that is to be hidden.
void AddConverted(const FieldText& cell, const Region* region, std::string_view path, model::Record& record,
                  std::optional<model::Reason>& reason);

}  // namespace rowcall::mapping
