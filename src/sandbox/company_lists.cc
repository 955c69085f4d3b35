#include <algorithm>

#include "sandbox/company_json.h"
#include "sandbox/endpoints.h"
#include "sandbox/paging.h"

namespace rowcall::sandbox {

namespace {

constexpr std::int64_t kMostListed = 10'000;

/// Companies without people stay invisible in lists. Youngest first.
std::vector<const Company*> CompaniesWithPeople(const Workspace& workspace) {
  std::vector<const Company*> companies;
  for (const Company& company : workspace.companies()) {
    if (!company.deleted && company.user_count > 0) companies.push_back(&company);
  }
  std::ranges::reverse(companies);
  return companies;
}

OrRefusal<Answer> ShowPage(const Call& call, const std::vector<const Company*>& companies) {
  ASSIGN_OR_REFUSE(const NumberedPage page, ReadNumberedPage(call.query, 15));
  if (page.page * page.per_page > kMostListed) {
    return RefuseParameter("Only the first 10000 companies can be listed by page");
  }
  return Answer{200, ShowCompanyPage(companies, page), {}};
}

OrRefusal<Answer> ShowFound(const Call& call, const std::vector<const Company*>& found) {
  if (found.empty()) return CompanyNotFound();
  if (!call.rules.company_find_list) return Answer{200, ShowCompany(*found.front()), {}};
  return ShowPage(call, found);
}

}  // namespace

OrRefusal<Answer> FindCompanies(Call& call) {
  if (const auto company_id = call.query.Find("company_id"); company_id.has_value()) {
    std::vector<const Company*> found;
    if (const Company* company = call.workspace.FindCompanyByCompanyId(*company_id)) found.push_back(company);
    return ShowFound(call, found);
  }
  if (const auto name = call.query.Find("name"); name.has_value()) {
    return ShowFound(call, call.workspace.CompaniesNamed(*name));
  }
  const bool by_tag = call.query.Find("tag_id").has_value() || call.query.Find("segment_id").has_value();
  return ShowPage(call, by_tag ? std::vector<const Company*>() : CompaniesWithPeople(call.workspace));
}

OrRefusal<Answer> ListCompanies(Call& call) {
  std::vector<const Company*> companies = CompaniesWithPeople(call.workspace);
  if (call.query.Find("order") == "asc") std::ranges::reverse(companies);
  return ShowPage(call, companies);
}

}  // namespace rowcall::sandbox
