#include "api/answer.h"
#include "api/openapi.h"
#include "api/resources.h"
#include "base/json_writer.h"
#include "wire/time_text.h"

namespace rowcall::api {

Handled GetHealth(Call&) { co_return JsonAnswer(R"({"status":"ok"})"); }

Handled GetOpenApi(Call&) { co_return JsonAnswer(OpenApiJson()); }

Handled Ping(Call& call) {
  std::string body;
  JsonWriter json(body);
  json.BeginObject().Key("dateTime").String(wire::Iso8601(call.parts.clock.Now()));
  json.Key("endpoint").String(call.connector().key).EndObject();
  co_return JsonAnswer(std::move(body));
}

}  // namespace rowcall::api
