#include "sandbox/admission.h"

#include <string>
#include <string_view>

#include "base/text.h"
#include "sandbox/service.h"

namespace rowcall::sandbox {

namespace {

constexpr std::string_view kNewest = "2.16";

bool Bears(std::string_view authorization, std::string_view token) {
  const std::size_t space = authorization.find(' ');
  return space != std::string_view::npos && EqualsIgnoringAsciiCase(authorization.substr(0, space), "bearer") &&
         Trim(authorization.substr(space + 1)) == token;
}

bool IsKnownVersion(std::string_view version) {
  return version.empty() || version == "2.14" || version == "2.15" || version == kNewest;
}

bool AcceptsJson(std::string_view accept) {
  for (const std::string_view range : Split(accept, ',')) {
    const std::string type = AsciiLower(Trim(range.substr(0, range.find(';'))));
    if (type == "application/json" || type == "application/*" || type == "*/*") return true;
  }
  return false;
}

OrRefusal<void> SpendRate(State& state, net::Headers& headers) {
  const std::int64_t limit = state.rate.limit();
  const RateWindow::Ticket ticket = state.rate.Take(state.clock.Now());
  if (limit == 0) return {};
  headers.Add("X-RateLimit-Limit", std::to_string(limit));
  headers.Add("X-RateLimit-Remaining", std::to_string(ticket.remaining));
  headers.Add("X-RateLimit-Reset", std::to_string(ticket.reset_s));
  if (ticket.allowed) return {};
  return Refuse(429, "rate_limit_exceeded", "Exceeded rate limit of " + std::to_string(limit) + " in 10_seconds");
}

}  // namespace

OrRefusal<void> Admit(const Request& request, State& state, net::Headers& headers) {
  if (!Bears(request.authorization, state.token)) return Refuse(401, "unauthorized", "Access Token Invalid");
  RETURN_IF_REFUSED(SpendRate(state, headers));
  if (!IsKnownVersion(request.version)) {
    return Refuse(400, "intercom_version_invalid", "Requested resource is not available in current API version.");
  }
  headers.Add("Intercom-Version", request.version.empty() ? std::string(kNewest) : request.version);
  if (!AcceptsJson(request.accept)) {
    return Refuse(406, "media_type_not_acceptable", "The Accept header should send a media type of application/json");
  }
  return {};
}

bool ShowsNumericOwner(const Request& request) { return !request.version.empty() && request.version != kNewest; }

}  // namespace rowcall::sandbox
