#include "callback/signature.h"

#include "base/assert.h"
#include "base/crypto.h"

namespace rowcall::callback {

namespace {

constexpr std::string_view kSecretPrefix = "whsec_";

std::string StandardSignature(const Secret& webhook_secret, std::string_view id, std::string_view timestamp,
                              std::string_view body) {
  std::string_view encoded = webhook_secret.Reveal();
  if (encoded.starts_with(kSecretPrefix)) encoded.remove_prefix(kSecretPrefix.size());
  Result<std::string> key = DecodeBase64(encoded);
  ROWCALL_ASSERT(key.has_value() && !key->empty());  // made and sealed by the catalogue
  const Secret key_bytes(*std::move(key));
  std::string signed_text(id);
  signed_text.append(".").append(timestamp).append(".").append(body);
  return "v1," + Base64(Bytes(HmacSha256(key_bytes.Reveal(), signed_text)));
}

}  // namespace

std::string ElementsSignature(const Secret& key, std::string_view body) {
  return "sha256=" + Base64(Bytes(HmacSha256(key.Reveal(), body)));
}

net::Headers SignedHeaders(const model::Callback& callback, WallTime now, const Secret& webhook_secret,
                           const std::optional<Secret>& user_key) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
  const std::string timestamp = std::to_string(seconds);
  net::Headers headers;
  headers.Add("Content-Type", "application/json");
  headers.Add("User-Agent", "Rowcall");
  headers.Add("Elements-Webhook-Id", callback.webhook_id);
  headers.Add("webhook-id", callback.webhook_id);
  headers.Add("webhook-timestamp", timestamp);
  headers.Add("webhook-signature", StandardSignature(webhook_secret, callback.webhook_id, timestamp, callback.body));
  if (user_key.has_value() && !user_key->empty()) {
    headers.Add("Elements-Webhook-Signature", ElementsSignature(*user_key, callback.body));
  }
  return headers;
}

}  // namespace rowcall::callback
