#include "base/assert.h"
#include "ledger/reads.h"

namespace rowcall::ledger {

namespace {

// From the indexes of what is open, which are short.
constexpr const char* kCountOpenWork = R"sql(
SELECT (SELECT count(*) FROM progress WHERE finished_at IS NULL AND status = 'CREATED'),
       (SELECT count(*) FROM progress WHERE finished_at IS NULL AND status = 'RUNNING'),
       (SELECT count(*) FROM progress WHERE finished_at IS NULL AND status = 'CANCELLATION_PENDING'),
       (SELECT count(*) FROM doubt),
       (SELECT count(*) FROM callback WHERE state = 'due'),
       (SELECT count(*) FROM callback WHERE state = 'due' AND next_attempt_at <= ?1))sql";

}  // namespace

Result<OpenWork> CountOpenWork(Database& db, WallTime now) {
  Query query = db.Use(kCountOpenWork, now);
  ASSIGN_OR_RETURN(const bool found, query.Next());
  ROWCALL_ASSERT(found);
  return OpenWork{.jobs_created = query.Int(0),
                  .jobs_running = query.Int(1),
                  .jobs_being_cancelled = query.Int(2),
                  .rows_in_doubt = query.Int(3),
                  .callbacks_owed = query.Int(4),
                  .callbacks_due = query.Int(5)};
}

}  // namespace rowcall::ledger
