#include <algorithm>

#include "api/answer.h"
#include "api/find_object.h"
#include "api/resources.h"
#include "base/text.h"
#include "dispatch/probe.h"
#include "wire/element.h"

namespace rowcall::api {

Result<const connector::ObjectSpec*> FindObject(const connector::Connector& connector, std::string_view name) {
  if (const connector::ObjectSpec* object = connector.Find(name)) return object;
  const std::vector<std::string> names = connector.ObjectNames();
  const std::string closest = Closest(name, names);
  std::string list;
  for (const std::string& known : names) list += (list.empty() ? "" : ", ") + known;
  return Fail(ErrorKind::not_found, "There is no object " + Quoted(name) + " in " + connector.title + ".",
              (closest.empty() ? "" : "Did you mean \"" + closest + "\"? ") + ("There are: " + list + "."));
}

Result<const connector::ObjectSpec*> FindObjectToLoad(const connector::Connector& connector, std::string_view name) {
  ASSIGN_OR_RETURN(const connector::ObjectSpec* object, FindObject(connector, name));
  if (object->create.has_value() || object->upsert.has_value()) return object;
  return Fail(ErrorKind::invalid, "Records of \"" + object->schema.name + "\" cannot be uploaded.",
              "GET /elements tells which objects can, under bulkUploadEnabled.");
}

Handled ListObjects(Call& call) { co_return JsonAnswer(wire::NamesJson(call.connector().ObjectNames())); }

Handled GetObjectMetadata(Call& call) {
  ASSIGN_OR_CO_RETURN(const connector::ObjectSpec* object, FindObject(call.connector(), call.path.at("object")));
  Result<model::ObjectSchema> schema =
      co_await dispatch::DiscoverSchema(call.parts.http, call.connector(), *object, call.caller.instance);
  if (!schema) co_return ServiceAnswer(call, 502, schema.error());
  if (call.request.QueryValue("customFieldsOnly") == "true") {
    std::erase_if(schema->fields, [](const model::Field& field) { return !field.custom; });
  }
  co_return JsonAnswer(wire::ObjectMetadataJson(*schema));
}

}  // namespace rowcall::api
