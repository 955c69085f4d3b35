#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <random>
#include <string>

#include "base/clock.h"
#include "connector/connector.h"
#include "net/http_client.h"

namespace rowcall::job {

/// A made-up service of people and clubs, for this folder's tests: creates people strictly by mail, upserts clubs by
/// code. A row may name two clubs: one that its person joins, and a home. An undo deletes clubs, and leaves people. It
/// can lose answers. Its records are the oracle.
class ToyService final : public net::HttpClient {
 public:
  struct Person {
    std::string id, mail, name;
    std::int64_t created_at = 0, updated_at = 0;
    int creates = 0;  ///< How often a person of this mail was made.
    int writes = 0;
    std::map<std::string, bool> clubs;
  };

  ToyService(const Clock& clock, std::uint64_t seed) : clock_(clock), random_(seed) {}

  async::Task<net::Exchange> Send(const net::HttpRequest& request) override;

  /// Made beforehand, an hour ago.
  void AddPerson(const std::string& mail, const std::string& name);

  static connector::Bundle Connector();

  std::map<std::string, Person> people;           ///< By mail.
  std::map<std::string, std::string> clubs;       ///< Code → id.
  std::map<std::string, int> clubs_made;          ///< Name → how many.
  std::map<std::string, std::string> club_sites;  ///< Code → site.
  int club_writes = 0;
  double lose_before = 0;                         ///< Share of calls that are lost before they are looked at.
  double lose_after = 0;                          ///< … after they were carried out.
  int most_losses = std::numeric_limits<int>::max();  ///< Of calls about one person or club, by chance.
  bool refuse_all = false;                        ///< Answers 401 to everything.
  bool unreachable = false;                       ///< No byte of a call can be sent.
  bool tells_fields = true;                       ///< Else 503 where it is asked for its fields.
  std::int64_t calls = 0;
  /// Called before each call is carried out.
  std::function<async::Task<void>(const net::HttpRequest&)> before;

 private:
  net::HttpAnswer Carry(const net::HttpRequest& request);
  net::HttpAnswer CreatePerson(std::string_view body);
  net::HttpAnswer UpdatePerson(const std::string& id, std::string_view body);
  net::HttpAnswer UpsertClub(std::string_view body);
  net::HttpAnswer ReadOrDeleteClub(const std::string& method, const std::string& id);
  std::string PersonJson(const Person& person) const;
  Person* ById(const std::string& id);
  std::int64_t Seconds() const;
  bool Chance(double share);
  /// Whether the call is lost, by that chance, and not too many about the same were lost before.
  bool IsLost(double share, const net::HttpRequest& request);
  /// The person or club that a call is about.
  std::string SubjectOf(const net::HttpRequest& request);

  const Clock& clock_;
  std::mt19937_64 random_;
  std::map<std::string, int> lost_;  ///< Calls, by subject.
  int next_id_ = 1;
};

}  // namespace rowcall::job
