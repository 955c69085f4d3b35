#include "sandbox/workspace.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "base/text.h"
#include "sandbox/random.h"
#include "sandbox/standard_attributes.h"

namespace rowcall::sandbox {

namespace {

unsigned char Fold(char c) { return static_cast<unsigned char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c); }

template <typename Map, typename Record>
void Unfile(Map& map, std::string_view key, const Record& record) {
  const auto [first, last] = map.equal_range(key);
  const auto found = std::find_if(first, last, [&](const auto& filed) { return filed.second == &record; });
  if (found != last) map.erase(found);
}

template <typename Record>
Record* At(std::deque<Record>& records, std::string_view id) {
  const auto number = NumberIn(id);
  if (!number.has_value() || *number >= records.size()) return nullptr;
  Record& record = records[*number];
  return record.id.text() == id ? &record : nullptr;
}

template <typename Record, typename Pointer>
void SortByAge(std::vector<Pointer>& records) {
  std::ranges::sort(records, {}, [](const Record* record) { return NumberIn(record->id.text()); });
}

}  // namespace

std::string_view Name(Model model) { return model == Model::contact ? "contact" : "company"; }

std::size_t FoldedHash::operator()(std::string_view text) const noexcept {
  std::uint64_t hash = 0xCBF29CE484222325;
  for (const char c : text) hash = (hash ^ Fold(c)) * 0x100000001B3;
  return hash ^ (hash >> 32);
}

bool FoldedEqual::operator()(std::string_view a, std::string_view b) const noexcept {
  return EqualsIgnoringAsciiCase(a, b);
}

Workspace::Workspace(std::uint64_t seed, std::int64_t now_s) {
  Random random(seed);
  contact_realm_ = static_cast<std::uint32_t>(random.Next());
  company_realm_ = contact_realm_ + 1;
  for (const Attribute& attribute : StandardAttributes()) attributes_.push_back(attribute);
  Attribute title;
  title.name = title.label = "title";
  title.created_at = title.updated_at = now_s;
  AddAttribute(std::move(title));
  admins_.push_back({"991267459", "Sandbox Admin", "admin@sandbox.test"});
  admins_.push_back({"991267460", "Sandbox Teammate", "teammate@sandbox.test"});
}

Contact& Workspace::AddContact(Contact contact) {
  const auto number = static_cast<std::uint32_t>(contacts_.size());
  contact.id = RecordId(contact.created_at, contact_realm_, number);
  Contact& added = contacts_.emplace_back(std::move(contact));
  if (added.email.has_value()) by_email_.emplace(*added.email, &added);
  if (added.external_id.has_value()) by_external_id_.emplace(*added.external_id, &added);
  if (added.state == ContactState::live) CountLive(added, 1);
  return added;
}

Contact* Workspace::FindContact(std::string_view id) { return At(contacts_, id); }

Contact* Workspace::FindContactByExternalId(std::string_view external_id) {
  const auto found = by_external_id_.find(external_id);
  return found == by_external_id_.end() ? nullptr : found->second;
}

std::vector<Contact*> Workspace::ContactsWithEmail(std::string_view email) const {
  std::vector<Contact*> bearers;
  const auto [first, last] = by_email_.equal_range(email);
  for (auto filed = first; filed != last; ++filed) bearers.push_back(filed->second);
  if (bearers.size() > 1) SortByAge<Contact>(bearers);
  return bearers;
}

void Workspace::SetEmail(Contact& contact, std::optional<std::string> email) {
  if (contact.email.has_value()) Unfile(by_email_, *contact.email, contact);
  contact.email = std::move(email);
  if (contact.email.has_value() && !contact.email->empty()) by_email_.emplace(*contact.email, &contact);
}

void Workspace::SetExternalId(Contact& contact, std::string external_id) {
  if (contact.external_id.has_value()) Unfile(by_external_id_, *contact.external_id, contact);
  contact.external_id = std::move(external_id);
  by_external_id_.emplace(*contact.external_id, &contact);
}

void Workspace::SetState(Contact& contact, ContactState state) {
  if (contact.state == ContactState::live) CountLive(contact, -1);
  contact.state = state;
  if (contact.state == ContactState::live) CountLive(contact, 1);
}

void Workspace::CountLive(Contact& contact, std::int64_t by) {
  live_contacts_ += by;
  for (Company* company : contact.companies) {
    if (!company->deleted) company->user_count += by;
  }
}

Company& Workspace::AddCompany(std::string company_id, std::int64_t now_s) {
  const auto number = static_cast<std::uint32_t>(companies_.size());
  Company& added = companies_.emplace_back();
  added.id = RecordId(now_s, company_realm_, number);
  added.company_id = std::move(company_id);
  added.created_at = added.updated_at = now_s;
  const bool is_new = by_company_id_.emplace(added.company_id, &added).second;
  ROWCALL_ASSERT(is_new);
  return added;
}

Company* Workspace::FindCompany(std::string_view id) {
  Company* company = At(companies_, id);
  return company == nullptr || company->deleted ? nullptr : company;
}

Company* Workspace::FindCompanyByCompanyId(std::string_view company_id) const {
  const auto found = by_company_id_.find(company_id);
  return found == by_company_id_.end() ? nullptr : found->second;
}

std::vector<const Company*> Workspace::CompaniesNamed(std::string_view name) const {
  std::vector<const Company*> named;
  const auto [first, last] = by_company_name_.equal_range(name);
  for (auto filed = first; filed != last; ++filed) named.push_back(filed->second);
  SortByAge<Company>(named);
  return named;
}

void Workspace::ForgetName(Company& company) {
  if (company.name.has_value()) Unfile(by_company_name_, *company.name, company);
}

void Workspace::SetName(Company& company, std::optional<std::string> name) {
  ForgetName(company);
  company.name = std::move(name);
  if (company.name.has_value()) by_company_name_.emplace(*company.name, &company);
}

void Workspace::DeleteCompany(Company& company) {
  ForgetName(company);
  by_company_id_.erase(company.company_id);
  company.deleted = true;
  company.user_count = 0;
}

bool Workspace::IsAttached(const Contact& contact, const Company& company) {
  return std::ranges::find(contact.companies, &company) != contact.companies.end();
}

void Workspace::Attach(Contact& contact, Company& company) {
  ROWCALL_ASSERT(!IsAttached(contact, company));
  contact.companies.push_back(&company);
  if (contact.state == ContactState::live) ++company.user_count;
}

void Workspace::Detach(Contact& contact, Company& company) {
  ROWCALL_ASSERT(IsAttached(contact, company));
  std::erase(contact.companies, &company);
  if (contact.state == ContactState::live) --company.user_count;
}

Attribute& Workspace::AddAttribute(Attribute attribute) {
  attribute.id = static_cast<std::int64_t>(attributes_.size()) + 1;
  attribute.full_name = "custom_attributes." + attribute.name;
  return attributes_.emplace_back(std::move(attribute));
}

const Attribute* Workspace::FindCustomAttribute(Model model, std::string_view name) const {
  const auto found = std::ranges::find_if(attributes_, [&](const Attribute& attribute) {
    return attribute.custom() && attribute.model == model && attribute.name == name;
  });
  return found == attributes_.end() ? nullptr : &*found;
}

Attribute* Workspace::FindAttribute(std::int64_t id) {
  const auto found = std::ranges::find_if(
      attributes_, [&](const Attribute& attribute) { return attribute.custom() && attribute.id == id; });
  return found == attributes_.end() ? nullptr : &*found;
}

bool Workspace::IsAdmin(std::string_view id) const {
  return std::ranges::any_of(admins_, [&](const Admin& admin) { return admin.id == id; });
}

}  // namespace rowcall::sandbox
