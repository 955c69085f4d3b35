#pragma once

#include "connector/connector.h"

namespace rowcall::dispatch {

/// Objects for this folder's tests: a person is created strictly and is known by number and mail; a firm is upserted by
/// code, or looked up by name.
inline connector::ObjectSpec PersonObject() {
  using connector::CallTemplate;
  using connector::KeyClass;
  connector::ObjectSpec person;
  person.schema.name = "person";
  person.keys = {{"number", KeyClass::k2_strict_create, false}, {"mail", KeyClass::k2_strict_create, true}};
  person.create = CallTemplate{.method = "POST", .path = "/people", .body = "", .id = "id", .list = ""};
  person.read = CallTemplate{.method = "GET", .path = "/people/{id}", .body = "", .id = "id", .list = ""};
  person.update = CallTemplate{.method = "PUT", .path = "/people/{id}", .body = "", .id = "id", .list = ""};
  person.archive = CallTemplate{.method = "POST", .path = "/people/{id}/archive", .body = "", .id = "", .list = ""};
  person.restore = CallTemplate{.method = "POST", .path = "/people/{id}/restore", .body = "", .id = "", .list = ""};
  person.finds = {
      {"mail", {.method = "GET", .path = "/people?mail={mail}", .body = "", .id = "id", .list = "data"}, false}};
  person.undo = connector::UndoSpec{person.archive, person.update, "", {}};
  person.created_at = "created_at";
  person.updated_at = "updated_at";
  return person;
}

inline connector::ObjectSpec FirmObject() {
  using connector::CallTemplate;
  connector::ObjectSpec firm;
  firm.schema.name = "firm";
  firm.keys = {{"code", connector::KeyClass::k1_upsert, false}};
  firm.upsert = CallTemplate{.method = "POST", .path = "/firms", .body = "", .id = "id", .list = ""};
  firm.read = CallTemplate{.method = "GET", .path = "/firms/{id}", .body = "", .id = "id", .list = ""};
  firm.undo = connector::UndoSpec{
      CallTemplate{.method = "DELETE", .path = "/firms/{id}", .body = "", .id = "", .list = ""}, {}, "people", {}};
  firm.finds = {
      {"code", {.method = "GET", .path = "/firms?code={code}", .body = "", .id = "id", .list = "data"}, false}};
  firm.lookup = connector::LookupSpec{
      {"name", {.method = "GET", .path = "/firms?name={name}", .body = "", .id = "id", .list = "data"}, false}, "code"};
  firm.created_at = "created_at";
  firm.updated_at = "updated_at";
  return firm;
}

}  // namespace rowcall::dispatch
