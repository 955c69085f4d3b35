#pragma once

#include "api/call.h"

namespace rowcall::api {

/// Whether the instance may send to the address that its settings name. That is one of the connector's own hosts by
/// https (dispatch::IsOwnHost), or an address that the operator allowed by hand (`--allow-egress`); for a host name,
/// all its addresses must be. Fails with `invalid`, in the same words whether the name is unknown or may not be called.
///
/// This tells the user early. What a name means later is judged again at every connect, by the same rule: calls to any
/// other host than the connector's own are sent `only_allowed_by_hand`.
async::Task<Result<void>> CheckBaseUrl(const ApiParts& parts, const connector::Connector& connector,
                                       const model::Instance& instance);

}  // namespace rowcall::api
