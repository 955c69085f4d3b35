#include "sandbox/contact_body.h"

namespace rowcall::sandbox {

namespace {

OrRefusal<Given<Role>> ReadRole(const boost::json::object& body) {
  ASSIGN_OR_REFUSE(const Given<std::string> text, ReadText(body, "role"));
  if (!text.has_value()) return Given<Role>{};
  if (*text.value == "user" || *text.value == "contact") return Given<Role>{true, Role::user};
  if (*text.value == "lead") return Given<Role>{true, Role::lead};
  return RefuseParameter("role must be either user or lead");
}

OrRefusal<void> CheckEmailVerified(const boost::json::object& body, const Given<std::string>& email) {
  ASSIGN_OR_REFUSE(const Given<bool> verified, ReadBool(body, "email_verified"));
  if (verified.has_value() && !email.has_value()) {
    return RefuseParameter("email_verified must be supplied together with an email");
  }
  return {};
}

OrRefusal<void> CheckOwner(const Given<std::string>& owner, const Workspace& workspace) {
  if (!owner.has_value() || workspace.IsAdmin(*owner.value)) return {};
  return RefuseParameter("The owner specified is not a member of the workspace");
}

}  // namespace

OrRefusal<ContactBody> ReadContactBody(const boost::json::object& body, const Workspace& workspace) {
  ContactBody read;
  ASSIGN_OR_REFUSE(read.role, ReadRole(body));
  ASSIGN_OR_REFUSE(read.external_id, ReadText(body, "external_id"));
  ASSIGN_OR_REFUSE(read.email, ReadText(body, "email"));
  ASSIGN_OR_REFUSE(read.phone, ReadText(body, "phone"));
  ASSIGN_OR_REFUSE(read.name, ReadText(body, "name"));
  ASSIGN_OR_REFUSE(read.avatar, ReadText(body, "avatar"));
  ASSIGN_OR_REFUSE(read.owner_id, ReadText(body, "owner_id"));
  ASSIGN_OR_REFUSE(read.signed_up_at, ReadInteger(body, "signed_up_at"));
  ASSIGN_OR_REFUSE(read.last_seen_at, ReadInteger(body, "last_seen_at"));
  ASSIGN_OR_REFUSE(read.unsubscribed_from_emails, ReadBool(body, "unsubscribed_from_emails"));
  RETURN_IF_REFUSED(CheckEmailVerified(body, read.email));
  RETURN_IF_REFUSED(CheckOwner(read.owner_id, workspace));
  ASSIGN_OR_REFUSE(read.custom, ReadCustomChanges(body, workspace, Model::contact));
  return read;
}

void ApplyPlainFields(const ContactBody& body, Contact& contact) {
  body.phone.ApplyTo(contact.phone);
  body.name.ApplyTo(contact.name);
  body.avatar.ApplyTo(contact.avatar);
  body.owner_id.ApplyTo(contact.owner_id);
  body.signed_up_at.ApplyTo(contact.signed_up_at);
  body.last_seen_at.ApplyTo(contact.last_seen_at);
  if (body.unsubscribed_from_emails.has_value()) {
    contact.unsubscribed_from_emails = *body.unsubscribed_from_emails.value;
  }
  ApplyCustomChanges(contact.custom, body.custom);
}

}  // namespace rowcall::sandbox
