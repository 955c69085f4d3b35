#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "sandbox/record_id.h"

namespace rowcall::sandbox {

/// What a workspace holds, as plain values. All times are epoch seconds unless they say otherwise.

enum class Model { contact, company };
std::string_view Name(Model model);

enum class DataType { string, integer, number, boolean, date, datetime, options };

/// A data attribute: a field of contacts or of companies, one of Intercom's own or a custom one.
struct Attribute {
  std::int64_t id = 0;  ///< 0 for Intercom's own.
  Model model = Model::contact;
  std::string name;
  std::string full_name;
  std::string label;
  std::string description;
  DataType type = DataType::string;
  std::vector<std::string> options;
  bool api_writable = true;
  bool messenger_writable = false;
  bool archived = false;
  std::int64_t created_at = 0;
  std::int64_t updated_at = 0;
  bool custom() const { return id != 0; }
};

using Scalar = std::variant<std::string, std::int64_t, double, bool>;

struct CustomValue {
  const Attribute* attribute;  ///< Of the same workspace.
  Scalar value;
};

struct Company {
  RecordId id;
  std::string company_id;
  std::optional<std::string> name;
  std::optional<std::string> plan;
  std::optional<std::int64_t> size;
  std::optional<std::string> website;
  std::optional<std::string> industry;
  std::optional<std::int64_t> remote_created_at;
  std::optional<std::int64_t> last_request_at;
  std::int64_t monthly_spend = 0;
  std::int64_t created_at = 0;
  std::int64_t updated_at = 0;
  std::int64_t user_count = 0;  ///< Live contacts that are attached.
  bool deleted = false;
  std::vector<CustomValue> custom;
};

enum class Role { user, lead };
/// Deleted means: gone for every read, yet its keys stay taken. Merged means: lives on in another contact.
enum class ContactState { live, archived, deleted, merged };

struct Contact {
  RecordId id;
  Role role = Role::user;
  ContactState state = ContactState::live;
  std::optional<std::string> external_id;
  std::optional<std::string> email;
  std::optional<std::string> phone;
  std::optional<std::string> name;
  std::optional<std::string> avatar;
  std::optional<std::string> owner_id;
  std::optional<std::int64_t> signed_up_at;
  std::optional<std::int64_t> last_seen_at;
  bool unsubscribed_from_emails = false;
  std::int64_t created_at = 0;
  std::int64_t updated_at = 0;
  MonoTime searchable_from{};  ///< The search index does not know the contact, as it is now, before.
  std::vector<Contact> earlier;  ///< As it was: what the index shows until then, oldest first.
  std::vector<CustomValue> custom;
  std::vector<Company*> companies;  ///< Of the same workspace; deleted ones are still listed here and never shown.
  const Contact* merged_into = nullptr;
};

struct Admin {
  std::string id;
  std::string name;
  std::string email;
};

}  // namespace rowcall::sandbox
