#pragma once

#include <map>
#include <string>
#include <string_view>

#include "api/server.h"
#include "api/submission.h"
#include "model/instance.h"

namespace rowcall::api {

/// Who calls.
struct Caller {
  TenantId tenant;
  model::Instance instance;                   ///< Of an element call.
  const KnownConnector* connector = nullptr;  ///< Of that instance; set in an element call.
};

/// One request on its way through a handler.
struct Call {
  const ApiParts& parts;
  net::ServerRequest& request;
  std::map<std::string, std::string, std::less<>> path;  ///< Values of the pattern's parameters: {"id","1234"}.
  std::string hub;         ///< From the path; "" = none.
  SubmissionsUnderWay& submissions;
  Caller caller;

  const connector::Connector& connector() const { return *caller.connector->connector; }
};

}  // namespace rowcall::api
