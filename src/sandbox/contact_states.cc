#include <string>

#include "base/json_writer.h"
#include "sandbox/contact_json.h"
#include "sandbox/contact_keys.h"
#include "sandbox/endpoints.h"
#include "sandbox/fields.h"

namespace rowcall::sandbox {

namespace {

Answer ShownReference(const Contact& contact, std::string_view flag, bool value) {
  Answer answer;
  answer.id = contact.id.text();
  JsonWriter json(answer.body);
  json.BeginObject().Key("type").String("contact").Key("id").String(contact.id.text()).Key("external_id");
  contact.external_id.has_value() ? json.String(*contact.external_id) : json.Null();
  json.Key(flag).Bool(value).EndObject();
  return answer;
}

OrRefusal<Contact*> ReadContactId(const Call& call, std::string_view field) {
  ASSIGN_OR_REFUSE(const Given<std::string> id, ReadText(call.body, field));
  if (!id.has_value()) return Refuse(400, "parameter_not_found", std::string(field) + " not specified");
  return FindLiveContact(call, *id.value);
}

bool SameText(const std::optional<std::string>& a, const std::optional<std::string>& b) {
  return a.has_value() && !a->empty() && b.has_value() && FoldedEqual()(*a, *b);
}

void FillFrom(const Contact& from, Contact& into) {
  if (!into.phone.has_value()) into.phone = from.phone;
  if (!into.name.has_value()) into.name = from.name;
  if (!into.avatar.has_value()) into.avatar = from.avatar;
  if (!into.owner_id.has_value()) into.owner_id = from.owner_id;
}

void MoveCompanies(Workspace& workspace, Contact& from, Contact& into) {
  const std::vector<Company*> companies = from.companies;
  for (Company* company : companies) {
    workspace.Detach(from, *company);
    if (!Workspace::IsAttached(into, *company)) workspace.Attach(into, *company);
  }
}

}  // namespace

OrRefusal<Answer> ArchiveContact(Call& call) {
  ASSIGN_OR_REFUSE(Contact * contact, FindLiveContact(call, call.ids[0]));
  LetIndexLag(call, *contact);
  call.workspace.SetState(*contact, ContactState::archived);
  contact->updated_at = call.now_s;
  return ShownReference(*contact, "archived", true);
}

OrRefusal<Answer> UnarchiveContact(Call& call) {
  Contact* contact = call.workspace.FindContact(call.ids[0]);
  if (contact != nullptr && contact->state == ContactState::deleted) {
    return Refuse(400, "bad_request", "User has been marked for permanent deletion and is not restorable.");
  }
  if (contact == nullptr || contact->state == ContactState::merged) return UserNotFound();
  LetIndexLag(call, *contact);
  call.workspace.SetState(*contact, ContactState::live);
  contact->updated_at = call.now_s;
  return ShownReference(*contact, "archived", false);
}

OrRefusal<Answer> DeleteContact(Call& call) {
  Contact* contact = call.workspace.FindContact(call.ids[0]);
  const bool can_be_deleted =
      contact != nullptr && (contact->state == ContactState::live || contact->state == ContactState::archived);
  if (!can_be_deleted) return UserNotFound();
  LetIndexLag(call, *contact);
  call.workspace.SetState(*contact, ContactState::deleted);
  contact->updated_at = call.now_s;
  return ShownReference(*contact, "deleted", true);
}

OrRefusal<Answer> MergeContacts(Call& call) {
  ASSIGN_OR_REFUSE(Contact * from, ReadContactId(call, "from"));
  ASSIGN_OR_REFUSE(Contact * into, ReadContactId(call, "into"));
  ASSIGN_OR_REFUSE(const Given<bool> skip_check, ReadBool(call.body, "skip_duplicate_validation"));
  if (from->role != Role::lead || into->role != Role::user) {
    return Refuse(400, "invalid_merge", "Only a lead can be merged, and only into a user");
  }
  if (!skip_check.value.value_or(false) && !SameText(from->email, into->email) && !SameText(from->phone, into->phone)) {
    return Refuse(400, "invalid_merge",
                  "Contacts can only be merged when they are duplicates (matching email or phone). Pass "
                  "skip_duplicate_validation=true to override this check.");
  }
  FillFrom(*from, *into);
  MoveCompanies(call.workspace, *from, *into);
  call.workspace.SetState(*from, ContactState::merged);
  from->merged_into = into;
  into->updated_at = call.now_s;
  return Answer{200, ShowContact(*into, {.numeric_owner = call.numeric_owner}), std::string(into->id.text())};
}

}  // namespace rowcall::sandbox
