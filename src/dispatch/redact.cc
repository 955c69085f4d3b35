#include "dispatch/redact.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace rowcall::dispatch {

namespace {

constexpr std::size_t kShortestSecret = 8;
constexpr std::string_view kStandIn = "[secret]";

/// The longest first, so that one that holds another is replaced whole.
std::vector<std::string_view> SecretsOf(const model::Instance& instance) {
  std::vector<std::string_view> secrets;
  for (const auto& [name, secret] : instance.secrets) {
    if (secret.Reveal().size() >= kShortestSecret) secrets.push_back(secret.Reveal());
  }
  std::ranges::sort(secrets, std::ranges::greater(), &std::string_view::size);
  return secrets;
}

void ReplaceAll(std::string& text, std::string_view secret) {
  for (std::size_t at = 0; (at = text.find(secret, at)) != std::string::npos; at += kStandIn.size()) {
    text.replace(at, secret.size(), kStandIn);
  }
}

}  // namespace

void Redact(const model::Instance& instance, model::Reason& reason) {
  for (const std::string_view secret : SecretsOf(instance)) {
    for (std::string* text :
         {&reason.code, &reason.message, &reason.service_code, &reason.service_message, &reason.service_request_id}) {
      ReplaceAll(*text, secret);
    }
  }
}

}  // namespace rowcall::dispatch
