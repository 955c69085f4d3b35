#include <bit>

#include "ledger/reads.h"

namespace rowcall::ledger {

namespace {

// Without statistics SQLite takes a tenant to have a few outcomes, and reads them all: so the index is named.

// Of a job, and of those that tried its rows again or began with them: all but undos.
constexpr const char* kOneFamily = R"sql(
WITH own AS (SELECT iif(retry_root = 0, id, retry_root) AS root FROM job WHERE tenant = ?1 AND id = ?2),
  loaded AS (
    SELECT o.job, o.kind, (j.id = own.root OR j.retry_root = own.root) AS of_family,
      o.job < own.root AND p.finished_at < (
        SELECT r.created_at FROM job r WHERE r.tenant = ?1 AND r.id = own.root) AS is_of_before
    FROM outcome o INDEXED BY outcome_record JOIN job j ON j.tenant = o.tenant AND j.id = o.job
      JOIN progress p ON p.tenant = o.tenant AND p.job = o.job, own
    WHERE o.tenant = ?1 AND o.vendor_id = ?3 AND o.kind IN ('created', 'updated', 'unchanged') AND NOT j.undoes)
SELECT
  EXISTS (SELECT 1 FROM loaded WHERE of_family AND kind = 'created'),
  EXISTS (
    SELECT 1 FROM loaded WHERE NOT of_family AND is_of_before IS NOT 1 AND NOT EXISTS (
      SELECT 1 FROM outcome u INDEXED BY outcome_record JOIN job w ON w.tenant = u.tenant AND w.id = u.job
      WHERE u.tenant = ?1 AND u.vendor_id = ?3 AND u.kind IN ('updated', 'unchanged') AND w.undoes
        AND w.retry_of = loaded.job)),
  EXISTS (
    SELECT 1 FROM own, outcome k INDEXED BY outcome_record JOIN job w ON w.tenant = k.tenant AND w.id = k.job
    WHERE k.tenant = ?1 AND k.vendor_id = ?3 AND k.kind = 'skipped' AND w.undoes AND w.retry_root = own.root))sql";

constexpr const char* kLastOfRecord = R"sql(
SELECT j.undoes
  AND EXISTS (
    SELECT 1 FROM outcome c INDEXED BY outcome_record
    WHERE c.tenant = ?1 AND c.vendor_id = ?2 AND c.job = j.retry_of AND c.kind = 'created')
  AND EXISTS (
    SELECT 1 FROM outcome u INDEXED BY outcome_record JOIN job w ON w.tenant = u.tenant AND w.id = u.job
    WHERE u.tenant = ?1 AND u.vendor_id = ?2 AND u.kind = 'updated' AND w.undoes AND w.retry_of = j.retry_of)
FROM outcome o INDEXED BY outcome_record JOIN job j ON j.tenant = o.tenant AND j.id = o.job
WHERE o.tenant = ?1 AND o.vendor_id = ?2 AND o.kind IN ('created', 'updated', 'unchanged')
ORDER BY o.job DESC LIMIT 1)sql";

Result<model::LoadedRow> FindLoaded(Database& db, TenantId tenant, JobId job, RowNumber row) {
  Query query =
      db.Use("SELECT kind, vendor_id, written_digest FROM outcome WHERE tenant = ?1 AND job = ?2 AND row = ?3", tenant,
             job, row);
  ASSIGN_OR_RETURN(const bool found, query.Next());
  if (!found) {
    return Fail(ErrorKind::not_found,
                "job " + std::to_string(job.value) + ": row " + std::to_string(row) + " has no outcome");
  }
  model::LoadedRow loaded;
  loaded.row = row;
  const auto kind = model::OutcomeNamed(query.Text(0));
  if (!kind) return Fail(ErrorKind::corrupt, "a row of the ledger has no outcome word");
  loaded.kind = *kind;
  loaded.vendor_id = query.Text(1);
  loaded.written_digest = std::bit_cast<std::uint64_t>(query.Int(2));
  return loaded;
}

Result<std::vector<model::MadeRecord>> FindMade(Database& db, TenantId tenant, JobId job, RowNumber row) {
  Query query =
      db.Use("SELECT step, vendor_id FROM made_record WHERE tenant = ?1 AND job = ?2 AND row = ?3", tenant, job, row);
  std::vector<model::MadeRecord> made;
  for (;;) {
    ASSIGN_OR_RETURN(const bool found, query.Next());
    if (!found) return made;
    made.push_back({std::string(query.Text(0)), std::string(query.Text(1))});
  }
}

struct WhoseRecord {
  bool is_ours = false;
  bool is_used = false;
  bool is_kept = false;
};

Result<WhoseRecord> AskWhose(Database& db, TenantId tenant, JobId job, const std::string& vendor_id) {
  Query query = db.Use(kOneFamily, tenant, job, vendor_id);
  ASSIGN_OR_RETURN(const bool found, query.Next());
  if (!found) return Fail(ErrorKind::corrupt, "the ledger gave no answer about a record");
  return WhoseRecord{query.Flag(0), query.Flag(1), query.Flag(2)};
}

}  // namespace

Result<std::optional<model::PreImage>> PreImageOf(Database& db, TenantId tenant, JobId job, RowNumber row,
                                                  const std::string& vendor_id) {
  Query query = db.Use(
      "SELECT was_archived, fields, joined FROM pre_image "
      "WHERE tenant = ?1 AND job = ?2 AND row = ?3 AND vendor_id = ?4",
      tenant, job, row, vendor_id);
  ASSIGN_OR_RETURN(const bool found, query.Next());
  if (!found) return std::nullopt;
  return model::PreImage{vendor_id, query.Flag(0), std::string(query.Text(1)), std::string(query.Text(2))};
}

Result<model::LoadedRow> RowToUndo(Database& db, TenantId tenant, JobId job, RowNumber row) {
  ASSIGN_OR_RETURN(const bool purged, IsBeingPurged(db, tenant, job));
  if (purged) return RowsArePurged(job);
  ASSIGN_OR_RETURN(model::LoadedRow loaded, FindLoaded(db, tenant, job, row));
  ASSIGN_OR_RETURN(loaded.pre_image, PreImageOf(db, tenant, job, row, loaded.vendor_id));
  ASSIGN_OR_RETURN(loaded.made, FindMade(db, tenant, job, row));
  ASSIGN_OR_RETURN(const WhoseRecord whose, AskWhose(db, tenant, job, loaded.vendor_id));
  loaded.is_ours = whose.is_ours;
  loaded.is_used = whose.is_used;
  loaded.is_kept = whose.is_kept;
  return loaded;
}

Result<std::vector<RowMade>> MadeRecords(Database& db, TenantId tenant, JobId job, const RowMade& after,
                                         std::size_t limit) {
  std::vector<RowMade> all;
  Query query = db.Use(
      "SELECT m.row, o.byte_offset, m.step, m.vendor_id FROM made_record m JOIN outcome o USING (tenant, job, row) "
      "WHERE m.tenant = ?1 AND m.job = ?2 AND (m.row, m.step) > (?3, ?4) ORDER BY m.row, m.step LIMIT ?5",
      tenant, job, after.place.row, after.made.step, static_cast<std::int64_t>(limit));
  for (;;) {
    ASSIGN_OR_RETURN(const bool found, query.Next());
    if (!found) return all;
    all.push_back({{query.Int(0), query.Int(1)}, {std::string(query.Text(2)), std::string(query.Text(3))}});
  }
}

Result<bool> IsUsedByOtherJob(Database& db, TenantId tenant, JobId job, const std::string& vendor_id) {
  ASSIGN_OR_RETURN(const WhoseRecord whose, AskWhose(db, tenant, job, vendor_id));
  return whose.is_used;
}

Result<std::int64_t> CountPreImages(Database& db, TenantId tenant, JobId job) {
  Query query = db.Use(
      "SELECT count(*) FROM pre_image p JOIN outcome o USING (tenant, job, row) "
      "WHERE p.tenant = ?1 AND p.job = ?2 AND o.kind = 'updated' AND o.vendor_id = p.vendor_id",
      tenant, job);
  ASSIGN_OR_RETURN(const bool found, query.Next());
  return found ? query.Int(0) : 0;
}

Result<bool> WasArchivedByUndo(Database& db, TenantId tenant, const std::string& vendor_id) {
  Query query = db.Use(kLastOfRecord, tenant, vendor_id);
  ASSIGN_OR_RETURN(const bool found, query.Next());
  return found && query.Flag(0);
}

}  // namespace rowcall::ledger
