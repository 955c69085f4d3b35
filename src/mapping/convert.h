#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "mapping/phone.h"
#include "model/object_schema.h"
#include "model/record.h"
#include "model/row.h"

namespace rowcall::mapping {

/// `text` without blanks at its ends, no-break spaces (U+00A0) included: spreadsheets leave them behind.
std::string_view TrimCell(std::string_view text);

/// The value of a cell for a field, checked. `text` is trimmed and not blank. Without a value the row cannot be sent,
/// and `reason` says why; with a value, `reason` is a warning or stays empty. The reason's column is left to the
/// caller. It quotes the cell, but not where that is `personal` and to be hidden. A text is a view of `text`, of `field`
/// or of `room`, where one is put that stands nowhere else.
std::optional<model::Value> Convert(const model::Field& field, std::string_view text, const Region* region,
                                    model::Personal personal, std::string& room, std::optional<model::Reason>& reason);

}  // namespace rowcall::mapping
