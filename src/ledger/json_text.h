#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/outcome.h"

namespace rowcall::ledger {

/// The compact JSON that columns of the ledger and the catalogue hold. Fields that are empty, 0 or false are left out.
/// Reading fails with `corrupt` on anything else than what writing makes; fields that it does not know are passed over.

std::string ListToJson(const std::vector<std::string>& list);
Result<std::vector<std::string>> ListFromJson(std::string_view json);

std::string MapToJson(const std::map<std::string, std::string>& map);
Result<std::map<std::string, std::string>> MapFromJson(std::string_view json);

std::string ReasonsToJson(const std::vector<model::Reason>& reasons);
Result<std::vector<model::Reason>> ReasonsFromJson(std::string_view json);

std::string StepsToJson(const std::vector<model::IncompleteStep>& steps);
Result<std::vector<model::IncompleteStep>> StepsFromJson(std::string_view json);

}  // namespace rowcall::ledger
