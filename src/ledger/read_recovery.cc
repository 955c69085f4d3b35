#include "ledger/json_text.h"
#include "ledger/reads.h"

namespace rowcall::ledger {

namespace {

Result<RowPlace> NextPlace(Database& db, TenantId tenant, JobId job) {
  Query query = db.Use("SELECT next_row, next_offset FROM progress WHERE tenant = ?1 AND job = ?2", tenant, job);
  ASSIGN_OR_RETURN(const bool found, query.Next());
  if (!found) return Fail(ErrorKind::not_found, "there is no job " + std::to_string(job.value));
  return RowPlace{query.Int(0), query.Int(1)};
}

Result<std::vector<Window>> OpenWindows(Database& db, TenantId tenant, JobId job) {
  std::vector<Window> windows;
  Query query = db.Use(
      "SELECT id, first, last, byte_offset, vendor_time FROM open_window WHERE tenant = ?1 AND job = ?2 ORDER BY id",
      tenant, job);
  for (;;) {
    ASSIGN_OR_RETURN(const bool found, query.Next());
    if (!found) return windows;
    windows.push_back({WindowId(query.Int(0)), query.Int(1), query.Int(2), query.Int(3), query.Int(4)});
  }
}

Result<std::vector<RowPlace>> WaitingRows(Database& db, TenantId tenant, JobId job) {
  std::vector<RowPlace> places;
  Query query = db.Use("SELECT row, byte_offset FROM waiting WHERE tenant = ?1 AND job = ?2 ORDER BY row", tenant, job);
  for (;;) {
    ASSIGN_OR_RETURN(const bool found, query.Next());
    if (!found) return places;
    places.push_back({query.Int(0), query.Int(1)});
  }
}

Result<std::vector<InDoubtRow>> RowsInDoubt(Database& db, TenantId tenant, JobId job) {
  std::vector<InDoubtRow> rows;
  Query query = db.Use(
      "SELECT row, byte_offset, step, since, attempts, vendor_time FROM doubt WHERE tenant = ?1 AND job = ?2 "
      "ORDER BY row",
      tenant, job);
  for (;;) {
    ASSIGN_OR_RETURN(const bool found, query.Next());
    if (!found) return rows;
    rows.push_back(
        {{query.Int(0), query.Int(1)}, query.Text(2), query.Time(3), static_cast<int>(query.Int(4)), query.Int(5)});
  }
}

}  // namespace

Result<LeaseSight> SeeLease(Database& db, TenantId tenant, InstanceId instance, std::string_view holder) {
  Query query = db.Use("SELECT holder NOT IN ('', ?3), epoch, renewals FROM lease WHERE tenant = ?1 AND instance = ?2",
                       tenant, instance, holder);
  ASSIGN_OR_RETURN(const bool found, query.Next());
  if (!found) return LeaseSight{};
  return LeaseSight{query.Flag(0), query.Int(1), query.Int(2)};
}

Result<Recovery> Recover(Database& db, TenantId tenant, JobId job) {
  Recovery recovery;
  ASSIGN_OR_RETURN(recovery.next, NextPlace(db, tenant, job));
  ASSIGN_OR_RETURN(recovery.open_windows, OpenWindows(db, tenant, job));
  ASSIGN_OR_RETURN(recovery.waiting, WaitingRows(db, tenant, job));
  ASSIGN_OR_RETURN(recovery.in_doubt, RowsInDoubt(db, tenant, job));
  return recovery;
}

Result<std::vector<HeldRow>> HeldRows(Database& db, TenantId tenant, InstanceId instance) {
  std::vector<HeldRow> rows;
  Query query = db.Use("SELECT job, row, keys FROM held_row WHERE tenant = ?1 AND instance = ?2", tenant, instance);
  for (;;) {
    ASSIGN_OR_RETURN(const bool found, query.Next());
    if (!found) return rows;
    HeldRow row{JobId(query.Int(0)), query.Int(1), {}};
    ASSIGN_OR_RETURN(row.keys, ListFromJson(query.Text(2)));
    rows.push_back(std::move(row));
  }
}

}  // namespace rowcall::ledger
