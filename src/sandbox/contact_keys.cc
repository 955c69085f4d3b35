#include "sandbox/contact_keys.h"

#include <algorithm>
#include <utility>

namespace rowcall::sandbox {

namespace {

bool IsRival(const Contact& holder, const Contact* self) {
  return &holder != self && holder.role == Role::user && holder.state != ContactState::merged;
}

bool IsLive(const Contact* contact) { return contact->state == ContactState::live; }

std::unexpected<Refusal> RefuseTaken(const Contact& holder) {
  const std::string_view which = IsLive(&holder) ? "A" : "An archived";
  return Refuse(
      409, "conflict",
      std::string(which) + " contact matching those details already exists with id=" + std::string(holder.id.text()));
}

OrRefusal<void> CheckEmail(const Call& call, std::string_view email, const Contact* self) {
  std::vector<Contact*> holders = call.workspace.ContactsWithEmail(email);
  std::erase_if(holders, [&](const Contact* holder) { return !IsRival(*holder, self); });
  if (std::ranges::count_if(holders, IsLive) > 1) {
    return Refuse(409, "conflict",
                  "Multiple existing users match this email address - must be more specific using user_id");
  }
  if (holders.empty() || !call.rules.email_unique) return {};
  const auto live = std::ranges::find_if(holders, IsLive);
  return RefuseTaken(live == holders.end() ? *holders.front() : **live);
}

}  // namespace

void LetIndexLag(const Call& call, Contact& contact) {
  if (call.rules.search_lag == Duration(0)) return;
  std::vector<Contact> earlier = std::exchange(contact.earlier, {});
  if (contact.searchable_from <= call.now) earlier.clear();
  earlier.push_back(contact);
  contact.earlier = std::move(earlier);
  contact.searchable_from = call.now + call.rules.search_lag;
}

OrRefusal<void> CheckKeysAreFree(const Call& call, const WantedKeys& wanted, const Contact* self) {
  if (wanted.external_id.has_value()) {
    const Contact* holder = call.workspace.FindContactByExternalId(*wanted.external_id);
    if (holder != nullptr && IsRival(*holder, self)) return RefuseTaken(*holder);
  }
  if (wanted.email.has_value()) return CheckEmail(call, *wanted.email, self);
  return {};
}

OrRefusal<Contact*> RequireLive(Contact* contact) {
  if (contact == nullptr) return UserNotFound();
  if (contact->state == ContactState::merged) {
    return std::unexpected(
        Refusal{410, "contact_merged", "This contact has been merged. See the 'Link' header for the canonical contact.",
                "</contacts/" + std::string(contact->merged_into->id.text()) + ">; rel=\"canonical\""});
  }
  if (contact->state != ContactState::live) return UserNotFound();
  return contact;
}

OrRefusal<Contact*> FindLiveContact(const Call& call, std::string_view id) {
  return RequireLive(call.workspace.FindContact(id));
}

}  // namespace rowcall::sandbox
