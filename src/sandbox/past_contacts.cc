#include "sandbox/past_contacts.h"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <utility>
#include <vector>

#include "base/json_writer.h"
#include "sandbox/contact_making.h"

namespace rowcall::sandbox {

namespace {

namespace json = boost::json;

struct PastContact {
  ContactBody body;
  ContactState state = ContactState::live;
};

OrRefusal<PastContact> ReadPastContact(const json::value& value, const Workspace& workspace) {
  if (!value.is_object()) return RefuseParameter("Each contact must be an object");
  PastContact past;
  ASSIGN_OR_REFUSE(past.body, ReadContactBody(value.get_object(), workspace));
  ASSIGN_OR_REFUSE(const Given<bool> archived, ReadBool(value.get_object(), "archived"));
  ASSIGN_OR_REFUSE(const Given<bool> deleted, ReadBool(value.get_object(), "deleted"));
  if (archived.value.value_or(false)) past.state = ContactState::archived;
  if (deleted.value.value_or(false)) past.state = ContactState::deleted;
  return past;
}

OrRefusal<std::vector<PastContact>> ReadAll(std::string_view body, const Workspace& workspace) {
  boost::system::error_code error;
  const json::value parsed = json::parse(body, error);
  if (error || !parsed.is_array()) return RefuseParameter("The body must be a JSON array of contacts");
  std::vector<PastContact> all;
  for (const json::value& value : parsed.get_array()) {
    ASSIGN_OR_REFUSE(PastContact past, ReadPastContact(value, workspace));
    all.push_back(std::move(past));
  }
  return all;
}

}  // namespace

OrRefusal<std::string> AddPastContacts(State& state, std::string_view body) {
  ASSIGN_OR_REFUSE(const std::vector<PastContact> all, ReadAll(body, *state.workspace));
  const Query no_query;
  const json::object no_body;
  Call call{.workspace = *state.workspace,
            .rules = state.rules,
            .random = state.random,
            .now_s = state.NowSeconds(),
            .now = state.clock.MonotonicNow(),
            .numeric_owner = false,
            .ids = {},
            .query = no_query,
            .body = no_body};
  std::string ids;
  JsonWriter writer(ids);
  writer.BeginArray();
  for (const PastContact& past : all) {
    Contact& contact = MakeContact(call, past.body);
    state.workspace->SetState(contact, past.state);
    writer.String(contact.id.text());
  }
  writer.EndArray();
  return ids;
}

}  // namespace rowcall::sandbox
