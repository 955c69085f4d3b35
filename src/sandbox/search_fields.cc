#include "sandbox/search_fields.h"

#include <algorithm>
#include <string>

#include "base/text.h"

namespace rowcall::sandbox {

namespace {

using Value = std::optional<Scalar>;

template <typename T>
Value Wrap(const std::optional<T>& field) {
  return field.has_value() ? Value(*field) : std::nullopt;
}

Value Email(const Contact& contact) {
  return contact.email.has_value() ? Value(AsciiLower(*contact.email)) : std::nullopt;
}

Value EmailDomain(const Contact& contact) {
  const std::size_t at = contact.email.has_value() ? contact.email->rfind('@') : std::string::npos;
  return at == std::string::npos ? std::nullopt : Value(AsciiLower(contact.email->substr(at + 1)));
}

Value Never(const Contact&) { return std::nullopt; }

struct StandardField {
  std::string_view name;
  FieldKind kind;
  Value (*read)(const Contact&);
};

constexpr StandardField kStandardFields[] = {
    {"id", FieldKind::text, [](const Contact& c) { return Value(std::string(c.id.text())); }},
    {"role", FieldKind::text,
     [](const Contact& c) { return Value(std::string(c.role == Role::user ? "user" : "lead")); }},
    {"name", FieldKind::text, [](const Contact& c) { return Wrap(c.name); }},
    {"avatar", FieldKind::text, [](const Contact& c) { return Wrap(c.avatar); }},
    {"owner_id", FieldKind::text, [](const Contact& c) { return Wrap(c.owner_id); }},
    {"email", FieldKind::text, Email},
    {"email_domain", FieldKind::text, EmailDomain},
    {"phone", FieldKind::text, [](const Contact& c) { return Wrap(c.phone); }},
    {"external_id", FieldKind::text, [](const Contact& c) { return Wrap(c.external_id); }},
    {"created_at", FieldKind::date, [](const Contact& c) { return Value(c.created_at); }},
    {"updated_at", FieldKind::date, [](const Contact& c) { return Value(c.updated_at); }},
    {"signed_up_at", FieldKind::date, [](const Contact& c) { return Wrap(c.signed_up_at); }},
    {"last_seen_at", FieldKind::date, [](const Contact& c) { return Wrap(c.last_seen_at); }},
    {"last_contacted_at", FieldKind::date, Never},
    {"last_replied_at", FieldKind::date, Never},
    {"unsubscribed_from_emails", FieldKind::boolean,
     [](const Contact& c) { return Value(c.unsubscribed_from_emails); }},
    {"marked_email_as_spam", FieldKind::boolean, [](const Contact&) { return Value(false); }},
    {"has_hard_bounced", FieldKind::boolean, [](const Contact&) { return Value(false); }},
};

FieldKind KindOf(DataType type) {
  switch (type) {
    case DataType::string:
    case DataType::options: return FieldKind::text;
    case DataType::boolean: return FieldKind::boolean;
    case DataType::integer:
    case DataType::number: return FieldKind::number;
    case DataType::date:
    case DataType::datetime: break;
  }
  return FieldKind::date;
}

SearchField CustomField(const Attribute& attribute) {
  auto read = [&attribute](const Contact& contact) -> Value {
    const auto held = std::ranges::find(contact.custom, &attribute, &CustomValue::attribute);
    return held == contact.custom.end() ? std::nullopt : Value(held->value);
  };
  return {KindOf(attribute.type), false, std::move(read)};
}

}  // namespace

OrRefusal<SearchField> FindSearchField(std::string_view name, const Workspace& workspace) {
  const auto standard = std::ranges::find(kStandardFields, name, &StandardField::name);
  if (standard != std::end(kStandardFields)) {
    const bool folded = name == "email" || name == "email_domain";
    return SearchField{standard->kind, folded, standard->read};
  }
  constexpr std::string_view kCustom = "custom_attributes.";
  if (name.starts_with(kCustom)) {
    const Attribute* attribute = workspace.FindCustomAttribute(Model::contact, name.substr(kCustom.size()));
    if (attribute != nullptr) return CustomField(*attribute);
  }
  return RefuseParameter("Invalid field '" + std::string(name) + "' in the query");
}

}  // namespace rowcall::sandbox
