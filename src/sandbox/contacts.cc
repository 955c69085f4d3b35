#include <utility>

#include "sandbox/contact_body.h"
#include "sandbox/contact_json.h"
#include "sandbox/contact_keys.h"
#include "sandbox/contact_making.h"
#include "sandbox/endpoints.h"
#include "sandbox/paging.h"

namespace rowcall::sandbox {

namespace {

Answer Shown(const Call& call, const Contact& contact, bool written) {
  const ContactView view{.numeric_owner = call.numeric_owner};
  return {200, ShowContact(contact, view), written ? std::string(contact.id.text()) : std::string()};
}

std::optional<std::string> NonEmpty(const Given<std::string>& field) {
  return field.has_value() && !field.value->empty() ? field.value : std::nullopt;
}

/// The keys that an update would give to `contact` and that it does not have yet.
WantedKeys NewKeys(const ContactBody& body, const Contact& contact, bool becomes_user) {
  WantedKeys wanted{NonEmpty(body.external_id), NonEmpty(body.email)};
  if (becomes_user && !wanted.email.has_value()) wanted.email = contact.email;
  const bool same_email =
      wanted.email.has_value() && contact.email.has_value() && FoldedEqual()(*wanted.email, *contact.email);
  if (same_email && !becomes_user) wanted.email.reset();
  if (wanted.external_id == contact.external_id) wanted.external_id.reset();
  return wanted;
}

}  // namespace

Contact& MakeContact(Call& call, const ContactBody& body) {
  Contact contact;
  contact.role = body.role.value.value_or(Role::user);
  contact.external_id = contact.role == Role::lead ? call.random.Uuid() : NonEmpty(body.external_id);
  contact.email = NonEmpty(body.email);
  contact.created_at = contact.updated_at = call.now_s;
  contact.searchable_from = call.now + call.rules.search_lag;
  ApplyPlainFields(body, contact);
  return call.workspace.AddContact(std::move(contact));
}

OrRefusal<Answer> CreateContact(Call& call) {
  ASSIGN_OR_REFUSE(const ContactBody body, ReadContactBody(call.body, call.workspace));
  const WantedKeys wanted{NonEmpty(body.external_id), NonEmpty(body.email)};
  if (body.role.value != Role::lead) {
    if (!wanted.external_id.has_value() && !wanted.email.has_value()) {
      return Refuse(400, "parameter_not_found", "A user needs an email or an external_id");
    }
    RETURN_IF_REFUSED(CheckKeysAreFree(call, wanted, nullptr));
  }
  return Shown(call, MakeContact(call, body), true);
}

OrRefusal<Answer> UpdateContact(Call& call) {
  ASSIGN_OR_REFUSE(Contact * contact, FindLiveContact(call, call.ids[0]));
  ASSIGN_OR_REFUSE(const ContactBody body, ReadContactBody(call.body, call.workspace));
  const Role role = body.role.value.value_or(contact->role);
  if (contact->role == Role::user && role == Role::lead) {
    return Refuse(400, "client_error", "Contact with user role can't be converted to a lead");
  }
  const WantedKeys wanted = NewKeys(body, *contact, contact->role != role);
  if (role == Role::user) {
    RETURN_IF_REFUSED(CheckKeysAreFree(call, wanted, contact));
  }
  LetIndexLag(call, *contact);
  if (role == Role::user) {
    if (wanted.external_id.has_value()) call.workspace.SetExternalId(*contact, *wanted.external_id);
  }
  contact->role = role;
  if (body.email.given) call.workspace.SetEmail(*contact, body.email.value.value_or(""));
  ApplyPlainFields(body, *contact);
  contact->updated_at = call.now_s;
  return Shown(call, *contact, true);
}

OrRefusal<Answer> ShowOneContact(Call& call) {
  ASSIGN_OR_REFUSE(const Contact* contact, FindLiveContact(call, call.ids[0]));
  return Shown(call, *contact, false);
}

OrRefusal<Answer> FindContactByExternalId(Call& call) {
  Contact* found = call.workspace.FindContactByExternalId(call.ids[0]);
  ASSIGN_OR_REFUSE(const Contact* contact, RequireLive(found));
  if (contact->role != Role::user) return UserNotFound();
  return Shown(call, *contact, false);
}

OrRefusal<Answer> ListContacts(Call& call) {
  const auto per_page = call.query.Find("per_page");
  ASSIGN_OR_REFUSE(const CursorPage page, ReadCursorPage(per_page, call.query.Find("starting_after")));
  const std::deque<Contact>& contacts = call.workspace.contacts();
  std::size_t next = page.after.empty() ? 0 : NumberIn(page.after).value_or(0) + 1;
  std::vector<const Contact*> shown;
  bool more = false;
  for (; next < contacts.size() && !more; ++next) {
    if (contacts[next].state != ContactState::live) continue;
    more = shown.size() == page.per_page;
    if (!more) shown.push_back(&contacts[next]);
  }
  return Answer{200, ShowContactPage(call, shown, page, call.workspace.live_contacts(), more), {}};
}

}  // namespace rowcall::sandbox
