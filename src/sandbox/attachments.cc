#include <algorithm>

#include "sandbox/company_json.h"
#include "sandbox/contact_keys.h"
#include "sandbox/endpoints.h"
#include "sandbox/fields.h"
#include "sandbox/paging.h"

namespace rowcall::sandbox {

namespace {

constexpr std::ptrdiff_t kMostCompanies = 1000;

bool IsThere(const Company* company) { return !company->deleted; }

}  // namespace

OrRefusal<Answer> AttachCompany(Call& call) {
  ASSIGN_OR_REFUSE(Contact * contact, FindLiveContact(call, call.ids[0]));
  ASSIGN_OR_REFUSE(const Given<std::string> id, ReadText(call.body, "id"));
  if (!id.has_value()) return Refuse(400, "parameter_not_found", "company not specified");
  Company* company = call.workspace.FindCompany(*id.value);
  if (company == nullptr) return CompanyNotFound();
  if (!Workspace::IsAttached(*contact, *company)) {
    if (std::ranges::count_if(contact->companies, IsThere) >= kMostCompanies) {
      return Refuse(400, "contact_company_limit_exceeded",
                    "Contact has reached the maximum of 1000 company associations");
    }
    call.workspace.Attach(*contact, *company);
  }
  return Answer{200, ShowCompany(*company), std::string(company->id.text())};
}

OrRefusal<Answer> DetachCompany(Call& call) {
  ASSIGN_OR_REFUSE(Contact * contact, FindLiveContact(call, call.ids[0]));
  Company* company = call.workspace.FindCompany(call.ids[1]);
  if (company == nullptr || !Workspace::IsAttached(*contact, *company)) return CompanyNotFound();
  call.workspace.Detach(*contact, *company);
  return Answer{200, ShowCompany(*company), std::string(company->id.text())};
}

OrRefusal<Answer> ListCompaniesOfContact(Call& call) {
  ASSIGN_OR_REFUSE(const Contact* contact, FindLiveContact(call, call.ids[0]));
  ASSIGN_OR_REFUSE(const NumberedPage page, ReadNumberedPage(call.query, 50));
  std::vector<const Company*> companies;
  std::ranges::copy_if(contact->companies, std::back_inserter(companies), IsThere);
  return Answer{200, ShowCompanyPage(companies, page), {}};
}

}  // namespace rowcall::sandbox
