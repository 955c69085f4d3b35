#include "job/simulated_service.h"

#include <fmt/format.h>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <ctime>

#include "base/json_writer.h"
#include "base/text.h"

namespace rowcall::job {

namespace {

constexpr std::int64_t kWindowSeconds = 10;

std::string TextIn(std::string_view body, std::string_view name) {
  const boost::json::value parsed = boost::json::parse(body);
  const boost::json::value* member = parsed.as_object().if_contains(name);
  return member == nullptr ? "" : std::string(member->as_string());
}

std::string_view IdIn(std::string_view target) {
  target.remove_prefix(std::string_view("/people/").size());
  return target.substr(0, target.find('/'));
}

}  // namespace

SimulatedService::SimulatedService(const Clock& clock, Trace& trace, std::chrono::seconds ahead, std::int64_t limit)
    : clock_(clock), trace_(trace), began_(clock.Now() + ahead), mono_began_(clock.MonotonicNow()), limit_(limit) {}

std::int64_t SimulatedService::Seconds() const {
  const auto passed = std::chrono::duration_cast<std::chrono::milliseconds>(clock_.MonotonicNow() - mono_began_);
  return std::chrono::duration_cast<std::chrono::seconds>((began_ + passed).time_since_epoch()).count();
}

void SimulatedService::BeginWindow() {
  const std::int64_t end = (Seconds() / kWindowSeconds + 1) * kWindowSeconds;
  if (end == window_end_) return;
  window_end_ = end;
  used_ = 0;
}

net::HttpAnswer SimulatedService::Carry(const Call& call) {
  BeginWindow();
  if (limit_ > 0 && used_ >= limit_) {
    ++refused_by_window[window_end_];
    return Refuse(429, "rate_limit", "Too many calls");
  }
  ++used_;
  net::HttpAnswer answer = Do(call);
  Stamp(answer);
  return answer;
}

net::HttpAnswer SimulatedService::Refuse(int status, std::string_view code, std::string_view message) {
  BeginWindow();
  net::HttpAnswer answer = Refusal(status, code, message);
  Stamp(answer);
  return answer;
}

net::HttpAnswer SimulatedService::Refusal(int status, std::string_view code, std::string_view message) {
  net::HttpAnswer answer;
  answer.status = status;
  answer.body = fmt::format(R"({{"errors":[{{"code":"{}","message":"{}"}}]}})", code, message);
  return answer;
}

void SimulatedService::Stamp(net::HttpAnswer& answer) const {
  const std::time_t now = Seconds();
  std::tm parts{};
  gmtime_r(&now, &parts);
  char date[40];
  std::strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", &parts);
  answer.headers.Add("Date", date);
  if (limit_ == 0) return;
  answer.headers.Add("X-Limit", std::to_string(limit_));
  answer.headers.Add("X-Left", std::to_string(std::max<std::int64_t>(0, limit_ - used_)));
  answer.headers.Add("X-Reset", std::to_string(window_end_));
}

net::HttpAnswer SimulatedService::Good(std::string body) {
  net::HttpAnswer answer;
  answer.status = 200;
  answer.body = std::move(body);
  return answer;
}

net::HttpAnswer SimulatedService::Do(const Call& call) {
  if (call.target == "/me") return Good(R"({"id":"me"})");
  if (call.target == "/fields") return Good(R"({"data":[]})");
  if (call.target == "/clubs") return UpsertClub(call);
  if (call.target == "/people") return MakePerson(call);
  return call.target.starts_with("/clubs?name=") ? FindClub(call) : OfPerson(call);
}

net::HttpAnswer SimulatedService::MakePerson(const Call& call) {
  const std::string mail = AsciiLower(TextIn(call.body, "mail"));
  const std::string name = TextIn(call.body, "name");
  if (name.ends_with('!')) return Refusal(422, "parameter_invalid", "This name is not allowed");
  Person& person = people[mail];
  if (!person.id.empty()) {
    return Refusal(409, "conflict", "A person matching those details already exists with id=" + person.id);
  }
  person.id = fmt::format("p{}", next_id_++);
  person.mail = mail;
  person.created_at = Seconds();
  ++person.makes;
  mail_of_[person.id] = mail;
  Note(person, call, true);
  return Good(Json(person));
}

net::HttpAnswer SimulatedService::OfPerson(const Call& call) {
  Person* const person = ById(IdIn(call.target));
  if (person == nullptr) return Refusal(404, "not_found", "No such person");
  if (call.target.ends_with("/clubs")) return Join(*person, call);
  return call.method == "PUT" ? UpdatePerson(*person, call) : Good(Json(*person));
}

net::HttpAnswer SimulatedService::UpdatePerson(Person& person, const Call& call) {
  if (TextIn(call.body, "name").ends_with('!')) return Refusal(422, "parameter_invalid", "This name is not allowed");
  Note(person, call, false);
  return Good(Json(person));
}

net::HttpAnswer SimulatedService::Join(Person& person, const Call& call) {
  const std::string id = TextIn(call.body, "id");
  const auto is_it = [&](const auto& known) { return known.second.id == id; };
  if (std::none_of(clubs.begin(), clubs.end(), is_it)) return Refusal(404, "not_found", "No such club");
  person.clubs.insert(id);
  return Good(fmt::format(R"({{"id":"{}"}})", id));
}

net::HttpAnswer SimulatedService::UpsertClub(const Call& call) {
  Club& club = clubs[TextIn(call.body, "code")];
  if (club.id.empty()) {
    club.id = fmt::format("c{}", next_id_++);
    ++club.makes;
  }
  club.name = TextIn(call.body, "name");
  if (const std::string site = TextIn(call.body, "site"); !site.empty()) club.site = site;
  return Good(fmt::format(R"({{"id":"{}"}})", club.id));
}

net::HttpAnswer SimulatedService::FindClub(const Call& call) {
  const std::string name = net::PercentDecode(call.target.substr(call.target.find('=') + 1), true).value();
  for (const auto& [code, club] : clubs) {
    if (club.name != name) continue;
    std::string body;
    JsonWriter json(body);
    json.BeginObject().Key("data").BeginArray().BeginObject();
    json.Key("id").String(club.id).Key("code").String(code).Key("name").String(club.name);
    json.Key("site").String(club.site).EndObject().EndArray().EndObject();
    return Good(std::move(body));
  }
  return Refusal(404, "not_found", "No such club");
}

void SimulatedService::Note(Person& person, const Call& call, bool made) {
  const MonoTime now = clock_.MonotonicNow();
  const std::string name = TextIn(call.body, "name");
  person.writes.push_back({name, made, person.name != name, call.sent_at, now, now > call.deadline});
  person.name = name;
  person.updated_at = Seconds();
}

void SimulatedService::AddPerson(const std::string& mail, const std::string& name, std::int64_t seconds) {
  Person& person = people[mail];
  if (!person.id.empty()) return;
  person.id = fmt::format("p{}", next_id_++);
  person.mail = mail;
  person.name = name;
  person.created_at = person.updated_at = Seconds() - seconds;
  mail_of_[person.id] = mail;
  trace_.Say("another program makes {} {}", person.id, mail);
}

SimulatedService::Person* SimulatedService::ById(std::string_view id) {
  const auto mail = mail_of_.find(id);
  return mail == mail_of_.end() ? nullptr : &people[mail->second];
}

std::string SimulatedService::Json(const Person& person) {
  std::string body;
  JsonWriter json(body);
  json.BeginObject().Key("id").String(person.id).Key("mail").String(person.mail).Key("name").String(person.name);
  json.Key("created_at").Int(person.created_at).Key("updated_at").Int(person.updated_at).EndObject();
  return body;
}

std::string SimulatedService::NameIn(const Call& call) {
  const bool is_write = call.method == "PUT" || call.target == "/people";
  return is_write ? TextIn(call.body, "name") : "";
}

std::string SimulatedService::SubjectOf(const Call& call) const {
  if (call.target == "/people") return AsciiLower(TextIn(call.body, "mail"));
  if (call.target == "/clubs") return "club " + TextIn(call.body, "name");
  if (!call.target.starts_with("/people/")) return call.target;
  const auto mail = mail_of_.find(IdIn(call.target));
  const std::string of = mail == mail_of_.end() ? call.target : mail->second;
  return call.target.ends_with("/clubs") ? "join " + of : of;
}

}  // namespace rowcall::job
