#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json_writer.h"
#include "base/result.h"
#include "model/object_schema.h"

namespace rowcall::wire {

/// A connector as `GET /elements` and `GET /elements/{key}/metadata` tell of it. Our members beside the original's:
/// `settings`, `warnings`, `objects`.
struct Element {
  struct Setting {
    std::string key, title;
    bool secret = false;
    bool required = false;
  };
  std::string key, title, hub;
  std::vector<Setting> settings;
  std::vector<std::string> objects;
  std::vector<std::string> warnings;  ///< Said to the user before a load.
};

void WriteElement(JsonWriter& json, const Element& element);
Result<Element> ParseElement(std::string_view json);

/// An object of a connector in the list of `GET /elements/{key}/objects`.
struct ElementObject {
  std::string name;
  std::string primary_key;          ///< The strongest key field.
  std::string created_at, updated_at;  ///< "" = not told.
  bool upload = false;
  std::vector<model::Field> fields;  ///< As known without asking the service.
};

void WriteElementObject(JsonWriter& json, const ElementObject& object);

/// The answer of `GET /objects/{object}/metadata`: {"fields":[{"vendorPath","type","mask","vendorDisplayName",
/// "vendorReadOnly","vendorRequired", ours: "custom","maxLength","choices","aliases"}], "needsOneOf":[…]}.
/// `type` is Open Connectors' word (string, number, boolean, date); `format` is ours (email, epoch_seconds, …).
std::string ObjectMetadataJson(const model::ObjectSchema& schema);
/// `name` is not part of the answer. Fails with `invalid` if there is no `fields`.
Result<model::ObjectSchema> ParseObjectMetadata(std::string_view json, std::string name);

/// A JSON array of texts, as `GET /objects` answers.
std::string NamesJson(const std::vector<std::string>& names);
Result<std::vector<std::string>> ParseNames(std::string_view json);

}  // namespace rowcall::wire
