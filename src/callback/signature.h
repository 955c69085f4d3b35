#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/secret.h"
#include "model/callback.h"
#include "net/headers.h"

namespace rowcall::callback {

/// The headers of a notice: Content-Type, Elements-Webhook-Id, the Standard Webhooks three (webhook-id,
/// webhook-timestamp, webhook-signature, with the instance's whsec_ secret), and Elements-Webhook-Signature
/// (`sha256=` + Base64 of HMAC-SHA256 over the body) only if the user gave a key of their own.
net::Headers SignedHeaders(const model::Callback& callback, WallTime now, const Secret& webhook_secret,
                           const std::optional<Secret>& user_key);

/// "sha256=…" over the exact bytes of `body`.
std::string ElementsSignature(const Secret& key, std::string_view body);

}  // namespace rowcall::callback
