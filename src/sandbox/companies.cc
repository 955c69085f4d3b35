#include <boost/json/value.hpp>

#include <cmath>

#include "sandbox/company_json.h"
#include "sandbox/custom_values.h"
#include "sandbox/endpoints.h"
#include "sandbox/fields.h"

namespace rowcall::sandbox {

namespace {

namespace json = boost::json;

struct CompanyBody {
  Given<std::string> company_id;
  Given<std::string> name;
  Given<std::string> plan;
  Given<std::int64_t> size;
  Given<std::string> website;
  Given<std::string> industry;
  Given<std::int64_t> remote_created_at;
  Given<std::int64_t> monthly_spend;
  Given<bool> update_last_request_at;
  std::vector<CustomChange> custom;
};

OrRefusal<void> RefuseUnknownFields(const json::object& body, std::initializer_list<std::string_view> known) {
  for (const auto& field : body) {
    const std::string_view name = field.key();
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      return Refuse(400, "bad_request", "bad '" + std::string(name) + "' parameter");
    }
  }
  return {};
}

/// Whole numbers only: what stands behind the point is cut off.
OrRefusal<Given<std::int64_t>> ReadMonthlySpend(const json::object& body) {
  constexpr std::int64_t kMost = 2'147'483'647;
  const json::value* value = body.if_contains("monthly_spend");
  Given<std::int64_t> spend;
  if (value != nullptr && value->is_double() && std::abs(value->get_double()) < 1e15) {
    spend = {true, static_cast<std::int64_t>(value->get_double())};
  } else {
    ASSIGN_OR_REFUSE(spend, ReadInteger(body, "monthly_spend"));
  }
  if (spend.has_value() && *spend.value > kMost) return RefuseParameter("'monthly_spend' must be at most 2147483647");
  return spend;
}

OrRefusal<CompanyBody> ReadCompanyBody(const json::object& body, const Workspace& workspace) {
  CompanyBody read;
  ASSIGN_OR_REFUSE(read.company_id, ReadText(body, "company_id"));
  ASSIGN_OR_REFUSE(read.name, ReadText(body, "name"));
  ASSIGN_OR_REFUSE(read.plan, ReadText(body, "plan"));
  ASSIGN_OR_REFUSE(read.size, ReadInteger(body, "size"));
  ASSIGN_OR_REFUSE(read.website, ReadText(body, "website"));
  ASSIGN_OR_REFUSE(read.industry, ReadText(body, "industry"));
  ASSIGN_OR_REFUSE(read.remote_created_at, ReadInteger(body, "remote_created_at"));
  ASSIGN_OR_REFUSE(read.monthly_spend, ReadMonthlySpend(body));
  ASSIGN_OR_REFUSE(read.update_last_request_at, ReadBool(body, "update_last_request_at"));
  ASSIGN_OR_REFUSE(read.custom, ReadCustomChanges(body, workspace, Model::company));
  return read;
}

Answer Write(Call& call, const CompanyBody& body, Company& company) {
  if (body.name.given) call.workspace.SetName(company, body.name.value);
  body.plan.ApplyTo(company.plan);
  body.size.ApplyTo(company.size);
  body.website.ApplyTo(company.website);
  body.industry.ApplyTo(company.industry);
  body.remote_created_at.ApplyTo(company.remote_created_at);
  if (body.monthly_spend.given) company.monthly_spend = body.monthly_spend.value.value_or(0);
  if (body.update_last_request_at.value.value_or(false)) company.last_request_at = call.now_s;
  ApplyCustomChanges(company.custom, body.custom);
  company.updated_at = call.now_s;
  return {200, ShowCompany(company), std::string(company.id.text())};
}

}  // namespace

OrRefusal<Answer> UpsertCompany(Call& call) {
  RETURN_IF_REFUSED(
      RefuseUnknownFields(call.body, {"company_id", "name", "plan", "size", "website", "industry", "custom_attributes",
                                      "remote_created_at", "update_last_request_at", "monthly_spend"}));
  ASSIGN_OR_REFUSE(const CompanyBody body, ReadCompanyBody(call.body, call.workspace));
  if (!body.company_id.has_value() || body.company_id.value->empty()) {
    return Refuse(400, "parameter_not_found", "company_id not specified");
  }
  Company* company = call.workspace.FindCompanyByCompanyId(*body.company_id.value);
  if (company == nullptr) company = &call.workspace.AddCompany(*body.company_id.value, call.now_s);
  return Write(call, body, *company);
}

OrRefusal<Answer> UpdateCompany(Call& call) {
  Company* company = call.workspace.FindCompany(call.ids[0]);
  if (company == nullptr) return CompanyNotFound();
  RETURN_IF_REFUSED(RefuseUnknownFields(
      call.body, {"name", "plan", "size", "website", "industry", "custom_attributes", "monthly_spend"}));
  ASSIGN_OR_REFUSE(const CompanyBody body, ReadCompanyBody(call.body, call.workspace));
  return Write(call, body, *company);
}

OrRefusal<Answer> ShowOneCompany(Call& call) {
  const Company* company = call.workspace.FindCompany(call.ids[0]);
  if (company == nullptr) return CompanyNotFound();
  return Answer{200, ShowCompany(*company), {}};
}

OrRefusal<Answer> DeleteCompany(Call& call) {
  Company* company = call.workspace.FindCompany(call.ids[0]);
  if (company == nullptr) return CompanyNotFound();
  call.workspace.DeleteCompany(*company);
  company->updated_at = call.now_s;
  Answer answer;
  answer.id = company->id.text();
  JsonWriter json(answer.body);
  json.BeginObject().Key("id").String(answer.id).Key("object").String("company").Key("deleted").Bool(true).EndObject();
  return answer;
}

}  // namespace rowcall::sandbox
