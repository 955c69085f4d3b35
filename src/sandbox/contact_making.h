#pragma once

#include "sandbox/contact_body.h"

namespace rowcall::sandbox {

/// Adds a contact without asking whether its keys are free: POST /contacts asks before; a test that wants a workspace
/// with a past (two users who share an e-mail) does not.
Contact& MakeContact(Call& call, const ContactBody& body);

}  // namespace rowcall::sandbox
