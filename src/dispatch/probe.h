#pragma once

#include <string>
#include <utility>
#include <vector>

#include "async/task.h"
#include "base/result.h"
#include "connector/connector.h"
#include "model/instance.h"
#include "model/object_schema.h"
#include "net/http_client.h"

namespace rowcall::dispatch {

/// What the connection test showed, e.g. {"app.name", "Acme"}.
using ConnectionReport = std::vector<std::pair<std::string, std::string>>;

/// Makes the connector's test call with the instance's credentials. Fails with `unauthenticated` and the service's words
/// if they are refused, `forbidden` if the address is not allowed, `unavailable` if there is no usable answer. Writes
/// nothing at the service.
async::Task<Result<ConnectionReport>> TestConnection(net::HttpClient& http, const connector::Connector& connector,
                                                     const model::Instance& instance);

/// The object's fields with those of the workspace's own making, for it and for its relations. Fails as TestConnection.
async::Task<Result<model::ObjectSchema>> DiscoverSchema(net::HttpClient& http, const connector::Connector& connector,
                                                        const connector::ObjectSpec& object,
                                                        const model::Instance& instance);

}  // namespace rowcall::dispatch
