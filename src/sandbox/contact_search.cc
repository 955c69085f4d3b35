#include <boost/json/value.hpp>

#include <algorithm>

#include "sandbox/endpoints.h"
#include "sandbox/fields.h"
#include "sandbox/paging.h"
#include "sandbox/search_filter.h"

namespace rowcall::sandbox {

namespace {

namespace json = boost::json;

/// The contact as the index shows it now: as it was before the newest changes; null if it shows none.
const Contact* Indexed(const Call& call, const Contact& contact) {
  const Contact* shown = contact.searchable_from <= call.now ? &contact : nullptr;
  for (auto version = contact.earlier.rbegin(); shown == nullptr && version != contact.earlier.rend(); ++version) {
    if (version->searchable_from <= call.now) shown = &*version;
  }
  return shown != nullptr && shown->state == ContactState::live ? shown : nullptr;
}

/// Whom a filter can match: by a key the few that bear it, otherwise everybody.
std::vector<const Contact*> Candidates(const Call& call, const Filter& filter) {
  std::vector<const Contact*> candidates;
  const bool keys_are_current = call.rules.search_lag == Duration(0);
  const bool by_email = keys_are_current && filter.kind == Filter::Kind::comparison && filter.field_name == "email" &&
                        filter.operation == "=" && filter.values.front().has_value();
  if (by_email) {
    for (Contact* contact : call.workspace.ContactsWithEmail(std::get<std::string>(*filter.values.front()))) {
      candidates.push_back(Indexed(call, *contact));
    }
  } else {
    for (const Contact& contact : call.workspace.contacts()) candidates.push_back(Indexed(call, contact));
  }
  std::erase(candidates, nullptr);
  return candidates;
}

OrRefusal<void> Sort(const Call& call, std::vector<const Contact*>& found) {
  const json::value* sort = call.body.if_contains("sort");
  if (sort == nullptr || !sort->is_object()) return {};
  ASSIGN_OR_REFUSE(const Given<std::string> name, ReadText(sort->get_object(), "field"));
  ASSIGN_OR_REFUSE(const Given<std::string> order, ReadText(sort->get_object(), "order"));
  const std::string direction = order.value.value_or("descending");
  if (direction != "ascending" && direction != "descending") {
    return Refuse(400, "invalid_sort_order",
                  "Invalid sort order '" + direction + "'. Must be one of: ascending, descending");
  }
  ASSIGN_OR_REFUSE(const SearchField field, FindSearchField(name.value.value_or("created_at"), call.workspace));
  const auto before = [&](const Contact* a, const Contact* b) {
    const auto first = field.read(*a);
    const auto second = field.read(*b);
    if (first == second) return a->id.text() < b->id.text();
    return (first < second) == (direction == "ascending");
  };
  std::ranges::sort(found, before);
  return {};
}

OrRefusal<CursorPage> ReadPagination(const json::object& body) {
  const json::value* given = body.if_contains("pagination");
  if (given == nullptr || given->is_null()) return CursorPage{};
  if (!given->is_object()) return RefuseParameter("'pagination' must be an object");
  ASSIGN_OR_REFUSE(const Given<std::string> per_page, ReadText(given->get_object(), "per_page"));
  ASSIGN_OR_REFUSE(const Given<std::string> after, ReadText(given->get_object(), "starting_after"));
  return ReadCursorPage(per_page.value, after.value);
}

}  // namespace

OrRefusal<Answer> SearchContacts(Call& call) {
  const json::value* query = call.body.if_contains("query");
  if (query == nullptr) return RefuseParameter("The search has no 'query'");
  ASSIGN_OR_REFUSE(const Filter filter, ReadFilter(*query, call.workspace));
  ASSIGN_OR_REFUSE(const CursorPage page, ReadPagination(call.body));
  std::vector<const Contact*> found = Candidates(call, filter);
  std::erase_if(found, [&](const Contact* contact) { return !Matches(filter, *contact); });
  RETURN_IF_REFUSED(Sort(call, found));
  const auto total = static_cast<std::int64_t>(found.size());
  if (!page.after.empty()) {
    const auto last = std::ranges::find(found, page.after, [](const Contact* contact) { return contact->id.text(); });
    found.erase(found.begin(), last == found.end() ? last : last + 1);
  }
  const bool more = found.size() > page.per_page;
  if (more) found.resize(page.per_page);
  return Answer{200, ShowContactPage(call, found, page, total, more), {}};
}

}  // namespace rowcall::sandbox
