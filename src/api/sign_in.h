#pragma once

#include <optional>
#include <string_view>

#include "api/call.h"
#include "base/secret.h"

namespace rowcall::api {

/// What an Authorization header names.
struct Credentials {
  std::optional<Secret> element, user, organization;
};

/// Reads "Element <token>, User <secret>, Organization <secret>": in any order, in any case of the words, each at most
/// once. Fails with `unauthenticated`; the message never quotes the header.
Result<Credentials> ParseAuthorization(std::string_view header);

/// Finds out who calls. Fails with `unauthenticated` if anything that the route needs is missing, unknown or does not
/// belong together; the message does not say which. The catalogue is asked on the pool, but not for a caller whom it
/// signed in since its last change.
async::Task<Result<Caller>> SignIn(const Call& call, Auth auth);

}  // namespace rowcall::api
