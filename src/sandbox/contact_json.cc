#include "sandbox/contact_json.h"

#include <string_view>

#include "sandbox/company_json.h"
#include "sandbox/custom_values.h"
#include "sandbox/fields.h"
#include "sandbox/workspace.h"

namespace rowcall::sandbox {

namespace {

void AppendText(JsonWriter& json, std::string_view key, const std::optional<std::string>& text) {
  json.Key(key);
  text.has_value() ? json.String(*text) : json.Null();
}

void AppendTime(JsonWriter& json, std::string_view key, std::optional<std::int64_t> time) {
  json.Key(key);
  time.has_value() ? json.Int(*time) : json.Null();
}

/// Fields that only a browser, a phone or a conversation fills.
void AppendNeverFilled(JsonWriter& json) {
  static constexpr std::string_view kNull[] = {"last_replied_at",
                                               "last_contacted_at",
                                               "last_email_opened_at",
                                               "last_email_clicked_at",
                                               "language_override",
                                               "browser",
                                               "browser_version",
                                               "browser_language",
                                               "os",
                                               "android_app_name",
                                               "android_app_version",
                                               "android_device",
                                               "android_os_version",
                                               "android_sdk_version",
                                               "android_last_seen_at",
                                               "ios_app_name",
                                               "ios_app_version",
                                               "ios_device",
                                               "ios_os_version",
                                               "ios_sdk_version",
                                               "ios_last_seen_at",
                                               "utm_campaign",
                                               "utm_content",
                                               "utm_medium",
                                               "utm_source",
                                               "utm_term",
                                               "referrer",
                                               "enabled_push_messaging"};
  for (const std::string_view key : kNull) json.Key(key).Null();
  json.Key("has_hard_bounced").Bool(false).Key("marked_email_as_spam").Bool(false);
  json.Key("social_profiles").Raw(R"({"type":"list","data":[]})");
  json.Key("location")
      .Raw(R"({"type":"location","country":null,"region":null,"city":null,)"
           R"("country_code":null,"continent_code":null})");
}

void AppendEmptyList(JsonWriter& json, std::string_view key, const Contact& contact, std::string_view path) {
  json.Key(key).BeginObject().Key("type").String("list").Key("data").BeginArray().EndArray();
  json.Key("url").String("/contacts/" + std::string(contact.id.text()) + std::string(path));
  json.Key("total_count").Int(0).Key("has_more").Bool(false).EndObject();
}

void AppendReference(JsonWriter& json, const Company& company) {
  json.BeginObject().Key("id").String(company.id.text()).Key("type").String("company");
  json.Key("url").String("/companies/" + std::string(company.id.text())).EndObject();
}

void AppendCompanies(JsonWriter& json, const Contact& contact, bool whole) {
  constexpr int kShown = 10;
  int total = 0;
  json.Key("companies").BeginObject().Key("type").String("list").Key("data").BeginArray();
  for (const Company* company : contact.companies) {
    if (company->deleted) continue;
    ++total;
    if (whole) {
      AppendCompany(json, *company);
    } else if (total <= kShown) {
      AppendReference(json, *company);
    }
  }
  json.EndArray().Key("url").String("/contacts/" + std::string(contact.id.text()) + "/companies");
  json.Key("total_count").Int(total).Key("has_more").Bool(!whole && total > kShown).EndObject();
}

void AppendOwner(JsonWriter& json, const Contact& contact, bool numeric) {
  const auto number = numeric && contact.owner_id.has_value() ? ParseInteger(*contact.owner_id) : std::nullopt;
  if (number.has_value()) {
    json.Key("owner_id").Int(*number);
  } else {
    AppendText(json, "owner_id", contact.owner_id);
  }
}

void AppendEmail(JsonWriter& json, const Contact& contact) {
  AppendText(json, "email", contact.email);
  const std::size_t at = contact.email.has_value() ? contact.email->rfind('@') : std::string::npos;
  json.Key("email_domain");
  at == std::string::npos ? json.Null() : json.String(std::string_view(*contact.email).substr(at + 1));
}

void AppendAvatar(JsonWriter& json, const Contact& contact) {
  json.Key("avatar");
  if (!contact.avatar.has_value()) {
    json.Null();
    return;
  }
  json.BeginObject().Key("type").String("avatar").Key("image_url").String(*contact.avatar).EndObject();
}

void AppendState(JsonWriter& json, const Contact& contact) {
  json.Key("archived").Bool(contact.state == ContactState::archived);
  json.Key("deleted").Bool(contact.state == ContactState::deleted);
  json.Key("merged_into");
  contact.merged_into == nullptr ? json.Null() : json.String(contact.merged_into->id.text());
}

}  // namespace

void AppendContact(JsonWriter& json, const Contact& contact, const ContactView& view) {
  json.BeginObject().Key("type").String("contact").Key("id").String(contact.id.text());
  json.Key("workspace_id").String(kAppId);
  AppendText(json, "external_id", contact.external_id);
  json.Key("role").String(contact.role == Role::user ? "user" : "lead");
  AppendEmail(json, contact);
  AppendText(json, "phone", contact.phone);
  AppendText(json, "name", contact.name);
  AppendAvatar(json, contact);
  AppendOwner(json, contact, view.numeric_owner);
  json.Key("unsubscribed_from_emails").Bool(contact.unsubscribed_from_emails);
  json.Key("created_at").Int(contact.created_at).Key("updated_at").Int(contact.updated_at);
  AppendTime(json, "signed_up_at", contact.signed_up_at);
  AppendTime(json, "last_seen_at", contact.last_seen_at);
  AppendNeverFilled(json);
  json.Key("custom_attributes");
  AppendCustomValues(json, contact.custom);
  AppendEmptyList(json, "tags", contact, "/tags");
  AppendEmptyList(json, "notes", contact, "/notes");
  AppendCompanies(json, contact, view.truth);
  AppendEmptyList(json, "opted_out_subscription_types", contact, "/subscriptions");
  AppendEmptyList(json, "opted_in_subscription_types", contact, "/subscriptions");
  if (view.truth) AppendState(json, contact);
  json.EndObject();
}

std::string ShowContact(const Contact& contact, const ContactView& view) {
  std::string body;
  JsonWriter json(body);
  AppendContact(json, contact, view);
  return body;
}

}  // namespace rowcall::sandbox
