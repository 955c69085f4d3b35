#pragma once

#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "sandbox/records.h"

namespace rowcall::sandbox {

inline constexpr std::string_view kAppId = "sandbox1";

/// Hashes and compares e-mail addresses without ASCII case, as Intercom does.
struct FoldedHash {
  std::size_t operator()(std::string_view text) const noexcept;
};
struct FoldedEqual {
  bool operator()(std::string_view a, std::string_view b) const noexcept;
};

/// All records of one pretended Intercom workspace and the ways to find them. Knows no rule about who may write what:
/// those stand in the endpoints. Nothing is ever removed, only marked, so pointers to records stay valid as long as the
/// workspace. Used on one thread.
class Workspace {
 public:
  /// Two workspaces with the same seed, driven the same way at the same times, give the same ids.
  Workspace(std::uint64_t seed, std::int64_t now_s);
  Workspace(const Workspace&) = delete;
  Workspace& operator=(const Workspace&) = delete;

  // Contacts, in the order of creation.
  /// Gives `contact` its id and files it under its keys.
  Contact& AddContact(Contact contact);
  const std::deque<Contact>& contacts() const { return contacts_; }
  std::int64_t live_contacts() const { return live_contacts_; }
  /// Whatever its state; null if there is none.
  Contact* FindContact(std::string_view id);
  Contact* FindContactByExternalId(std::string_view external_id);
  /// All that bear this e-mail, ignoring ASCII case, whatever their role and state; oldest first.
  std::vector<Contact*> ContactsWithEmail(std::string_view email) const;
  void SetEmail(Contact& contact, std::optional<std::string> email);
  void SetExternalId(Contact& contact, std::string external_id);
  void SetState(Contact& contact, ContactState state);

  // Companies, in the order of creation.
  Company& AddCompany(std::string company_id, std::int64_t now_s);
  const std::deque<Company>& companies() const { return companies_; }
  /// Null if there is none or it was deleted.
  Company* FindCompany(std::string_view id);
  Company* FindCompanyByCompanyId(std::string_view company_id) const;
  /// Exact match, oldest first.
  std::vector<const Company*> CompaniesNamed(std::string_view name) const;
  void SetName(Company& company, std::optional<std::string> name);
  void DeleteCompany(Company& company);

  static bool IsAttached(const Contact& contact, const Company& company);
  void Attach(Contact& contact, Company& company);
  void Detach(Contact& contact, Company& company);

  // Attributes: Intercom's own first.
  Attribute& AddAttribute(Attribute attribute);
  const std::deque<Attribute>& attributes() const { return attributes_; }
  const Attribute* FindCustomAttribute(Model model, std::string_view name) const;
  Attribute* FindAttribute(std::int64_t id);

  std::span<const Admin> admins() const { return admins_; }
  bool IsAdmin(std::string_view id) const;

 private:
  void CountLive(Contact& contact, std::int64_t by);
  void ForgetName(Company& company);

  std::uint32_t contact_realm_;
  std::uint32_t company_realm_;
  std::deque<Contact> contacts_;
  std::deque<Company> companies_;
  std::deque<Attribute> attributes_;
  std::vector<Admin> admins_;
  std::int64_t live_contacts_ = 0;
  // Keys are views into the records' own strings.
  std::unordered_multimap<std::string_view, Contact*, FoldedHash, FoldedEqual> by_email_;
  std::unordered_map<std::string_view, Contact*> by_external_id_;
  std::unordered_map<std::string_view, Company*> by_company_id_;
  std::unordered_multimap<std::string_view, Company*> by_company_name_;
};

}  // namespace rowcall::sandbox
