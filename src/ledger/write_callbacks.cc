#include "ledger/writes.h"

namespace rowcall::ledger {

namespace {

std::string_view StateAfter(CallbackResult result) {
  switch (result) {
    case CallbackResult::delivered: return "delivered";
    case CallbackResult::given_up: return "given_up";
    case CallbackResult::retry: break;
  }
  return "due";
}

}  // namespace

Result<void> OweCallback(Transaction& transaction, const Progress& progress, const model::Callback& callback) {
  ASSIGN_OR_RETURN(const std::int64_t id, transaction.NextId());
  return transaction.db()
      .Use("INSERT INTO callback VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 'due', ?8, ?9, '')", progress.tenant, id,
           progress.instance, progress.job, callback.webhook_id, callback.url, callback.body, callback.attempts,
           callback.next_attempt_at)
      .Run();
}

Result<void> RecordCallbackAttempt(Transaction& transaction, const model::Callback& callback, CallbackResult result,
                                   WallTime next_attempt_at, const std::string& note) {
  RETURN_IF_ERROR(transaction.db()
                      .Use("UPDATE callback SET state = ?4, attempts = attempts + 1, next_attempt_at = ?5, note = ?6 "
                           "WHERE tenant = ?1 AND id = ?2 AND attempts = ?3 AND state = 'due'",
                           callback.tenant, callback.id, callback.attempts, StateAfter(result), next_attempt_at, note)
                      .Run());
  if (transaction.db().changes() != 1) {
    return Fail(ErrorKind::conflict, "callback " + std::to_string(callback.id.value) +
                                         " is not owed any more, or attempt " + std::to_string(callback.attempts + 1) +
                                         " was recorded by another process");
  }
  transaction.changes().callback_attempts.push_back(result);
  return {};
}

Result<void> PutConnector(Transaction& transaction, const std::string& digest, const std::string& packed) {
  return transaction.db()
      .Use("INSERT INTO connector_text VALUES (?1, ?2) ON CONFLICT (digest) DO NOTHING", digest, BlobView{packed})
      .Run();
}

}  // namespace rowcall::ledger
