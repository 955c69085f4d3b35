#include "ledger/schema.h"

#include <string>

namespace rowcall::ledger {

namespace {

Result<std::int64_t> HeaderNumber(Database& db, const char* pragma) {
  Query query = db.Use(pragma);
  ASSIGN_OR_RETURN(const bool found, query.Next());
  return found ? query.Int(0) : 0;
}

Result<bool> IsEmpty(Database& db) {
  Query query = db.Use("SELECT 1 FROM sqlite_schema LIMIT 1");
  ASSIGN_OR_RETURN(const bool found, query.Next());
  return !found;
}

Result<void> CheckOwner(Database& db, const Schema& schema) {
  ASSIGN_OR_RETURN(const std::int64_t owner, HeaderNumber(db, "PRAGMA application_id"));
  if (owner == schema.application_id) return {};
  ASSIGN_OR_RETURN(const bool empty, IsEmpty(db));
  if (owner == 0 && empty) return {};
  return Fail(ErrorKind::corrupt, db.path() + ": is a database, but not a Rowcall " + std::string(schema.name),
              "Move it away or name another folder.");
}

Result<void> Step(Database& db, const Schema& schema, std::size_t number) {
  const std::string sql = "BEGIN IMMEDIATE;" + std::string(schema.migrations[number - 1]) +
                          ";PRAGMA application_id = " + std::to_string(schema.application_id) +
                          ";PRAGMA user_version = " + std::to_string(number) + ";COMMIT";
  const Result<void> done = db.Execute(sql.c_str());
  // The error that matters is the step's; the rollback fails where there is no transaction any more.
  if (!done) static_cast<void>(db.Execute("ROLLBACK"));
  return done;
}

}  // namespace

Result<void> Migrate(Database& db, const Schema& schema) {
  RETURN_IF_ERROR(CheckOwner(db, schema));
  ASSIGN_OR_RETURN(const std::int64_t version, HeaderNumber(db, "PRAGMA user_version"));
  const auto newest = schema.migrations.size();
  const auto reached = static_cast<std::size_t>(version);
  if (version < 0 || reached > newest) {
    return Fail(ErrorKind::conflict,
                db.path() + ": its format is number " + std::to_string(version) + ", this program knows up to " +
                    std::to_string(newest),
                "Start the newer program that wrote it, or restore the copy from before the upgrade.");
  }
  for (std::size_t number = reached + 1; number <= newest; ++number) RETURN_IF_ERROR(Step(db, schema, number));
  return {};
}

}  // namespace rowcall::ledger
