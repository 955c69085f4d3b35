#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json_writer.h"
#include "base/result.h"
#include "model/outcome.h"

namespace rowcall::wire {

/// What became of one row, as it stands in the pages of `GET /bulk/{id}/errors` and `…/rows`:
///
///   {"status":"The e-mail address is not valid.","row":3,"column":"C_EmailAddress","code":"invalid_email",
///    "message":…,"hint":…,"outcome":"rejected","byteOffset":211, "serviceCode":…,"serviceMessage":…,"serviceStatus":400,
///    "requestId":…,"vendorId":…,"reasons":[…],"incomplete":[{"step":"attach","code":…,"reason":…}]}
///
/// `status` is the message, as Open Connectors' clients read it. The members from `status` to `hint` tell the first
/// reason: an error before an incomplete step before a warning; a row without one has none of them. What is empty is
/// left out. `reasons` is there if the first reason does not tell all of them.
void WriteOutcome(JsonWriter& json, const model::Outcome& outcome);

/// A page of them. Fails with `invalid` if it is not an array of objects with a row and a known outcome.
Result<std::vector<model::Outcome>> ParseOutcomes(std::string_view json);

}  // namespace rowcall::wire
