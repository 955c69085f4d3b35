#pragma once

#include <optional>
#include <string>

#include "sandbox/call.h"

namespace rowcall::sandbox {

/// The keys that a user wants to have.
struct WantedKeys {
  std::optional<std::string> external_id;
  std::optional<std::string> email;
};

/// Before a contact is changed: the search index shows it as it was until the change has reached it.
void LetIndexLag(const Call& call, Contact& contact);

/// Refuses with Intercom's three 409s if another user has one of them: a live one, an archived one (deleted ones count
/// as archived), or several live ones with that e-mail. The first two name the holder's id. `self` is the contact that
/// is being changed, null for a new one. Leads hold no keys.
OrRefusal<void> CheckKeysAreFree(const Call& call, const WantedKeys& wanted, const Contact* self);

/// The live contact with that id; 404 if it is absent, archived or deleted, 410 with a link if it was merged.
OrRefusal<Contact*> FindLiveContact(const Call& call, std::string_view id);
OrRefusal<Contact*> RequireLive(Contact* contact);

}  // namespace rowcall::sandbox
