#pragma once

#include "model/object_schema.h"

namespace rowcall::mapping {

/// People and their clubs: a schema with every type, for the tests of this folder.
inline model::ObjectSchema TestSchema() {
  using enum model::FieldType;
  model::ObjectSchema schema;
  schema.name = "person";
  const auto add = [&](std::string path, model::FieldType type, std::vector<std::string> aliases) -> model::Field& {
    model::Field& field = schema.fields.emplace_back();
    field.path = std::move(path);
    field.type = type;
    field.aliases = std::move(aliases);
    return field;
  };
  add("mail", email, {"email", "email address"});
  add("number", text, {"user id"});
  add("name", text, {"name", "full name"}).joined_from = {{"first name", "given name"}, {"middle name"}, {"last name"}};
  add("phone", phone, {"phone", "bus phone"});
  add("own.title", text, {"title"}).max_length = 5;
  add("own.age", integer, {"age"});
  add("own.score", number, {"score"});
  add("own.member", boolean, {"member"});
  add("own.since", epoch_seconds, {"since"});
  add("own.tier", choice, {"tier"}).choices = {"Gold", "Silver", "gold leaf"};
  add("seen", integer, {"seen"}).read_only = true;
  add("club.code", text, {"club code"});
  add("club.name", text, {"club", "company"});
  add("club.website", url, {"website"});
  schema.relations = {"club"};
  schema.needs_one_of = {"mail", "number"};
  schema.relation_needs = {{"club", {"club.code", "club.name"}}};
  return schema;
}

}  // namespace rowcall::mapping
