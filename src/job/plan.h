#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "formats/row_parser.h"
#include "model/mapping.h"
#include "model/object_schema.h"

namespace rowcall::job {

/// What was settled when a job first looked at its file: enough to read and map every row again, whatever becomes of the
/// connector's files or of the workspace's fields meanwhile. Kept in the ledger as JSON.
struct Plan {
  formats::Dialect dialect;
  model::Mapping mapping;
  model::ObjectSchema schema;  ///< Only the fields that the mapping uses, and the rules for rows.
};

std::string ToJson(const Plan& plan);
/// Fails with `corrupt`.
Result<Plan> PlanFromJson(std::string_view json);

/// Whether records can be made of such a file at all. Fails with `invalid` if no column has a place, or none that names
/// a record; says which columns were seen, how the file was read, and which columns were expected.
Result<void> CheckColumns(const formats::Dialect& dialect, const model::Mapping& mapping,
                          const model::ObjectSchema& schema);

/// The columns of a result file, which stand in the file of a retry, say nothing to the service.
void LeaveOutResultColumns(model::Mapping& mapping);

/// The schema with only the fields that `mapping` writes, and those that a row must have.
model::ObjectSchema UsedPart(const model::ObjectSchema& schema, const model::Mapping& mapping);

}  // namespace rowcall::job
