#pragma once

#include <memory>
#include <string>

#include "connector/connector.h"

namespace rowcall::connector {

/// A made-up service for the tests of this folder: people who belong to clubs.
inline Bundle TestBundle() {
  return {{"connector.yaml", R"yaml(connector: demo
title: Demo
hub: marketing
hosts: [api.demo.test]
base_url: https://api.demo.test
base_url_setting: base.url
settings:
  token: {title: Token, secret: true, required: true}
  base.url: {title: Address}
headers: {Demo-Version: "2.16", Accept: application/json}
bearer_setting: token
test: GET /me
answers:
  - {status: 409, error: conflict, message: "^A person .* id=(?P<id>[0-9a-f]+)", means: exists, code: already_exists}
  - {status: 410, link: "</people/(?P<id>[^>]+)>", means: moved}
  - {status: 403, error: [plan], means: stop, hint: Buy a bigger plan.}
  - {error: busy, means: not_processed}
  - {message: "(?i)try later", means: ambiguous}
error_list: errors
error_code: code
error_message: message
request_id: request_id
rate: {limit: X-Limit, remaining: X-Left, reset: X-Reset, window: 10s}
deadline: 10s
late: 60s
max_in_flight: 32
)yaml"},
          {"objects/club.yaml", R"yaml(object: club
needs_one_of: [code, name]
fields:
  code: {title: Code}
  name: {}
  founded: {type: epoch_seconds}
keys:
  - {field: code, class: k1_upsert}
upsert: POST /clubs
lookup:
  find: {by: name, call: {send: "GET /clubs?name={name}", list: data}}
  make_key: code
steps:
  - {name: club, primary: true}
)yaml"},
          {"objects/person.yaml", R"yaml(object: person
also: [people]
relations: {club: club}
needs_one_of: [mail, number]
fields:
  mail: {type: email, personal: true, aliases: [mail, e-mail], max_length: 100}
  number: {}
  name: {joined_from: [[first name, given name], last name]}
  club.name: {}
keys:
  - {field: number, class: k2_strict_create}
  - {field: mail, class: k2_strict_create, fold_lower: true}
create: POST /people
read: GET /people/{id}
update: PUT /people/{id}
finds:
  - by: mail
    lags: true
    call: {send: POST /people/search, body: '{"mail":"{mail}"}', list: data}
steps:
  - {name: club, relation: club, once_per_record: true}
  - {name: person, primary: true}
  - name: join
    needs: [club, person]
    call: {send: "POST /people/{person.id}/clubs", body: '{"id":"{club.id}"}'}
discover:
  call: {send: GET /fields, id: ""}
  list: data
  name: name
  title: label
  type: kind
  options: options
  writable: writable
  archived: archived
  custom: custom
  prefix: own.
  types: {string: text, int: integer, when: epoch_seconds, pick: choice}
  max_length: 255
list: {call: {send: GET /people, list: data}, cursor: next, cursor_parameter: after, page_size: 50}
undo: {created: "DELETE /people/{id}"}
created_at: created_at
)yaml"}};
}

/// The same, where mails may or may not be unique, and people who are no members are held by nothing.
inline Bundle LooseBundle() {
  Bundle bundle = TestBundle();
  const auto put = [&](const std::string& file, std::string_view before, const std::string& more) {
    std::string& text = bundle.at(file);
    text.insert(text.find(before), more);
  };
  put("connector.yaml", "headers:", "  mail.unique: {title: Mails are unique}\n");
  put("connector.yaml", "max_in_flight:", "search_lag: 5m\n");
  std::string& person = bundle.at("objects/person.yaml");
  constexpr std::string_view kKey = "{field: mail, class: k2_strict_create, fold_lower: true}";
  person.replace(person.find(kKey), kKey.size(),
                 "{field: mail, class: k2_once_shown, fold_lower: true, setting: mail.unique, mark: name}");
  put("objects/person.yaml", "  club.name: {}", "  kind: {type: choice, choices: [member, guest]}\n");
  put("objects/person.yaml", "create: POST",
      "keyless: {field: kind, value: guest, without: [number]}\narchive: POST /people/{id}/archive\n");
  return bundle;
}

inline std::shared_ptr<const Connector> TestConnector() { return Load(TestBundle()).value(); }  // owner: the test

}  // namespace rowcall::connector
