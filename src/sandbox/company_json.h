#pragma once

#include <string>

#include "base/json_writer.h"
#include "sandbox/records.h"

namespace rowcall::sandbox {

/// A company as Intercom shows it: fields that were never set are left out.
void AppendCompany(JsonWriter& json, const Company& company);
/// The same with `deleted`, for the truth.
void AppendCompanyTruth(JsonWriter& json, const Company& company);
std::string ShowCompany(const Company& company);

}  // namespace rowcall::sandbox
