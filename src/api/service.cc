#include "api/answer.h"
#include "api/openapi.h"
#include "api/resources.h"
#include "base/json_writer.h"
#include "wire/time_text.h"

namespace rowcall::api {

Handled GetHealth(Call&) { co_return JsonAnswer(R"({"status":"ok"})"); }

Handled GetReadiness(Call& call) {
  Result<void> writable = co_await call.parts.ledger.CheckWritable();
  if (!writable) writable.error().kind = ErrorKind::unavailable;  // whatever the reason, what balancers look at is 503
  CO_RETURN_IF_ERROR(std::move(writable));
  co_return JsonAnswer(R"({"status":"ready"})");
}

Handled GetMetrics(Call& call) {
  ASSIGN_OR_CO_RETURN(const ledger::OpenWork open, co_await call.parts.ledger.CountOpenWork(call.parts.clock.Now()));
  const dispatch::RateUse rate = co_await call.parts.use_of_rate();
  net::ServerAnswer answer;
  answer.headers.Add("Content-Type", Metrics::kContentType);
  answer.body = call.parts.metrics.Text(open, rate, call.parts.open_connections());
  co_return answer;
}

Handled GetOpenApi(Call&) { co_return JsonAnswer(OpenApiJson()); }

Handled Ping(Call& call) {
  std::string body;
  JsonWriter json(body);
  json.BeginObject().Key("dateTime").String(wire::Iso8601(call.parts.clock.Now()));
  json.Key("endpoint").String(call.connector().key).EndObject();
  co_return JsonAnswer(std::move(body));
}

}  // namespace rowcall::api
