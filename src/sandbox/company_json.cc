#include "sandbox/company_json.h"

#include "sandbox/custom_values.h"
#include "sandbox/workspace.h"

namespace rowcall::sandbox {

namespace {

void AppendIfSet(JsonWriter& json, std::string_view key, const std::optional<std::string>& text) {
  if (text.has_value()) json.Key(key).String(*text);
}

void AppendIfSet(JsonWriter& json, std::string_view key, std::optional<std::int64_t> number) {
  if (number.has_value()) json.Key(key).Int(*number);
}

void AppendPlan(JsonWriter& json, const Company& company) {
  json.Key("plan").BeginObject();
  if (company.plan.has_value()) {
    json.Key("type").String("plan").Key("id").String(*company.plan).Key("name").String(*company.plan);
  }
  json.EndObject();
}

void AppendFields(JsonWriter& json, const Company& company) {
  json.Key("type").String("company").Key("company_id").String(company.company_id);
  json.Key("id").String(company.id.text()).Key("app_id").String(kAppId);
  AppendIfSet(json, "name", company.name);
  json.Key("remote_created_at").Int(company.remote_created_at.value_or(company.created_at));
  json.Key("created_at").Int(company.created_at).Key("updated_at").Int(company.updated_at);
  AppendIfSet(json, "last_request_at", company.last_request_at);
  AppendIfSet(json, "size", company.size);
  AppendIfSet(json, "website", company.website);
  AppendIfSet(json, "industry", company.industry);
  json.Key("monthly_spend").Int(company.monthly_spend).Key("session_count").Int(0);
  json.Key("user_count").Int(company.user_count);
  json.Key("tags").Raw(R"({"type":"tag.list","tags":[]})");
  json.Key("segments").Raw(R"({"type":"segment.list","segments":[]})");
  AppendPlan(json, company);
  json.Key("custom_attributes");
  AppendCustomValues(json, company.custom);
}

}  // namespace

void AppendCompany(JsonWriter& json, const Company& company) {
  json.BeginObject();
  AppendFields(json, company);
  json.EndObject();
}

void AppendCompanyTruth(JsonWriter& json, const Company& company) {
  json.BeginObject();
  AppendFields(json, company);
  json.Key("deleted").Bool(company.deleted);
  json.EndObject();
}

std::string ShowCompany(const Company& company) {
  std::string body;
  JsonWriter json(body);
  AppendCompany(json, company);
  return body;
}

}  // namespace rowcall::sandbox
