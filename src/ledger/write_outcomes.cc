#include <algorithm>
#include <bit>
#include <span>

#include "base/assert.h"
#include "ledger/json_text.h"
#include "ledger/reads.h"
#include "ledger/writes.h"

namespace rowcall::ledger {

namespace {

std::string RowOf(const Progress& progress, RowNumber row) {
  return "job " + std::to_string(progress.job.value) + ": row " + std::to_string(row);
}

std::unexpected<Error> HasOutcome(const Progress& progress, RowNumber row) {
  return Fail(ErrorKind::conflict, RowOf(progress, row) + " has an outcome already");
}

Result<void> CheckIsInFile(const Progress& progress, RowNumber first, RowNumber last) {
  const bool beyond = progress.all_rows_read && last > progress.rows_read;
  if (first > 0 && first <= last && !beyond) return {};
  return Fail(ErrorKind::internal, RowOf(progress, last) + " is not in the file");
}

Result<void> CheckIsNotInDoubt(Transaction& transaction, const Progress& progress, RowNumber first, RowNumber last) {
  if (!progress.has_doubt) return {};
  Query query =
      transaction.db().Use("SELECT row FROM doubt WHERE tenant = ?1 AND job = ?2 AND row BETWEEN ?3 AND ?4 LIMIT 1",
                           progress.tenant, progress.job, first, last);
  ASSIGN_OR_RETURN(const bool found, query.Next());
  if (found)
    return Fail(ErrorKind::conflict, RowOf(progress, query.Int(0)) + " is in doubt, so it needs its own outcome");
  return {};
}

bool HasWarning(const std::vector<model::Reason>& reasons) {
  return std::any_of(reasons.begin(), reasons.end(), [](const model::Reason& reason) { return reason.warning; });
}

void Count(Transaction& transaction, Progress& progress, const model::Outcome& outcome, std::int64_t rows,
           RowNumber last) {
  for (model::OutcomeCounts* counts : {&progress.counts, &transaction.changes().rows}) {
    (*counts)[outcome.kind] += rows;
    if (!outcome.incomplete.empty()) counts->incomplete += rows;
    if (HasWarning(outcome.reasons)) counts->warnings += rows;
  }
  progress.rows_read = std::max(progress.rows_read, last);
  progress.changed = true;
}

/// One statement for so many rows takes half of what one for each takes.
constexpr std::size_t kRowsAtOnce = 16;

/// OR FAIL: what was inserted before a row that has an outcome stays, to be rolled back with the group. Without it SQLite
/// keeps each page as it was, for each statement.
std::string InsertStatement(std::size_t rows) {
  std::string sql = "INSERT OR FAIL INTO outcome VALUES (?1, ?2, ?, ?, ?, ?, ?, ?)";
  for (; rows > 1; --rows) sql += ", (?1, ?2, ?, ?, ?, ?, ?, ?)";
  return sql;
}

Result<void> InsertOutcomes(Transaction& transaction, const Progress& progress, std::span<const RowEnd> rows) {
  static const std::string for_one = InsertStatement(1);
  static const std::string for_many = InsertStatement(kRowsAtOnce);
  Database& db = transaction.db();
  while (!rows.empty()) {
    const bool many = rows.size() >= kRowsAtOnce;
    const std::span<const RowEnd> now = rows.first(many ? kRowsAtOnce : 1);
    Query insert = db.Use(many ? for_many.c_str() : for_one.c_str(), progress.tenant, progress.job);
    for (const RowEnd& end : now) {
      const model::Outcome& outcome = end.outcome;
      const std::optional<std::string_view> vendor_id =
          outcome.vendor_id.empty() ? std::nullopt : std::optional<std::string_view>(outcome.vendor_id);
      insert.Add(outcome.row, outcome.byte_offset, model::Name(outcome.kind), vendor_id,
                 std::bit_cast<std::int64_t>(outcome.written_digest), !outcome.incomplete.empty());
    }
    const std::int64_t before = db.total_changes();
    const Result<void> inserted = insert.Run();
    if (!inserted && inserted.error().kind == ErrorKind::conflict) {
      return HasOutcome(progress, now[static_cast<std::size_t>(db.total_changes() - before)].outcome.row);
    }
    RETURN_IF_ERROR(inserted);
    rows = rows.subspan(now.size());
  }
  return {};
}

Result<void> InsertDetail(Transaction& transaction, const Progress& progress, const model::Outcome& outcome) {
  if (outcome.reasons.empty() && outcome.incomplete.empty()) return {};
  return transaction.db()
      .Use("INSERT INTO outcome_detail VALUES (?1, ?2, ?3, ?4, ?5)", progress.tenant, progress.job, outcome.row,
           ReasonsToJson(outcome.reasons), StepsToJson(outcome.incomplete))
      .Run();
}

Result<void> InsertMade(Transaction& transaction, const Progress& progress, const model::Outcome& outcome) {
  for (const model::MadeRecord& made : outcome.made) {
    RETURN_IF_ERROR(transaction.db()
                        .Use("INSERT INTO made_record VALUES (?1, ?2, ?3, ?4, ?5)", progress.tenant, progress.job,
                             outcome.row, made.step, made.vendor_id)
                        .Run());
  }
  return {};
}

Result<void> InsertHold(Transaction& transaction, const Progress& progress, RowNumber row,
                        const std::vector<std::string>& keys) {
  if (keys.empty()) return {};
  return transaction.db()
      .Use("INSERT INTO held_row VALUES (?1, ?2, ?3, ?4, ?5)", progress.tenant, progress.instance, progress.job, row,
           ListToJson(keys))
      .Run();
}

/// What goes with the outcome, which is inserted.
Result<void> RecordEnd(Transaction& transaction, Progress& progress, const RowEnd& end) {
  const model::Outcome& outcome = end.outcome;
  RETURN_IF_ERROR(CheckIsOpen(transaction, progress, end.closes));
  RETURN_IF_ERROR(InsertDetail(transaction, progress, outcome));
  RETURN_IF_ERROR(InsertMade(transaction, progress, outcome));
  RETURN_IF_ERROR(InsertHold(transaction, progress, outcome.row, end.held_keys));
  RETURN_IF_ERROR(EndWaiting(transaction, progress, outcome.row, outcome.row));
  RETURN_IF_ERROR(EndDoubt(transaction, progress, outcome.row));
  RETURN_IF_ERROR(CloseWindow(transaction, progress, end.closes));
  Count(transaction, progress, outcome, 1, outcome.row);
  return {};
}

}  // namespace

Result<void> RecordOutcomes(Transaction& transaction, const Lease& lease, JobId job, const std::vector<RowEnd>& rows) {
  ASSIGN_OR_RETURN(Progress * progress, transaction.Writable(lease, job));
  for (const RowEnd& row : rows) RETURN_IF_ERROR(CheckIsInFile(*progress, row.outcome.row, row.outcome.row));
  RETURN_IF_ERROR(InsertOutcomes(transaction, *progress, rows));
  for (const RowEnd& row : rows) RETURN_IF_ERROR(RecordEnd(transaction, *progress, row));
  return {};
}

Result<model::PreImage> KeepPreImage(Transaction& transaction, const Lease& lease, JobId job, RowNumber row,
                                     const model::PreImage& image) {
  ASSIGN_OR_RETURN(const Progress* progress, transaction.Writable(lease, job));
  RETURN_IF_ERROR(transaction.db()
                      .Use("INSERT INTO pre_image VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO UPDATE "
                           "SET fields = excluded.fields, joined = excluded.joined WHERE fields = ''",
                           progress->tenant, progress->job, row, image.vendor_id, image.was_archived, image.fields_json,
                           image.joined_json)
                      .Run());
  ASSIGN_OR_RETURN(const auto kept, PreImageOf(transaction.db(), progress->tenant, job, row, image.vendor_id));
  if (!kept) return Fail(ErrorKind::corrupt, "a pre-image cannot be read that was just written");
  return *kept;
}

Result<RowNumber> HoldKeys(Transaction& transaction, const Lease& lease, JobId job,
                           const std::vector<std::string>& keys) {
  constexpr RowNumber kBehindAnyRow = RowNumber{1} << 40;
  ASSIGN_OR_RETURN(const Progress* progress, transaction.Writable(lease, job));
  ASSIGN_OR_RETURN(const std::int64_t id, transaction.NextId());
  RETURN_IF_ERROR(InsertHold(transaction, *progress, kBehindAnyRow + id, keys));
  return kBehindAnyRow + id;
}

Result<void> EndHold(Transaction& transaction, TenantId tenant, InstanceId instance, JobId job, RowNumber row) {
  return transaction.db()
      .Use("DELETE FROM held_row WHERE tenant = ?1 AND instance = ?2 AND job = ?3 AND row = ?4", tenant, instance, job,
           row)
      .Run();
}

Result<void> RecordRest(Transaction& transaction, Progress& progress, const RestOrder& rest) {
  const model::Outcome& outcome = rest.outcome;
  ROWCALL_ASSERT(outcome.vendor_id.empty() && outcome.incomplete.empty());
  RETURN_IF_ERROR(CheckHasNoOutcome(transaction, progress, rest.first, rest.last));
  RETURN_IF_ERROR(CheckIsNotInDoubt(transaction, progress, rest.first, rest.last));
  RETURN_IF_ERROR(transaction.db()
                      .Use("INSERT INTO outcome_range VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)", progress.tenant,
                           progress.job, rest.first, rest.last, outcome.byte_offset, model::Name(outcome.kind),
                           ReasonsToJson(outcome.reasons))
                      .Run());
  RETURN_IF_ERROR(EndWaiting(transaction, progress, rest.first, rest.last));
  Count(transaction, progress, outcome, rest.last - rest.first + 1, rest.last);
  return {};
}

Result<void> CheckHasNoOutcome(Transaction& transaction, const Progress& progress, RowNumber first, RowNumber last) {
  RETURN_IF_ERROR(CheckIsInFile(progress, first, last));
  Query query =
      transaction.db().Use("SELECT row FROM outcome WHERE tenant = ?1 AND job = ?2 AND row BETWEEN ?3 AND ?4 LIMIT 1",
                           progress.tenant, progress.job, first, last);
  ASSIGN_OR_RETURN(const bool found, query.Next());
  if (found) return HasOutcome(progress, query.Int(0));
  return {};
}

}  // namespace rowcall::ledger
