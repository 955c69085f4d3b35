#pragma once

#include "net/http_server.h"

namespace rowcall::api {

/// Writes a request's line ("request") to the log: who asked for what, what was answered, sizes and time. The path
/// stands there without its query, and nothing of the headers but the request's id.
void LogRequest(const net::RequestRecord& record);

}  // namespace rowcall::api
