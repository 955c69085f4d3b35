#include "sandbox/routes.h"

#include <iterator>

#include "base/text.h"
#include "sandbox/endpoints.h"

namespace rowcall::sandbox {

namespace {

// A fixed segment stands before a braced one in the same place: the first match wins.
constexpr Route kRoutes[] = {
    {"POST", "/contacts", CreateContact},
    {"PUT", "/contacts/{id}", UpdateContact},
    {"POST", "/companies", UpsertCompany},
    {"POST", "/contacts/{id}/companies", AttachCompany},
    {"GET", "/contacts", ListContacts},
    {"GET", "/contacts/{id}", ShowOneContact},
    {"GET", "/contacts/find_by_external_id/{external_id}", FindContactByExternalId},
    {"GET", "/contacts/{id}/companies", ListCompaniesOfContact},
    {"POST", "/contacts/search", SearchContacts},
    {"POST", "/contacts/merge", MergeContacts},
    {"POST", "/contacts/{id}/archive", ArchiveContact},
    {"POST", "/contacts/{id}/unarchive", UnarchiveContact},
    {"DELETE", "/contacts/{id}", DeleteContact},
    {"DELETE", "/contacts/{id}/companies/{company_id}", DetachCompany},
    {"GET", "/companies", FindCompanies},
    {"POST", "/companies/list", ListCompanies},
    {"GET", "/companies/{id}", ShowOneCompany},
    {"PUT", "/companies/{id}", UpdateCompany},
    {"DELETE", "/companies/{id}", DeleteCompany},
    {"GET", "/data_attributes", ListDataAttributes},
    {"POST", "/data_attributes", CreateDataAttribute},
    {"PUT", "/data_attributes/{id}", UpdateDataAttribute},
    {"GET", "/admins", ListAdmins},
    {"GET", "/me", IdentifyAdmin},
};

using Pattern = std::vector<std::string_view>;

const std::vector<Pattern>& Patterns() {
  static const std::vector<Pattern> patterns = [] {
    std::vector<Pattern> split;
    for (const Route& route : kRoutes) split.push_back(Split(route.pattern.substr(1), '/'));
    return split;
  }();
  return patterns;
}

bool Matches(const Pattern& pattern, const std::vector<std::string>& segments, std::vector<std::string_view>& ids) {
  if (pattern.size() != segments.size()) return false;
  ids.clear();
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i].starts_with('{')) {
      ids.push_back(segments[i]);
    } else if (pattern[i] != segments[i]) {
      return false;
    }
  }
  return true;
}

}  // namespace

std::string Route::Operation() const { return std::string(method) + " " + std::string(pattern); }

std::span<const Route> Routes() { return kRoutes; }

std::optional<RouteMatch> FindRoute(std::string_view method, const std::vector<std::string>& segments) {
  RouteMatch match{};
  for (std::size_t i = 0; i < std::size(kRoutes); ++i) {
    if (kRoutes[i].method != method || !Matches(Patterns()[i], segments, match.ids)) continue;
    match.route = &kRoutes[i];
    match.index = i;
    return match;
  }
  return std::nullopt;
}

}  // namespace rowcall::sandbox
