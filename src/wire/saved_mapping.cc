#include "wire/saved_mapping.h"

#include <boost/json/serialize.hpp>

#include "wire/json_object.h"
#include "wire/request_object.h"
#include "wire/time_text.h"

namespace rowcall::wire {

Checked<MappingOrder> ParseMappingOrder(std::string_view json) {
  const auto object = ParseObject(json, "The body");
  if (!object) return std::unexpected(Faults{{"", object.error().message}});
  Faults faults;
  RequestObject body(*object, "", faults);
  MappingOrder order;
  order.object = body.Text("object").value_or("");
  const boost::json::object* mapping = body.Object("mapping");
  if (mapping != nullptr) order.mapping_json = boost::json::serialize(*mapping);
  if (!object->contains("object")) body.AddFault("object", "The body does not say of which object the mapping is.");
  if (!object->contains("mapping")) body.AddFault("mapping", "The body has no mapping.");
  body.RefuseUnasked();
  if (!faults.empty()) return std::unexpected(std::move(faults));
  return order;
}

void WriteSavedMapping(JsonWriter& json, const model::SavedMapping& mapping) {
  json.BeginObject().Key("name").String(mapping.name).Key("object").String(mapping.object);
  json.Key("createdDate").String(Iso8601(mapping.created_at)).Key("updatedDate").String(Iso8601(mapping.changed_at));
  if (!mapping.mapping_json.empty()) json.Key("mapping").Raw(mapping.mapping_json);
  json.EndObject();
}

}  // namespace rowcall::wire
