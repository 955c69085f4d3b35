#pragma once

#include <map>
#include <string>
#include <string_view>

#include "api/known_callers.h"
#include "api/server.h"
#include "api/submission.h"

namespace rowcall::api {

/// One request on its way through a handler.
struct Call {
  const ApiParts& parts;
  net::ServerRequest& request;
  std::map<std::string, std::string, std::less<>> path;  ///< Values of the pattern's parameters: {"id","1234"}.
  std::string hub;         ///< From the path; "" = none.
  SubmissionsUnderWay& submissions;
  KnownCallers& known_callers;
  Caller caller;

  const connector::Connector& connector() const { return *caller.connector->connector; }
};

}  // namespace rowcall::api
