#include "sandbox/standard_attributes.h"

#include <string_view>

namespace rowcall::sandbox {

namespace {

struct StandardAttribute {
  Model model;
  std::string_view full_name;
  std::string_view label;
  DataType type;
  bool api_writable;
};

constexpr Model kContact = Model::contact;
constexpr Model kCompany = Model::company;
constexpr DataType kText = DataType::string;
constexpr DataType kDate = DataType::date;
constexpr DataType kCount = DataType::integer;
constexpr DataType kFlag = DataType::boolean;

constexpr StandardAttribute kStandardAttributes[] = {
    {kContact, "id", "ID", kText, false},
    {kContact, "external_id", "User ID", kText, true},
    {kContact, "role", "Role", kText, true},
    {kContact, "name", "Name", kText, true},
    {kContact, "email", "Email", kText, true},
    {kContact, "phone", "Phone", kText, true},
    {kContact, "avatar", "Avatar", kText, true},
    {kContact, "owner_id", "Owner", kText, true},
    {kContact, "signed_up_at", "Signed up", kDate, true},
    {kContact, "last_seen_at", "Last seen", kDate, true},
    {kContact, "unsubscribed_from_emails", "Unsubscribed from Emails", kFlag, true},
    {kContact, "has_hard_bounced", "Has Hard Bounced", kFlag, false},
    {kContact, "marked_email_as_spam", "Marked email as spam", kFlag, false},
    {kContact, "created_at", "First Seen", kDate, false},
    {kContact, "updated_at", "Updated at", kDate, false},
    {kContact, "workspace_id", "Workspace ID", kText, false},
    {kCompany, "name", "Company name", kText, true},
    {kCompany, "company_id", "Company ID", kText, false},
    {kCompany, "last_request_at", "Company last seen", kDate, false},
    {kCompany, "remote_created_at", "Company created at", kDate, true},
    {kCompany, "user_count", "People", kCount, false},
    {kCompany, "session_count", "Company web sessions", kCount, false},
    {kCompany, "plan.name", "Plan", kText, false},
    {kCompany, "monthly_spend", "Monthly Spend", DataType::number, true},
    {kCompany, "size", "Company size", kCount, true},
    {kCompany, "industry", "Company industry", kText, true},
    {kCompany, "website", "Company website", kText, true},
    {kCompany, "id", "ID", kText, false},
    {kCompany, "created_at", "Created at", kDate, false},
    {kCompany, "updated_at", "Updated at", kDate, false},
    {kCompany, "plan.id", "Plan ID", kText, false},
    {kCompany, "app_id", "App ID", kText, false},
};

}  // namespace

std::vector<Attribute> StandardAttributes() {
  std::vector<Attribute> attributes;
  for (const StandardAttribute& standard : kStandardAttributes) {
    Attribute& attribute = attributes.emplace_back();
    attribute.model = standard.model;
    attribute.full_name = standard.full_name;
    attribute.name = standard.full_name.substr(standard.full_name.rfind('.') + 1);
    attribute.label = standard.label;
    attribute.type = standard.type;
    attribute.api_writable = standard.api_writable;
    attribute.messenger_writable = true;
  }
  return attributes;
}

}  // namespace rowcall::sandbox
