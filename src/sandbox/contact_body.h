#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sandbox/call.h"
#include "sandbox/custom_values.h"
#include "sandbox/fields.h"

namespace rowcall::sandbox {

/// The body of POST /contacts and PUT /contacts/{id}, checked as far as that is possible without the contact. Top-level
/// fields that Intercom does not know are left out without an error.
struct ContactBody {
  Given<Role> role;
  Given<std::string> external_id;
  Given<std::string> email;
  Given<std::string> phone;
  Given<std::string> name;
  Given<std::string> avatar;
  Given<std::string> owner_id;
  Given<std::int64_t> signed_up_at;
  Given<std::int64_t> last_seen_at;
  Given<bool> unsubscribed_from_emails;
  std::vector<CustomChange> custom;
};

OrRefusal<ContactBody> ReadContactBody(const boost::json::object& body, const Workspace& workspace);

/// Lays all fields but role, external_id and email over `contact`.
void ApplyPlainFields(const ContactBody& body, Contact& contact);

}  // namespace rowcall::sandbox
