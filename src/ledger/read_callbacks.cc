#include "ledger/reads.h"

namespace rowcall::ledger {

Result<std::vector<model::Callback>> DueCallbacks(Database& db, WallTime now, std::size_t limit) {
  Query query = db.Use(
      "SELECT id, tenant, instance, job, webhook_id, url, body, attempts, next_attempt_at FROM callback "
      "WHERE state = 'due' AND next_attempt_at <= ?1 ORDER BY next_attempt_at, id LIMIT ?2",
      now, static_cast<std::int64_t>(limit));
  std::vector<model::Callback> callbacks;
  for (;;) {
    ASSIGN_OR_RETURN(const bool found, query.Next());
    if (!found) return callbacks;
    callbacks.push_back({CallbackId(query.Int(0)), TenantId(query.Int(1)), InstanceId(query.Int(2)),
                         JobId(query.Int(3)), query.Text(4), query.Text(5), query.Text(6),
                         static_cast<int>(query.Int(7)), query.Time(8)});
  }
}

Result<std::optional<WallTime>> NextCallbackDue(Database& db) {
  Query query = db.Use("SELECT next_attempt_at FROM callback WHERE state = 'due' ORDER BY next_attempt_at LIMIT 1");
  ASSIGN_OR_RETURN(const bool found, query.Next());
  return found ? std::optional(query.Time(0)) : std::nullopt;
}

Result<std::string> GetConnector(Database& db, const std::string& digest) {
  Query query = db.Use("SELECT packed FROM connector_text WHERE digest = ?1", digest);
  ASSIGN_OR_RETURN(const bool found, query.Next());
  if (!found) return Fail(ErrorKind::not_found, "there is no connector text with the digest " + digest);
  return query.Text(0);
}

}  // namespace rowcall::ledger
