#include "job/toy_service.h"

#include <fmt/format.h>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <ctime>

#include "base/json_writer.h"

namespace rowcall::job {

namespace {

namespace json = boost::json;

std::string Member(std::string_view body, std::string_view name) {
  const json::value parsed = json::parse(body);
  const json::value* member = parsed.as_object().if_contains(name);
  return member == nullptr ? "" : std::string(member->as_string());
}

net::HttpAnswer Refusal(int status, const std::string& code, const std::string& message) {
  net::HttpAnswer answer;
  answer.status = status;
  answer.body = fmt::format(R"({{"errors":[{{"code":"{}","message":"{}"}}]}})", code, message);
  return answer;
}

net::HttpAnswer Good(std::string body) {
  net::HttpAnswer answer;
  answer.status = 200;
  answer.body = std::move(body);
  return answer;
}

}  // namespace

connector::Bundle ToyService::Connector() {
  return {{"connector.yaml", R"yaml(connector: toy
title: Toy
hub: marketing
hosts: [api.toy.test]
base_url: https://api.toy.test
base_url_setting: base.url
settings:
  token: {title: Token, secret: true, required: true}
  base.url: {title: Address}
headers: {Accept: application/json}
bearer_setting: token
test: GET /me
answers:
  - {status: 409, message: "^A person .* id=(?P<id>[0-9a-z]+)", means: exists, code: already_exists}
error_list: errors
error_code: code
error_message: message
request_id: request_id
rate: {limit: X-Limit, remaining: X-Left, reset: X-Reset, window: 10s}
deadline: 1s
late: 0s
first_in_flight: 2
max_in_flight: 8
)yaml"},
          {"objects/club.yaml", R"yaml(object: club
fields:
  code: {}
  name: {}
  site: {}
needs_one_of: [code, name]
keys:
  - {field: code, class: k1_upsert}
upsert: POST /clubs
read: GET /clubs/{id}
lookup:
  find: {by: name, call: {send: "GET /clubs?name={name}", list: data}}
  make_key: code
steps:
  - {name: club, primary: true}
undo: {created: "DELETE /clubs/{id}"}
)yaml"},
          {"objects/person.yaml", R"yaml(object: person
relations: {club: club, home: club}
needs_one_of: [mail]
fields:
  mail: {type: email, personal: true, aliases: [mail]}
  name: {aliases: [name]}
  club.name: {aliases: [club]}
  club.site: {aliases: [site]}
  home.name: {aliases: [home]}
keys:
  - {field: mail, class: k2_strict_create, fold_lower: true}
create: POST /people
read: GET /people/{id}
update: PUT /people/{id}
steps:
  - {name: person, primary: true}
  - {name: club, relation: club, once_per_record: true}
  - name: join
    needs: [person, club]
    call: {send: "POST /people/{person.id}/clubs", body: '{"id":"{club.id}"}'}
  - {name: home, relation: home, once_per_record: true}
discover: {call: {send: GET /fields, id: ""}, list: data, name: name, prefix: own.}
created_at: created_at
updated_at: updated_at
)yaml"}};
}

async::Task<net::Exchange> ToyService::Send(const net::HttpRequest& request) {
  ++calls;
  if (before) co_await before(request);
  net::Exchange exchange;
  exchange.delivery = net::Delivery::maybe_sent;
  exchange.error = {ErrorKind::unavailable, "connection reset", ""};
  if (unreachable) {
    exchange.delivery = net::Delivery::not_sent;
    exchange.error.message = "its certificate was refused";
    co_return exchange;
  }
  if (IsLost(lose_before, request)) co_return exchange;
  net::HttpAnswer answer = refuse_all ? Refusal(401, "unauthorized", "Token invalid") : Carry(request);
  if (IsLost(lose_after, request)) co_return exchange;
  const std::time_t now = Seconds();
  std::tm parts{};
  gmtime_r(&now, &parts);
  char date[40];
  std::strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", &parts);
  answer.headers.Add("Date", date);
  exchange.delivery = net::Delivery::answered;
  exchange.answer = std::move(answer);
  co_return exchange;
}

net::HttpAnswer ToyService::Carry(const net::HttpRequest& request) {
  const std::string& target = request.url.target;
  if (target == "/me") return Good(R"({"id":"me"})");
  if (target == "/fields") {
    return tells_fields ? Good(R"({"data":[{"name":"shoe size"}]})") : Refusal(503, "busy", "Try later");
  }
  if (request.method == "POST" && target == "/people") return CreatePerson(request.body);
  if (request.method == "POST" && target == "/clubs") return UpsertClub(request.body);
  if (target.starts_with("/clubs?name=")) {
    const auto name = net::PercentDecode(target.substr(12), true).value();
    for (const auto& [code, id] : clubs) {
      if (code == name)
        return Good(fmt::format(R"({{"data":[{{"id":"{}","code":"{}","name":"{}"}}]}})", id, code, name));
    }
    return Refusal(404, "not_found", "No such club");
  }
  if (target.starts_with("/clubs/")) return ReadOrDeleteClub(request.method, target.substr(7));
  const std::size_t slash = target.find('/', 8);
  Person* const person = ById(target.substr(8, slash == std::string::npos ? slash : slash - 8));
  if (person == nullptr) return Refusal(404, "not_found", "No such person");
  if (slash != std::string::npos) {
    const std::string club = Member(request.body, "id");
    const auto is_it = [&](const auto& known) { return known.second == club; };
    if (std::none_of(clubs.begin(), clubs.end(), is_it)) return Refusal(404, "not_found", "No such club");
    person->clubs[Member(request.body, "id")] = true;
    return Good(fmt::format(R"({{"id":"{}"}})", Member(request.body, "id")));
  }
  return request.method == "PUT" ? UpdatePerson(person->id, request.body) : Good(PersonJson(*person));
}

net::HttpAnswer ToyService::CreatePerson(std::string_view body) {
  const std::string mail = Member(body, "mail");
  Person& person = people[mail];
  if (!person.id.empty()) {
    return Refusal(409, "conflict", "A person matching those details already exists with id=" + person.id);
  }
  person.id = fmt::format("p{}", next_id_++);
  person.mail = mail;
  person.name = Member(body, "name");
  person.created_at = person.updated_at = Seconds();
  ++person.creates;
  return Good(PersonJson(person));
}

net::HttpAnswer ToyService::UpdatePerson(const std::string& id, std::string_view body) {
  Person& person = *ById(id);
  person.name = Member(body, "name");
  person.updated_at = Seconds();
  ++person.writes;
  return Good(PersonJson(person));
}

net::HttpAnswer ToyService::UpsertClub(std::string_view body) {
  std::string& id = clubs[Member(body, "code")];
  if (id.empty()) {
    id = fmt::format("c{}", next_id_++);
    ++clubs_made[Member(body, "name")];
  }
  ++club_writes;
  if (const std::string site = Member(body, "site"); !site.empty()) club_sites[Member(body, "code")] = site;
  return Good(fmt::format(R"({{"id":"{}"}})", id));
}

net::HttpAnswer ToyService::ReadOrDeleteClub(const std::string& method, const std::string& id) {
  const auto known = std::ranges::find_if(clubs, [&](const auto& club) { return club.second == id; });
  if (known == clubs.end()) return Refusal(404, "not_found", "No such club");
  const std::string code = known->first;
  if (method == "DELETE") clubs.erase(known);
  return Good(fmt::format(R"({{"id":"{}","code":"{}","name":"{}"}})", id, code, code));
}

void ToyService::AddPerson(const std::string& mail, const std::string& name) {
  Person& person = people[mail];
  person.id = fmt::format("p{}", next_id_++);
  person.mail = mail;
  person.name = name;
  person.created_at = person.updated_at = Seconds() - 3600;
}

std::string ToyService::PersonJson(const Person& person) const {
  std::string body;
  JsonWriter json(body);
  json.BeginObject().Key("id").String(person.id).Key("mail").String(person.mail).Key("name").String(person.name);
  json.Key("created_at").Int(person.created_at).Key("updated_at").Int(person.updated_at).EndObject();
  return body;
}

ToyService::Person* ToyService::ById(const std::string& id) {
  for (auto& [mail, person] : people) {
    if (person.id == id) return &person;
  }
  return nullptr;
}

std::int64_t ToyService::Seconds() const {
  return std::chrono::duration_cast<std::chrono::seconds>(clock_.Now().time_since_epoch()).count();
}

bool ToyService::IsLost(double share, const net::HttpRequest& request) {
  if (!Chance(share)) return false;
  int& lost = lost_[SubjectOf(request)];
  if (lost >= most_losses) return false;
  ++lost;
  return true;
}

std::string ToyService::SubjectOf(const net::HttpRequest& request) {
  const std::string& target = request.url.target;
  if (target == "/people") return Member(request.body, "mail");
  if (target == "/clubs") return "club " + Member(request.body, "name");
  if (!target.starts_with("/people/")) return target;
  const Person* person = ById(target.substr(8, target.find('/', 8) - 8));
  return person == nullptr ? target : person->mail;
}

bool ToyService::Chance(double share) { return std::uniform_real_distribution<>(0, 1)(random_) < share; }

}  // namespace rowcall::job
