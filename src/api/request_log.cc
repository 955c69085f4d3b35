#include "api/request_log.h"

#include <chrono>

#include "base/log.h"

namespace rowcall::api {

void LogRequest(const net::RequestRecord& record) {
  const std::string peer = net::Text(record.peer);
  Log(LogLevel::info, "request",
      {{"id", record.id},
       {"peer", peer},
       {"method", record.method},
       {"path", record.path},
       {"route", record.route},
       {"status", record.status},
       {"sent", record.sent},
       {"bytes_in", static_cast<std::int64_t>(record.bytes_in)},
       {"bytes_out", static_cast<std::int64_t>(record.bytes_out)},
       {"ms", std::chrono::duration<double, std::milli>(record.took).count()},
       {"tenant", record.tenant.value},
       {"instance", record.instance.value}});
}

}  // namespace rowcall::api
