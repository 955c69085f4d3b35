#pragma once

#include <boost/json/object.hpp>

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "sandbox/answer.h"
#include "sandbox/random.h"
#include "sandbox/target.h"
#include "sandbox/workspace.h"

namespace rowcall::sandbox {

/// Where the sandbox may behave in more than one way because Intercom's own behaviour is not known for certain.
struct WorkspaceRules {
  Duration search_lag{0};  ///< How long search does not see a new contact, or a change.
  bool company_find_list = true;  ///< GET /companies?name= answers a list; otherwise one object.
  bool email_unique = true;  ///< A user's e-mail cannot be taken by a second user; otherwise by one more.
};

/// One request as an endpoint sees it. Lives as long as the endpoint runs.
struct Call {
  Workspace& workspace;
  const WorkspaceRules& rules;
  Random& random;
  std::int64_t now_s = 0;
  MonoTime now{};
  bool numeric_owner = false;        ///< Versions before 2.16 show owner_id as a number.
  std::vector<std::string_view> ids;  ///< What stands in the path where the route has {id}.
  const Query& query;
  const boost::json::object& body;  ///< Empty if the request has none.
};

using Endpoint = OrRefusal<Answer> (*)(Call&);

}  // namespace rowcall::sandbox
