#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "job/simulated_trace.h"
#include "net/http_client.h"

namespace rowcall::job {

/// The truth at the service of a simulated world: people, made strictly by mail, and clubs, upserted by code, as the toy
/// connector (toy_service.h) sees them. A name that a row sends names the row: so the service knows who made a record,
/// who wrote it, and when. It waits for nothing: the world says when a call arrives.
class SimulatedService {
 public:
  /// A request on its way.
  struct Call {
    std::string method, target, body;
    MonoTime sent_at{}, deadline{};  ///< Behind the deadline nobody waits for the answer any more.
  };

  /// What was done to a person.
  struct Write {
    std::string name;  ///< That was written.
    bool made = false;  ///< The person was made by it.
    bool changed = false;  ///< Else: the name was another.
    MonoTime sent_at{}, at{};
    bool was_late = false;  ///< Carried out when its sender waited for it no longer.
  };

  struct Person {
    std::string id, mail, name;
    std::int64_t created_at = 0, updated_at = 0;
    int makes = 0;
    std::set<std::string> clubs;  ///< Ids.
    std::vector<Write> writes;
  };

  struct Club {
    std::string id, name, site;
    int makes = 0;
  };

  /// References outlive the service. Its clock is `ahead` of the world's, and never jumps. `limit`: calls per window of
  /// ten seconds; 0 = no limit is told or kept.
  SimulatedService(const Clock& clock, Trace& trace, std::chrono::seconds ahead, std::int64_t limit);

  /// Carries the call out and answers, with Date and the headers of the limit.
  net::HttpAnswer Carry(const Call& call);
  /// Answers so without having done anything.
  net::HttpAnswer Refuse(int status, std::string_view code, std::string_view message);
  /// Another program's calls.
  void UseUp(std::int64_t calls) { used_ += calls; }
  /// Another program made this person, `seconds` ago.
  void AddPerson(const std::string& mail, const std::string& name, std::int64_t seconds);

  /// The person or club that a call is about.
  std::string SubjectOf(const Call& call) const;
  /// The name that a call gives to a person; "" = it gives none.
  static std::string NameIn(const Call& call);

  std::map<std::string, Person> people;  ///< By mail in lower case.
  std::map<std::string, Club> clubs;  ///< By code.
  std::map<std::int64_t, int> refused_by_window;  ///< 429, by the window's end.

  std::int64_t Seconds() const;

 private:
  net::HttpAnswer Do(const Call& call);
  net::HttpAnswer MakePerson(const Call& call);
  net::HttpAnswer OfPerson(const Call& call);
  net::HttpAnswer UpdatePerson(Person& person, const Call& call);
  net::HttpAnswer Join(Person& person, const Call& call);
  net::HttpAnswer UpsertClub(const Call& call);
  net::HttpAnswer FindClub(const Call& call);
  void Note(Person& person, const Call& call, bool made);
  void BeginWindow();
  void Stamp(net::HttpAnswer& answer) const;
  Person* ById(std::string_view id);

  static net::HttpAnswer Refusal(int status, std::string_view code, std::string_view message);
  static std::string Json(const Person& person);
  static net::HttpAnswer Good(std::string body);

  const Clock& clock_;
  Trace& trace_;
  const WallTime began_;
  const MonoTime mono_began_;
  const std::int64_t limit_;
  std::int64_t window_end_ = 0;
  std::int64_t used_ = 0;
  std::map<std::string, std::string, std::less<>> mail_of_;  ///< Id → mail.
  int next_id_ = 1;
};

}  // namespace rowcall::job
