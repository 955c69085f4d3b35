#include "sandbox/answer.h"

#include "base/json_writer.h"

namespace rowcall::sandbox {

std::unexpected<Refusal> RefuseParameter(std::string message) {
  return Refuse(400, "parameter_invalid", std::move(message));
}

std::unexpected<Refusal> UserNotFound() { return Refuse(404, "not_found", "User Not Found"); }

std::unexpected<Refusal> CompanyNotFound() { return Refuse(404, "company_not_found", "Company Not Found"); }

std::string ErrorBody(const Refusal& refusal, std::string_view request_id) {
  std::string body;
  JsonWriter json(body);
  json.BeginObject().Key("type").String("error.list").Key("request_id").String(request_id);
  json.Key("errors").BeginArray().BeginObject();
  json.Key("code").String(refusal.code).Key("message").String(refusal.message);
  json.EndObject().EndArray().EndObject();
  return body;
}

}  // namespace rowcall::sandbox
